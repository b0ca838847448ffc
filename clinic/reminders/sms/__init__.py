"""Text messages go out through a backend, named by `SMS_BACKEND` as Django's mail backends are by `EMAIL_BACKEND`.

A backend is a class with `send(to, text)`. It returns when the message is on its way, raises `NotSent` when it
certainly is not, and any other error when it cannot know.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class NotSent(Exception):
    """The message certainly did not go out. `again` says whether trying later makes sense."""

    def __init__(self, *, again: bool) -> None:
        self.again = again
        super().__init__("not sent")


class Backend(Protocol):
    def send(self, to: str, text: str) -> None:
        """Send `text` to the number `to`, which is in E.164 (+353881234567)."""


def get_backend() -> Backend:
    """Return the backend of the settings."""
    return import_string(settings.SMS_BACKEND)()
