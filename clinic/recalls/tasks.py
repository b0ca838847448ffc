"""What the worker does for recalls by night."""

from __future__ import annotations

from celery import shared_task

from clinic.recalls import actions


@shared_task
def catch_up() -> None:
    """Let rules that were changed by day count for earlier visits too."""
    actions.catch_up()
