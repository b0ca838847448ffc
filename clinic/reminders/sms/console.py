"""Shows text messages on the console instead of sending them. For trying things out: they name patients."""

from __future__ import annotations

import sys


class Backend:
    def send(self, to: str, text: str) -> None:
        sys.stdout.write(f"To: {to}\n{text}\n{'-' * 79}\n")
        sys.stdout.flush()
