"""What is asked about appointments: which chairs are free, who is in the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from clinic.appointments.models import Appointment, AppointmentQuerySet
from clinic.practice.models import Branch, Chair
from clinic.rota.roster import Roster
from clinic.staff.models import Practitioner


def visits_at(branches: Iterable[Branch]) -> AppointmentQuerySet:
    """Return the appointments at the branches, with the people in them."""
    return Appointment.objects.filter(chair__branch__in=list(branches)).with_people()


def taken_chairs(branch: Branch, start: datetime, end: datetime, *, but: Appointment | None = None) -> set[int]:
    """Return the ids of the branch's chairs that are not free from `start` to `end`, leaving one visit out."""
    visits = Appointment.objects.at(branch).occupying().between(start, end)
    if but:
        visits = visits.exclude(pk=but.pk)
    return set(visits.values_list("chair_id", flat=True))


def chairs_of(branch: Branch) -> list[Chair]:
    return Roster.of(branch).chairs(branch)


def practitioners_at(branch: Branch) -> list[Practitioner]:
    return Roster.of(branch).practitioners()
