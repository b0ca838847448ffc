"""Free times: when, with whom and in which chair a visit would fit.

Nothing is held by looking: whoever books what is offered here may still learn that somebody was quicker.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.appointments.models import Appointment
from clinic.appointments.queries import chairs_of, practitioners_at
from clinic.patients.models import Patient
from clinic.practice.clock import FIRST_DAY, LAST_DAY, moments
from clinic.practice.models import Branch, Chair
from clinic.rota.queries import Rota
from clinic.staff.models import Practitioner

STEP = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
AHEAD = (14, 60, 180)
"""Days that are looked through: the first stretch nearly always holds what is looked for, and is read at once."""

LINK = "+"
"""What stands between the keys of visits that are booked together."""

Stretch = tuple[datetime, datetime]


class Part(models.TextChoices):
    """When on a day a visit begins, on the branch's wall."""

    MORNING = "morning", _("Morning, before 12:00")
    AFTERNOON = "afternoon", _("Afternoon, 12:00 to 17:00")
    EVENING = "evening", _("Evening, from 17:00")

    def holds(self, at: time) -> bool:
        part = Part.MORNING if at.hour < 12 else Part.AFTERNOON if at.hour < 17 else Part.EVENING
        return self is part


@dataclass(frozen=True)
class Wish:
    """What a visit needs. Empty practitioners, chairs or weekdays (0 is Monday) mean that any will do.

    `patient` keeps clear of the patient's own visits; `moving` is a visit that gives up its time for the new one.
    """

    branch: Branch
    duration: timedelta
    practitioners: tuple[Practitioner, ...] = ()
    chairs: tuple[Chair, ...] = ()
    weekdays: frozenset[int] = frozenset()
    part: Part | None = None
    patient: Patient | None = None
    moving: Appointment | None = None


@dataclass(frozen=True)
class FreeSlot:
    """A time that is free: aware, in UTC."""

    starts_at: datetime
    ends_at: datetime
    practitioner: Practitioner
    chair: Chair

    @property
    def key(self) -> str:
        """What a form sends to book exactly this: `read_slot` reads it."""
        minutes = (self.ends_at - self.starts_at) // timedelta(minutes=1)
        return f"{self.starts_at:%Y%m%dT%H%M}.{minutes}.{self.practitioner.pk}.{self.chair.pk}"

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(self.chair.branch.zone)


