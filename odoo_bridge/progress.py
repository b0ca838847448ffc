"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int | None], None]
"""Is told how many are done, and of how many, if that is known."""


def silent(done: int, total: int | None = None) -> None:
    """Tell nobody."""
