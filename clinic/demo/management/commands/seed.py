"""`manage.py seed`: fill an empty database with the demo clinic."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from clinic.demo.bridge import connect
from clinic.demo.seeding import PATIENTS, is_empty, seed


class Command(BaseCommand):
    help = "Fill an empty database with a demo clinic. Does nothing if there is a clinic already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, default=PATIENTS)
        parser.add_argument(
            "--even-with-a-real-odoo", action="store_true", help="Demo patients may then be sent to that Odoo."
        )

        parser.add_argument("--without-odoo", action="store_true", help="Leave the connection to Odoo as it is.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ODOO_URL and not options["even_with_a_real_odoo"]:
            raise CommandError(
                "ODOO_URL names a real Odoo, and demo patients do not belong in real books. "
                "To make them all the same, say --even-with-a-real-odoo; the connection starts paused."
            )
        if not is_empty():
            self.stdout.write("There is a clinic in this database already; nothing was changed.")
            return
        self._seed(options["patients"])
        if not options["without_odoo"] and (trouble := connect()):
            self.stderr.write(f"The connection to Odoo was not set up: {trouble}")

    def _seed(self, patients: int) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        console = Console(file=self.stdout, highlight=False)
        with _silent_bell(), Progress(*columns, console=console) as progress:

            def report(what: str, steps: int) -> Any:
                task = progress.add_task(what, total=steps)
                return lambda: progress.advance(task)

            seed(report, patients)


@contextmanager
def _silent_bell() -> Iterator[None]:
    """The bell would be rung once for each of thousands of changes, with nobody there yet to hear it."""
    bell, settings.JOURNAL_DOORBELL = settings.JOURNAL_DOORBELL, ""
    try:
        yield
    finally:
        settings.JOURNAL_DOORBELL = bell
