"""Keeps text messages in memory, for tests: `outbox` holds pairs of number and text."""

from __future__ import annotations

outbox: list[tuple[str, str]] = []


class Backend:
    def send(self, to: str, text: str) -> None:
        outbox.append((to, text))
