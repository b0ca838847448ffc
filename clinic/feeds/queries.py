"""What a feed tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.appointments.models import FREES_SLOT, Appointment, Status
from clinic.feeds.models import Feed
from clinic.rota.models import Absence
from clinic.rota.stretches import DAY
from clinic.staff.models import Practitioner

BEFORE, AFTER = timedelta(days=30), timedelta(days=180)
"""How far a feed reaches back and ahead of now."""


@dataclass(frozen=True)
class Entry:
    """A visit or a leave as a calendar is told of it: `facts` are properties of an event, by their names."""

    uid: str
    first_known_at: datetime
    over_at: datetime
    facts: dict[str, Any]

    @property
    def digest(self) -> str:
        """What is the same as long as nothing that is told has changed."""
        return hashlib.sha256(repr(sorted(self.facts.items())).encode()).hexdigest()


def entries_of(feed: Feed, now: datetime) -> list[Entry]:
    """Return visits and leave around now, in three queries.

    A visit that was cancelled or missed stays as one that is cancelled, so that programs take it off. Times are in
    UTC: whatever the clocks do, and wherever the phone is, it is the same moment.
    """
    return [*_visits(feed, now), *_absences(feed.practitioner, now)]


def _visits(feed: Feed, now: datetime) -> Iterator[Entry]:
    visits = Appointment.objects.between(now - BEFORE, now + AFTER).filter(practitioner=feed.practitioner)
    for visit in visits.select_related("patient", "chair__branch", "appointment_type").order_by("starts_at", "pk"):
        is_off = visit.status in FREES_SLOT
        facts = {
            "summary": _summary(visit, feed.names),
            "dtstart": visit.starts_at.astimezone(UTC),
            "dtend": visit.ends_at.astimezone(UTC),
            "location": f"{visit.branch}, {visit.chair.name}",
            "status": "CANCELLED" if is_off else "TENTATIVE" if visit.status == Status.BOOKED else "CONFIRMED",
            "transp": "TRANSPARENT" if is_off else "OPAQUE",
        }
        yield Entry(f"{visit.uid}@visits.clinic", _last_step(visit), visit.ends_at, facts)


def _summary(visit: Appointment, names: str) -> str:
    """Return the kind of visit, and the initials if the feed may tell them: never a name, a number or a diagnosis."""
    if names != Feed.Names.INITIALS:
        return str(visit.appointment_type)
    initials = " ".join(f"{name[0]}." for name in (visit.patient.given_name, visit.patient.family_name) if name)
    return f"{visit.appointment_type}, {initials}" if initials else str(visit.appointment_type)


def _last_step(visit: Appointment) -> datetime:
    steps = [getattr(visit, f"{status}_at") for status in Status.values if status != Status.BOOKED]
    return max(at for at in (visit.booked_at, *steps) if at)


def _absences(practitioner: Practitioner, now: datetime) -> Iterator[Entry]:
    days = {"last_day__gte": (now - BEFORE).date(), "first_day__lte": (now + AFTER).date()}
    # Leave is minutes of the wall clock of wherever the practitioner works.
    branch = practitioner.branches.order_by("pk").first()
    zone = branch.zone if branch else ZoneInfo("UTC")
    for absence in Absence.objects.filter(practitioner=practitioner, **days).order_by("first_day", "pk"):
        facts = {"summary": _("Away"), "status": "CONFIRMED", "transp": "OPAQUE", **_span(absence, zone)}
        over_at = datetime.combine(absence.last_day + timedelta(days=1), time(), UTC)
        yield Entry(f"{absence.pk}@leave.clinic", absence.made_at, over_at, facts)


def _span(absence: Absence, zone: ZoneInfo) -> dict[str, Any]:
    if (absence.starts, absence.ends) == (0, DAY):
        return {"dtstart": absence.first_day, "dtend": absence.last_day + timedelta(days=1)}
    start = datetime.combine(absence.first_day, time(*divmod(absence.starts, 60)), zone)
    after = absence.last_day + timedelta(days=absence.ends // DAY)
    end = datetime.combine(after, time(*divmod(absence.ends % DAY, 60)), zone).replace(fold=1)
    return {"dtstart": start.astimezone(UTC), "dtend": end.astimezone(UTC)}
