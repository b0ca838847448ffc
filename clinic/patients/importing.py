"""Files of patients on their way in: taken in, checked, imported row by row, and gone on with after any interruption.

Each row is a row of a table, and says itself how far it is; so two who work on a file do nothing twice, and whoever was
stopped loses nothing. A patient's uid is made of the file's and the number of the row.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.listing import listed
from clinic.patients import actions
from clinic.patients.columns import FIELDS, Reader, Row, guess_mapping
from clinic.patients.csvs import read_table
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.imports import Import, ImportRow
from clinic.patients.models import Patient
from clinic.patients.searching import fold
from clinic.practice.models import Branch
from clinic.staff.models import User

PART = 50
"""Rows that are worked on in one transaction."""
AT_ONCE = 200
"""Rows of a file that is done while somebody waits for the page."""
SILENCE = timedelta(seconds=60)

_State = ImportRow.State


@transaction.atomic
def take_in(data: bytes, name: str, branch: Branch, by: User | None) -> tuple[Import, bool]:
    """Keep a file and its rows, and return it, and whether it is new: the same file is at a branch only once.

    Raises `csvs.Unreadable`.
    """
    digest = hashlib.sha256(data).hexdigest()
    if known := Import.objects.filter(branch=branch, digest=digest).first():
        return known, False
    columns, rows = read_table(data)
    file = Import.objects.create(
        branch=branch, name=name[:120], digest=digest, columns=columns, mapping=guess_mapping(columns), by=by
    )
    numbered = ((number, cells) for number, cells in enumerate(rows, start=2) if any(cells))
    ImportRow.objects.bulk_create(
        (ImportRow(file=file, number=n, cells=cells) for n, cells in numbered), batch_size=500
    )
    return file, True


@transaction.atomic
def start_checking(file: Import, mapping: dict[str, int]) -> bool:
    """Have every row read as `mapping` says; tell whether that can begin: not while or after patients are imported."""
    held = Import.objects.select_for_update().get(pk=file.pk)
    if held.state not in {Import.State.READ, Import.State.CHECKED}:
        return False
    file.mapping, file.state, file.worked_at = mapping, Import.State.CHECKING, timezone.now()
    file.save(update_fields=["mapping", "state", "worked_at"])
    file.rows.update(state=_State.NEW, problems=[], patient=None, sign="")
    return True


@transaction.atomic
def start_importing(file: Import, known: str) -> bool:
    """Have the rows that are ready imported, and those of patients who are here treated as `known` says."""
    held = Import.objects.select_for_update().get(pk=file.pk)
    if held.state != Import.State.CHECKED:
        return False
    file.known, file.state, file.worked_at = known, Import.State.IMPORTING, timezone.now()
    file.save(update_fields=["known", "state", "worked_at"])
    return True


def work(file: Import, seconds: float) -> bool:
    """Check or import rows for at most so long, and tell whether the file is done with."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        file.refresh_from_db()
        if not file.is_at_work:
            return True
        if not _part(file):
            _finish(file)
            return True
        Import.objects.filter(pk=file.pk).update(worked_at=timezone.now())
    return False


def abandoned() -> Iterator[int]:
    """Yield the ids of the files that somebody stopped working on in the middle."""
    at_work = Import.objects.filter(state__in=[Import.State.CHECKING, Import.State.IMPORTING])
    yield from at_work.filter(worked_at__lt=timezone.now() - SILENCE).values_list("pk", flat=True)


def counts(file: Import) -> dict[str, int]:
    """Return how many rows are in each state."""
    return dict(file.rows.order_by().values_list("state").annotate(Count("pk")))


@transaction.atomic
def _part(file: Import) -> int:
    """Do the next rows, and return how many there were. They are held, so that nobody else does them as well."""
    step, states = _STEPS[Import.State(file.state)]
    # Whoever else works on it waits for this part, and then takes the next.
    Import.objects.select_for_update().get(pk=file.pk)
    rows = list(file.rows.filter(state__in=states)[:PART])
    reader = Reader(file.columns, file.mapping, file.branch.country.code)
    for row in rows:
        step(file, row, reader.read(row.cells))
        # At once: the next row may be of the same patient.
        row.save(update_fields=["state", "problems", "sign", "patient"])
    return len(rows)


