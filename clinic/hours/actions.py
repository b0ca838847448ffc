"""Changing hours: what a change would strand is known before it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.appointments.hooks import Step
from clinic.appointments.models import MOVABLE, Appointment
from clinic.hours.models import Stranded
from clinic.hours.queries import Change, Stranding, Times, strandings, times_of, visits_of, within
from clinic.practice.keeping import held_stamp
from clinic.practice.models import Branch
from clinic.staff.models import User

SHOWN = 200


@dataclass(frozen=True)
class Outcome:
    """What came of a change. `strands` are at most `SHOWN` of the visits that it strands, `count` is how many it does.

    `seen` names all of them: whoever wants the change although it strands these gives it back.
    """

    made: bool
    strands: list[Stranding]
    count: int
    seen: str


def carry_out(change: Change, *, by: User, seen: str = "", show: list[Branch]) -> Outcome:
    """Make a change, unless it strands visits that whoever asks for it has not been shown.

    The change is made and, if it is not wanted as it turns out, taken back, all in one transaction: what is shown is
    what will be. Visits that were outside of the hours before are not stranded by it. Only visits at the branches of
    `show` are listed; those elsewhere are counted.
    """
    with transaction.atomic():
        # Whoever is booking is done before the visits are looked at, or looks at the new hours.
        held_stamp(to_change=True)
        touched = {branch: times_of(visits_of(branch, change)) for branch in change.branches}
        before = {branch: within(branch, times) for branch, times in touched.items()}
        change.make()
        stranded = {branch: _left(times, before[branch] - within(branch, times)) for branch, times in touched.items()}
        everyone = [one for times in stranded.values() for one in times]
        name = hashlib.sha256(repr(sorted(everyone)).encode()).hexdigest()[:16] if everyone else ""
        strands = [one for branch in show for one in _listed(branch, stranded.get(branch, []))]
        if made := name in {seen, ""}:
            _note(everyone, by)
        else:
            transaction.set_rollback(True)
    return Outcome(made, strands, len(everyone), name)


def _left(times: list[Times], keys: set[int]) -> list[Times]:
    return sorted((one for one in times if one[0] in keys), key=lambda one: one[3])


def _listed(branch: Branch, times: list[Times]) -> list[Stranding]:
    keys = [one[0] for one in times[:SHOWN]]
    return strandings(branch, Appointment.objects.filter(pk__in=keys).with_people())


def follow(steps: Sequence[Step]) -> None:
    """List visits that return to a time outside of the hours: whoever changed those did not see them there.

    Undoing something is not refused for that. What is listed or accepted at that very time already stays as it is.
    """
    visits = [step.visit for step in steps if step.returns and step.visit.status in MOVABLE]
    if not visits:
        return
    returned = Appointment.objects.filter(pk__in=[visit.pk for visit in visits], ends_at__gt=timezone.now())
    returned = returned.exclude(stranded__starts_at=F("starts_at"))
    for branch in {visit.branch for visit in visits}:
        times = times_of(returned.at(branch))
        inside = within(branch, times)
        _note([one for one in times if one[0] not in inside], None)


def _note(times: list[Times], by: User | None) -> None:
    now = timezone.now()
    Stranded.objects.bulk_create(
        (Stranded(appointment_id=one[0], starts_at=one[3], noted_by=by, noted_at=now) for one in times),
        update_conflicts=True,
        unique_fields=["appointment"],
        update_fields=["starts_at", "noted_by", "noted_at", "accepted_by", "accepted_at"],
        batch_size=500,
    )


def accept(visit: Appointment, *, by: User) -> None:
    """Leave a stranded visit as it is: whoever has to be there has agreed."""
    accepted = {"starts_at": visit.starts_at, "accepted_by": by, "accepted_at": timezone.now()}
    Stranded.objects.update_or_create(appointment=visit, defaults=accepted, create_defaults=accepted | {"noted_by": by})
