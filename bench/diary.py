"""A diary of any size, written past the journal: branches with ten practitioners and ten chairs each.

Half hours from eight to four, every day; two of ten stay free, so that there is something to offer. Forty days lie in
the future, the others as far back as it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection

from clinic.appointments.models import Appointment
from clinic.appointments.overlap import CONSTRAINTS, GUARD
from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    OpeningHoursFactory,
    PractitionerFactory,
)
from clinic.practice.models import AppointmentType, Branch
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import mapping_for

EVENT = mapping_for(Appointment).key
TEN = 10
AHEAD = 40
"""Days of the diary that are still to come, if it holds enough."""
STARTS = [time(8 + number // 2, 30 * (number % 2)) for number in range(16)]
COLUMNS = (
    *(
        "uid",
        "patient_id",
        "practitioner_id",
        "chair_id",
        "appointment_type_id",
        "starts_at",
        "ends_at",
        "status",
        "note",
    ),
    *("reply", "overbooked_because", "cancelled_because", "booked_at"),
)
_NAMES = ", ".join(COLUMNS)

Row = tuple[Any, ...]


def branches(number: int) -> list[Branch]:
    """Return so many branches, open from eight to six, with their practitioners and chairs."""
    AppointmentTypeFactory(minutes=30)
    found = []
    for one in range(number):
        branch = BranchFactory(name=f"Branch {one}", code=f"B{one:02d}", time_zone="UTC")
        for weekday in range(7):
            OpeningHoursFactory(branch=branch, weekday=weekday, opens=time(8), closes=time(18))
        PractitionerFactory.create_batch(TEN, branches=[branch])
        ChairFactory.create_batch(TEN, branch=branch)
        found.append(branch)
    return found


def small(branch: Branch, patients: list[int], many: int, today: date) -> set[date]:
    """Give one branch a diary of `many` appointments from today outwards, and return the days that it fills."""
    rows = list(_rows([branch], patients[::2], many, today, set()))
    _write(row for _, row in rows)
    return {day for day, _ in rows}


def large(where: list[Branch], patients: list[int], many: int, today: date, have: set[date]) -> None:
    """Make it `many`, at all branches and longer ago; the first branch keeps the days of `have` as they are."""
    more = many - Appointment.objects.count()
    _write(row for _, row in _rows(where, patients[1::2], more, today, have))


def in_odoo() -> None:
    """Say of each appointment that it is in Odoo."""
    odoo = Connection.objects.create(name="Odoo")
    visits = Appointment.objects.values_list("pk", "uid")
    Link.objects.bulk_create(
        Link(connection=odoo, mapping=EVENT, uid=uid, odoo_id=pk, wanted=1, pushed=1) for pk, uid in visits
    )


def _write(rows: Iterable[Row]) -> None:
    rows = list(rows)
    table = Appointment._meta.db_table
    with connection.cursor() as cursor:
        _without_rules(cursor, table)
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({_NAMES}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("BEGIN")
            marks = ", ".join(["%s"] * len(COLUMNS))
            cursor.executemany(f"INSERT INTO {table} ({_NAMES}) VALUES ({marks})", rows)
            cursor.execute("COMMIT")
        GUARD.install("default")
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")


def _without_rules(cursor: Any, table: str) -> None:
    """Take the rules off; with them each row would be compared and locked for by itself."""
    if connection.vendor == "postgresql":
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name in CONSTRAINTS:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    else:
        for name in GUARD.sqlite:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _rows(
    where: list[Branch], patients: list[int], many: int, today: date, have: set[date]
) -> Iterator[tuple[date, Row]]:
    random, kind = Random(many), AppointmentType.objects.order_by("position", "name")[0].pk
    rooms = [
        pair
        for branch in where
        for pair in zip(
            branch.practitioners.values_list("pk", flat=True), branch.chairs.values_list("pk", flat=True), strict=True
        )
    ]
    made = 0
    for day in _days(today):
        for at in STARTS:
            start = datetime.combine(day, at, UTC)
            free = rooms[TEN:] if day in have else rooms
            for (practitioner, chair), patient in zip(free, random.sample(patients, len(free)), strict=True):
                if random.random() < 0.2:
                    continue
                uid = UUID(int=random.getrandbits(128), version=4)
                key = uid if connection.vendor == "postgresql" else uid.hex
                times = (start, start + timedelta(minutes=30)) if connection.vendor == "postgresql" else _as_text(start)
                status = "booked" if day >= today else "completed"
                booked = times[0]
                yield day, (key, patient, practitioner, chair, kind, *times, status, "", "", "", "", booked)
                made += 1
                if made == many:
                    return


def _days(today: date) -> Iterator[date]:
    """Yield today, then the days before and after it by turns, and once enough are to come only those before."""
    yield today
    for number in count(1):
        yield today - timedelta(days=number)
        if number <= AHEAD:
            yield today + timedelta(days=number)


def _as_text(start: datetime) -> tuple[str, str]:
    """Times as SQLite keeps them."""
    return tuple(f"{at:%Y-%m-%d %H:%M:%S}" for at in (start, start + timedelta(minutes=30)))
