"""Several things said one after the other, as the language in force does it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(things: Iterable[object]) -> str:
    """Return the things in one line, with the comma of the language in force between them: Arabic has its own."""
    return pgettext("between the things in a list", ", ").join(str(one) for one in things)
