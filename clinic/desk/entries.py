"""The visits of the calendar and of the today board, as plain values.

A page has hundreds of them. As records, with a patient, a chair and a type each, they took longer to make than to find
and to draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from clinic.appointments.models import FREES_SLOT, AppointmentQuerySet, Status
from clinic.patients.models import Alert
from clinic.reminders.models import Wish
from clinic.rota.roster import Roster


@dataclass(slots=True)
class Entry:
    """A visit as the desk shows it: `start` is on the branch's wall, `wants_out` that its patient asked to cancel.

    `where` and `who` are the names of chair and practitioner, `what` is the type's with its `tint`.
    """

    pk: int
    uid: UUID
    practitioner_id: int
    chair_id: int
    kind_id: int
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    status: str
    reply: str
    overbooked_because: str
    arrived_at: datetime | None
    in_chair_at: datetime | None
    given_name: str
    family_name: str
    wants_out: bool
    start: datetime
    who: str
    where: str
    what: str
    tint: int
    alerts: list[str]

    @property
    def occupies_time(self) -> bool:
        return self.status not in FREES_SLOT

    @property
    def is_overbooked(self) -> bool:
        return bool(self.overbooked_because)

    @property
    def patient_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def status_word(self) -> str:
        return str(Status(self.status).label)

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // timedelta(minutes=1)


COLUMNS = (
    *("pk", "uid", "practitioner_id", "chair_id", "appointment_type_id", "patient_id", "starts_at", "ends_at"),
    *("status", "reply", "overbooked_because", "arrived_at", "in_chair_at"),
    *("patient__given_name", "patient__family_name", "wants_out"),
)


def read_entries(visits: AppointmentQuerySet) -> list[tuple[Any, ...]]:
    """Return the rows of some visits, by their start: `name_entries` makes entries of them."""
    wish = Exists(Wish.objects.filter(appointment=OuterRef("pk")))
    return list(visits.annotate(wants_out=wish).order_by("starts_at", "id").values_list(*COLUMNS))


def name_entries(rows: list[tuple[Any, ...]], roster: Roster, zone: ZoneInfo, *, alerts: bool) -> list[Entry]:
    """Return the entries of rows, named from a roster that was read after them; with `alerts`, in one query."""
    warnings: dict[int, list[str]] = {}
    if alerts:
        found = Alert.objects.filter(patient_id__in={row[5] for row in rows})
        for patient, text in found.values_list("patient_id", "text"):
            warnings.setdefault(patient, []).append(text)
    entries = []
    for row in rows:
        what, tint = roster.kind_names[row[4]]
        names = (roster.practitioner_names[row[2]], roster.chair_names[row[3]], what, tint)
        entries.append(Entry(*row, row[6].astimezone(zone), *names, warnings.get(row[5], [])))
    return entries