def read_slot(key: str) -> dict[str, Any]:
    """Return `starts_at`, and `minutes`, `practitioner` and `chair` as numbers. Raises `ValueError` if it is no key."""
    found = re.fullmatch(r"(\d{8}T\d{4})\.(\d{1,4})\.(\d{1,9})\.(\d{1,9})", key)
    if not found:
        raise ValueError("That is not a time that was offered.")
    start = datetime.strptime(found[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    if not FIRST_DAY <= start.date() <= LAST_DAY:
        raise ValueError("No clinic is open in that year.")
    return {"starts_at": start} | dict(
        zip(("minutes", "practitioner", "chair"), map(int, found.groups()[1:]), strict=True)
    )


def read_slots(key: str) -> list[str]:
    """Return the keys of linked visits, in their order; one alone is a list of one."""
    return key.split(LINK)


def free_slots(wish: Wish, *, after: datetime, limit: int = 3) -> list[FreeSlot]:
    """Return the first `limit` free times that begin at `after` or later, within half a year, in order.

    Times of one practitioner do not overlap one another. The number of queries is fixed for a stretch of days and
    does not depend on what is booked.
    """
    found: list[FreeSlot] = []
    first = after.astimezone(wish.branch.zone).date()
    looked = 0
    for days in AHEAD:
        begin, end = first + timedelta(days=looked), first + timedelta(days=days - 1)
        found += islice(Diary(wish, begin, end).free(after), limit - len(found))
        if len(found) >= limit:
            break
        looked = days
    return found


def alternatives(wish: Wish, wanted: datetime) -> list[FreeSlot]:
    """Return three times for somebody whose time was taken: the next ones from then on, or from now."""
    return free_slots(wish, after=max(wanted, timezone.now()))


def linked_slots(
    wishes: Sequence[Wish], *, after: datetime, limit: int = 3, gap: timedelta = timedelta(minutes=30)
) -> list[tuple[FreeSlot, ...]]:
    """Return times for several visits of one patient on one day, one after another with at most `gap` in between.

    The visits come in the order of `wishes`. Raises `ValueError` without any.
    """
    if not wishes:
        raise ValueError("Linked visits need at least one wish.")
    found: list[tuple[FreeSlot, ...]] = []
    first = after.astimezone(wishes[0].branch.zone).date()
    looked = 0
    for days in AHEAD:
        begin, end = first + timedelta(days=looked), first + timedelta(days=days - 1)
        diaries = [Diary(wish, begin, end) for wish in wishes]
        for slot in diaries[0].free(after):
            if found and slot.starts_at < found[-1][-1].ends_at:
                continue
            if chain := _chained((slot,), diaries[1:], gap):
                found.append(chain)
            if len(found) == limit:
                return found
        looked = days
    return found


def _chained(chain: tuple[FreeSlot, ...], diaries: Sequence[Diary], gap: timedelta) -> tuple[FreeSlot, ...] | None:
    if not diaries:
        return chain
    end = chain[-1].ends_at
    for slot in diaries[0].free(end, until=end + gap, but=chain):
        if longer := _chained((*chain, slot), diaries[1:], gap):
            return longer
    return None


class Diary:
    """Some days of a branch, read once: who works when, and what is taken."""

    def __init__(self, wish: Wish, first: date, last: date) -> None:
        self.wish, self.first, self.last = wish, first, last
        branch = wish.branch
        self.practitioners = wish.practitioners or tuple(practitioners_at(branch))
        self.chairs = wish.chairs or tuple(chairs_of(branch))
        for chair in self.chairs:
            chair.branch = branch
        self.rota = Rota.of(branch, first, last)
        self._open: dict[tuple[str, int, date], list[Stretch]] = {}
        self.busy: dict[tuple[str, int], list[Stretch]] = defaultdict(list)
        self.habits: dict[tuple[int, date], Counter[int]] = defaultdict(Counter)
        self._read()

    def _read(self) -> None:
        branch, patient = self.wish.branch, self.wish.patient
        begin, end = branch.day(self.first)[0], branch.day(self.last)[1]
        whose = Q(practitioner__in=self.practitioners) | Q(chair__in=self.chairs)
        if patient and patient.pk:
            whose |= Q(patient=patient)
        visits = Appointment.objects.occupying().between(begin, end).filter(whose)
        if self.wish.moving:
            visits = visits.exclude(pk=self.wish.moving.pk)
        columns = ("practitioner_id", "chair_id", "patient_id", "starts_at", "ends_at")
        for practitioner, chair, person, start, stop in visits.order_by("starts_at").values_list(*columns):
            self.busy["practitioner", practitioner].append((start, stop))
            self.busy["chair", chair].append((start, stop))
            if patient and person == patient.pk:
                self.busy["patient", person].append((start, stop))
            self.habits[practitioner, start.astimezone(branch.zone).date()][chair] += 1

    def free(
        self, after: datetime, *, until: datetime | None = None, but: Iterable[FreeSlot] = ()
    ) -> Iterator[FreeSlot]:
        """Yield free times by their start: from `after`, not later than `until`, clear of the slots in `but`."""
        taken = list(but)
        day = max(self.first, after.astimezone(self.wish.branch.zone).date())
        last = self.last if until is None else min(self.last, until.astimezone(self.wish.branch.zone).date())
        while day <= last:
            if not self.wish.weekdays or day.weekday() in self.wish.weekdays:
                each = [self._of(one, day, after, taken) for one in self.practitioners]
                for slot in heapq.merge(*each, key=lambda slot: slot.starts_at):
                    if until and slot.starts_at > until:
                        return
                    yield slot
            day += timedelta(days=1)

    def _of(self, one: Practitioner, day: date, after: datetime, taken: list[FreeSlot]) -> Iterator[FreeSlot]:
        """Yield one practitioner's free times of a day."""
        chairs = self._chairs_of(one, day)
        for start, end in self._gaps(one, day, taken):
            at = _rounded_up(start, STEP) if start >= after else _rounded_up(after, QUARTER)
            while at + self.wish.duration <= end:
                stop = at + self.wish.duration
                chair = self._chair(chairs, at, stop, taken) if self._wanted_then(at) else None
                if chair:
                    yield FreeSlot(at, stop, one, chair)
                at = stop if chair else _rounded_up(at + STEP, QUARTER)

    def at(self, one: Practitioner, start: datetime) -> FreeSlot | None:
        """Return the free time of a practitioner that begins exactly at `start`, if there is one."""
        start = start.astimezone(UTC)
        end = start + self.wish.duration
        day = start.astimezone(self.wish.branch.zone).date()
        if not any(begin <= start and end <= stop for begin, stop in self._gaps(one, day, [])):
            return None
        chair = self._chair(self._chairs_of(one, day), start, end, [])
        return FreeSlot(start, end, one, chair) if chair else None

    def _gaps(self, one: Practitioner, day: date, taken: list[FreeSlot]) -> Iterator[Stretch]:
        """Yield the stretches of a day in which the practitioner works and neither they nor the patient are busy."""
        mine = [slot for slot in taken if self.wish.patient or slot.practitioner == one]
        busy = [*self.busy["practitioner", one.pk], *((slot.starts_at, slot.ends_at) for slot in mine)]
        if self.wish.patient and self.wish.patient.pk:
            busy += self.busy["patient", self.wish.patient.pk]
        return _without(self._hours("practitioner", one.pk, day), busy)

    def _chair(self, chairs: list[Chair], start: datetime, end: datetime, taken: list[FreeSlot]) -> Chair | None:
        return next((chair for chair in chairs if self._is_free(chair, start, end, taken)), None)

    def _hours(self, kind: str, pk: int, day: date) -> list[Stretch]:
        """Return when a practitioner or a chair can be booked on a day."""
        if (kind, pk, day) not in self._open:
            hours = self.rota.practitioner_on(pk, day) if kind == "practitioner" else self.rota.chair_on(pk, day)
            self._open[kind, pk, day] = moments(self.wish.branch.zone, day, hours.stretches)
        return self._open[kind, pk, day]

    def _wanted_then(self, at: datetime) -> bool:
        part = self.wish.part
        return part is None or part.holds(at.astimezone(self.wish.branch.zone).time())

    def _chairs_of(self, one: Practitioner, day: date) -> list[Chair]:
        """The chairs, the one that the practitioner uses on that day first."""
        used = self.habits[one.pk, day]
        return sorted(self.chairs, key=lambda chair: -used[chair.pk])

    def _is_free(self, chair: Chair, start: datetime, end: datetime, taken: list[FreeSlot]) -> bool:
        day = start.astimezone(self.wish.branch.zone).date()
        if not any(begin <= start and end <= stop for begin, stop in self._hours("chair", chair.pk, day)):
            return False
        if any(slot.chair == chair and slot.starts_at < end and slot.ends_at > start for slot in taken):
            return False
        return not any(begin < end and stop > start for begin, stop in self.busy["chair", chair.pk])


def _without(stretches: Iterable[Stretch], busy: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield what is left of the stretches; both are given in any order, the stretches do not overlap."""
    ordered = sorted(busy)
    for start, end in sorted(stretches):
        at = start
        for begin, stop in ordered:
            if stop <= at or begin >= end:
                continue
            if begin > at:
                yield at, begin
            at = max(at, stop)
        if at < end:
            yield at, end


def _rounded_up(at: datetime, step: timedelta) -> datetime:
    """Return the first full step of the hour at `at` or after it, without seconds."""
    over = (at - at.replace(minute=0, second=0, microsecond=0)) % step
    return at + (step - over if over else timedelta(0))