def _check(file: Import, row: ImportRow, said: Row) -> None:
    row.problems = said.problems
    if said.problems:
        row.state = _State.BAD
        return
    row.state = _State.GOOD
    values = said.values
    born, phone, email = (
        values.get("date_of_birth"),
        values.get("mobile") or values.get("phone"),
        values.get("email", ""),
    )
    name = fold(f"{values['given_name']} {values['family_name']}")
    row.sign = hashlib.sha256(f"{name}|{born}|{phone}|{email.casefold()}".encode()).hexdigest()
    twin = file.rows.filter(sign=row.sign, number__lt=row.number).first()
    likely = likely_duplicates(values["given_name"], values["family_name"], born, phone, email, [file.branch])
    same = next((one for one in likely if one.same_name), None)
    if twin:
        row.state, row.problems = _State.BAD, [("", _("The same patient is in row %(row)s.") % {"row": twin.number})]
    elif same:
        told = {"name": same.patient, "why": listed(same.reasons)}
        row.state, row.patient = _State.KNOWN, same.patient
        row.problems = [("", _("%(name)s is registered here already: %(why)s.") % told)]


def _import(file: Import, row: ImportRow, said: Row) -> None:
    if row.state == _State.KNOWN and file.known != Import.Known.CREATE:
        _treat_known(file, row, said)
        return
    uid = uuid5(file.uid, str(row.number))
    row.patient = actions.register(Patient(uid=uid, branch=file.branch, **said.values), said.alerts)
    row.state = _State.CREATED


def _treat_known(file: Import, row: ImportRow, said: Row) -> None:
    patient = row.patient
    row.state = _State.SKIPPED
    if patient is None or file.known == Import.Known.SKIP:
        return
    empty = [name for name, value in said.values.items() if value and not getattr(patient, name)]
    for name in empty:
        setattr(patient, name, said.values[name])
    fresh = [text for text in said.alerts if not patient.alerts.filter(text=text).exists()]
    if empty or fresh:
        actions.change(patient, [*(alert.text for alert in patient.alerts.all()), *fresh])
        row.state = _State.FILLED


_Step = Callable[[Import, ImportRow, Row], None]
_STEPS: dict[Import.State, tuple[_Step, list[str]]] = {
    Import.State.CHECKING: (_check, [_State.NEW]),
    Import.State.IMPORTING: (_import, [_State.GOOD, _State.KNOWN]),
}


def _finish(file: Import) -> None:
    done = file.state == Import.State.IMPORTING
    state = Import.State.DONE if done else Import.State.CHECKED
    still = Import.objects.filter(pk=file.pk, state=file.state)
    still.update(state=state, worked_at=timezone.now(), **({"done_at": timezone.now()} if done else {}))
    if done:
        # Who became a patient is kept once: the record is theirs, and its erasure is one place.
        file.rows.filter(state=_State.CREATED).update(cells=[])
    file.refresh_from_db()


def problems(file: Import) -> Iterator[list[Any]]:
    """Yield the rows that were not imported as they are, each with its number and what is to be done, for a file."""
    for row in told(file).iterator(500):
        why = " ".join(f"{heading}: {sentence}" if heading else sentence for heading, sentence in row.problems)
        yield [row.number, row.get_state_display(), why, *row.cells]


def told(file: Import) -> Any:
    """Return the rows about which there is something to say."""
    return file.rows.filter(state__in=[_State.BAD, _State.KNOWN, _State.SKIPPED, _State.FILLED])


EXPORTED = [name for name in FIELDS if name != "full_name"]


def exported(patients: Any) -> Iterator[list[Any]]:
    """Yield a row for each patient, with the columns of `EXPORTED`, a few hundred of them in memory."""
    for patient in patients.prefetch_related("alerts").iterator(500):
        row = [getattr(patient, name) for name in EXPORTED[:-1]]
        yield [*row, "; ".join(alert.text for alert in patient.alerts.all())]
