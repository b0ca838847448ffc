"""What the demo asks of the bridge to Odoo, by command: the clinic does not import the bridge."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

from django.core.management import CommandError, call_command, get_commands


@dataclass(frozen=True)
class SyncStatus:
    """How many records Odoo has, how many are on their way, and how many wait for a person."""

    in_odoo: int
    waiting: int
    needs_you: int

    @property
    def total(self) -> int:
        return self.in_odoo + self.waiting + self.needs_you

    @property
    def is_done(self) -> bool:
        return self.total > 0 and self.waiting == 0

    def __str__(self) -> str:
        words = f"{self.in_odoo} of {self.total} in Odoo"
        return f"{words}, {self.needs_you} need you" if self.needs_you else words


def connect() -> str:
    """Create or update the connection to Odoo from the settings; return what stood in the way, or ""."""
    try:
        _ask("connect")
    except CommandError as error:
        return str(error)
    return ""


def sync_status() -> SyncStatus | None:
    """Return how far the sync has come, or None when the bridge cannot tell."""
    try:
        told = json.loads(_ask("status", "--json"))
    except CommandError:
        return None
    return SyncStatus(told["in_odoo"], told["waiting"], told["needs_you"])


def _ask(*words: str) -> str:
    if "odoo" not in get_commands():
        raise CommandError("There is no bridge to Odoo in this installation.")
    answer = StringIO()
    # Ending with 1 only says that something waits for a person.
    with suppress(SystemExit):
        call_command("odoo", *words, stdout=answer)
    return answer.getvalue()
