"""`manage.py import_patients FILE`: patients from a CSV file, as the page does it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.patients import importing
from clinic.patients.columns import FIELDS
from clinic.patients.csvs import Unreadable
from clinic.patients.imports import Import
from clinic.practice.models import Branch


class Command(BaseCommand):
    help = "Import patients from a CSV file. Rows that need correcting are listed; the same file imports nothing twice."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--branch", help="the code of the branch; not needed where there is one only")
        parser.add_argument("--dry-run", action="store_true", help="check every row, and import nothing")
        parser.add_argument("--known", choices=Import.Known.values, default="skip", help="who is registered already")
        parser.add_argument(
            "--column", action="append", default=[], metavar="FIELD=HEADING", help=f"fields: {', '.join(FIELDS)}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = self._file(options["file"], self._branch(options["branch"]))
        if file.state == Import.State.DONE:
            self.stdout.write(f"This file has been imported already, on {file.done_at:%Y-%m-%d}.")
            return
        if not file.is_at_work:
            importing.start_checking(file, file.mapping | self._columns(file, options["column"]))
        self._finish(file)
        if file.state == Import.State.CHECKED:
            for row in importing.told(file):
                for heading, sentence in row.problems:
                    self.stdout.write(f"row {row.number}: {f'{heading}: ' if heading else ''}{sentence}")
            if not options["dry_run"]:
                importing.start_importing(file, options["known"])
                self._finish(file)
        labels = dict(importing.ImportRow.State.choices)
        counts = ", ".join(f"{labels[state]}: {many}" for state, many in sorted(importing.counts(file).items()))
        self.stdout.write(f"{counts}. {file.get_state_display()}.")

    def _finish(self, file: Import) -> None:
        while not importing.work(file, 60):
            self.stdout.write(f"{importing.counts(file)}")
        file.refresh_from_db()

    def _file(self, path: Path, branch: Branch) -> Import:
        try:
            return importing.take_in(path.read_bytes(), path.name, branch, None)[0]
        except (OSError, Unreadable) as error:
            raise CommandError(str(error)) from error

    def _branch(self, code: str | None) -> Branch:
        found = Branch.objects.filter(code=code) if code else Branch.objects.all()
        if len(found) != 1:
            codes = ", ".join(Branch.objects.values_list("code", flat=True))
            raise CommandError(f"Name the branch with --branch: {codes}.")
        return found[0]

    def _columns(self, file: Import, said: list[str]) -> dict[str, int]:
        mapping = {}
        for one in said:
            name, _, heading = one.partition("=")
            if name not in FIELDS or heading not in file.columns:
                raise CommandError(f"--column {one}: there is no such field or no such heading.")
            mapping[name] = file.columns.index(heading)
        return mapping
