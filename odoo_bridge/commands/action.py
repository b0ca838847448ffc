"""What every word after `manage.py odoo` has in common: what it is told, whom it tells, how it ends."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any, ClassVar

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from odoo_bridge.models import Connection
from odoo_bridge.progress import Progress


class Exit(IntEnum):
    """How an action ends, for scripts."""

    FINE = 0
    NEEDS_SOMEBODY = 1
    FAILED = 2


class Failed(CommandError):
    """The action could not be carried out; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=Exit.FAILED)


class Teller:
    """Says what comes of an action: lines for people or one JSON document for scripts, progress where it is seen."""

    def __init__(self, out: IO[str], err: IO[str], *, as_json: bool) -> None:
        self.out, self.err, self.as_json = out, err, as_json

    def say(self, line: str) -> None:
        """Print a line for people; nothing if a script listens."""
        if not self.as_json:
            self.out.write(line + "\n")

    def give(self, document: Any) -> None:
        """Print a JSON document."""
        self.out.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")

    def note(self, line: str) -> None:
        """Print a line beside the answer."""
        self.err.write(line + "\n")

    @property
    def paper(self) -> Console:
        """Where tables are printed. Text is shown as it is: "[red]" is no colour, and ":tooth:" no picture."""
        return Console(file=self.out, soft_wrap=True, markup=False, emoji=False, highlight=False)

    @contextmanager
    def progress(self, what: str) -> Iterator[Progress]:
        """Show a bar while the block runs, if a person watches: yields what is told how many are done, and of how many.

        Nothing is shown to a script, whose output is no terminal.
        """
        console = Console(file=self.err)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(what, total=None)

            def tell(done: int, total: int | None = None) -> None:
                bar.update(task, completed=done, total=total)

            yield tell


class Action(ABC):
    """One word after `manage.py odoo`. A subclass gives `name`, `help`, its `arguments` and `run`."""

    name: ClassVar[str]
    help: ClassVar[str]

    def prepare(self, parser: ArgumentParser) -> None:
        """Add all arguments that the action takes."""
        self.arguments(parser)

    def arguments(self, parser: ArgumentParser) -> None:  # noqa: B027 - most have none of their own
        """Add the action's own arguments."""

    @abstractmethod
    def run(self, teller: Teller, options: dict[str, Any]) -> Exit | None:
        """Carry the action out. Returns how it ended, None for fine. Raises Failed, or any `OdooError`."""


class OnConnection(Action):
    """An action on one connection: `--connection NAME`, or else the default one."""

    def prepare(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", metavar="NAME", help="which one; else the default one")
        super().prepare(parser)

    def run(self, teller: Teller, options: dict[str, Any]) -> Exit | None:
        return self.do(teller, chosen_connection(options["connection"]), options)

    @abstractmethod
    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit | None:
        """Carry the action out on the connection."""


def chosen_connection(name: str | None = None) -> Connection:
    """Return the connection of a name, or else the default one, or the only one. Raises Failed when there is none."""
    known = list(Connection.objects.in_use()) if name is None else list(Connection.objects.order_by("pk"))
    if not known:
        raise Failed("There is no connection yet: manage.py odoo connect makes one.")
    fitting = [one for one in known if one.name == name] if name is not None else known
    if name is None and any(one.is_default for one in known):
        fitting = [one for one in known if one.is_default]
    if len(fitting) != 1:
        names = ", ".join(one.name for one in known)
        raise Failed(f"There is no connection {name}: {names}." if name else f"Say --connection, one of: {names}.")
    return fitting[0]
