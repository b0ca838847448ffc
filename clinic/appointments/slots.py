"""Free times: when, with whom and in which chair a visit would fit.

Nothing is held by looking: whoever books what is offered here may still learn that somebody was quicker.
"""

from __future__ import annotations

import heapq
import math
import re
from bisect import bisect_left
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

from clinic.appointments.models import LONGEST, Appointment
from clinic.patients.models import Patient
from clinic.practice.clock import FIRST_DAY, LAST_DAY, moments
from clinic.practice.keeping import current_stamp
from clinic.practice.models import AppointmentType, Branch, Chair
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster
from clinic.staff.models import Practitioner

STEP, QUARTER = 5 * 60, 15 * 60
AHEAD = (4, 14, 60, 180)
"""Days that are looked through: the first stretch often holds what is looked for, and each is read at once."""

LINK = "+"
"""What stands between the keys of visits that are booked together."""

Span = tuple[int, int]
"""From and until, in seconds since 1970."""


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

    Of any practitioners only those are offered who do visits of the type `kind`; who is asked for by name is offered.

    `patient` keeps clear of the patient's own visits; `moving` is a visit that gives up its time for the new one.
    """

    branch: Branch
    duration: timedelta
    practitioners: tuple[Practitioner, ...] = ()
    chairs: tuple[Chair, ...] = ()
    kind: AppointmentType | None = None
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


class Second(models.Func):
    """A moment in seconds since 1970, as a whole number, which costs a tenth of what a datetime does to read.

    A part of a second is rounded `up` or down: a visit must not seem to end before it does.
    """

    output_field = models.BigIntegerField()
    arity = 1

    def __init__(self, *expressions: Any, up: bool = False) -> None:
        super().__init__(*expressions)
        self.up = up

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        more = ", '+0.999 seconds'" if self.up else ""
        return self.as_sql(compiler, connection, template=f"CAST(strftime('%%%%s', %(expressions)s{more}) AS INTEGER)")

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        whole = "CEIL" if self.up else "FLOOR"
        return self.as_sql(compiler, connection, template=f"{whole}(EXTRACT(EPOCH FROM %(expressions)s))::bigint")


class Diary:
    """Some days of a branch, read once: who works when, and what is taken. Inside, moments are seconds since 1970."""

    def __init__(self, wish: Wish, first: date, last: date) -> None:
        self.wish, self.first, self.last = wish, first, last
        self._branch, self._zone = wish.branch, wish.branch.zone
        self._length = _whole(wish.duration)
        stamp = current_stamp()
        self.practitioners = wish.practitioners or tuple(Roster.of(self._branch, stamp=stamp).practitioners(wish.kind))
        self.chairs = wish.chairs or tuple(Roster.of(self._branch, stamp=stamp).chairs(self._branch))
        for chair in self.chairs:
            chair.branch = self._branch
        self._rota = Rota.of(self._branch, first, last, stamp=stamp)
        self._spans: dict[tuple[date, tuple[tuple[int, int], ...]], list[Span]] = {}
        # The visits of each of them, by their start: from, until, the chair they are in.
        self._busy: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
        self._read()

    def _read(self) -> None:
        branch, patient = self._branch, self.wish.patient
        begin, end = branch.day(self.first)[0], branch.day(self.last)[1]
        whose = Q(practitioner__in=[one.pk for one in self.practitioners]) | Q(
            chair__in=[one.pk for one in self.chairs]
        )
        if patient and patient.pk:
            whose |= Q(patient=patient)
        visits = Appointment.objects.occupying().between(begin, end).filter(whose)
        if self.wish.moving:
            visits = visits.exclude(pk=self.wish.moving.pk)
        taken = visits.order_by("starts_at").values_list(
            "practitioner_id", "chair_id", "patient_id", Second("starts_at"), Second("ends_at", up=True)
        )
        busy, whom = self._busy, patient.pk if patient else None
        for practitioner, chair, person, start, stop in taken:
            row = (start, stop, chair)
            busy["practitioner", practitioner].append(row)
            busy["chair", chair].append(row)
            if person == whom:
                busy["patient", person].append(row)

    def free(
        self, after: datetime, *, until: datetime | None = None, but: Iterable[FreeSlot] = ()
    ) -> Iterator[FreeSlot]:
        """Yield free times by their start: from `after`, not later than `until`, clear of the slots in `but`."""
        taken = list(but)
        day = max(self.first, after.astimezone(self._zone).date())
        last = self.last if until is None else min(self.last, until.astimezone(self._zone).date())
        since = math.ceil(after.timestamp())
        while day <= last:
            if not self.wish.weekdays or day.weekday() in self.wish.weekdays:
                each = [self._of(one, day, since, taken) for one in self.practitioners]
                for slot in heapq.merge(*each, key=lambda slot: slot.starts_at):
                    if until and slot.starts_at > until:
                        return
                    yield slot
            day += timedelta(days=1)

    def _of(self, one: Practitioner, day: date, after: int, taken: list[FreeSlot]) -> Iterator[FreeSlot]:
        """Yield one practitioner's free times of a day."""
        chairs: list[Chair] = []
        for start, end in self._gaps(one, day, taken):
            at = _rounded_up(start, STEP) if start >= after else _rounded_up(after, QUARTER)
            while at + self._length <= end:
                stop = at + self._length
                chairs = chairs or self._chairs_of(one, day)
                chair = self._chair(chairs, day, at, stop, taken) if self._wanted_then(at) else None
                if chair:
                    yield FreeSlot(_moment(at), _moment(stop), one, chair)
                at = stop if chair else _rounded_up(at + STEP, QUARTER)

    def at(self, one: Practitioner, start: datetime) -> FreeSlot | None:
        """Return the free time of a practitioner that begins exactly at `start`, if there is one."""
        begin = int(start.timestamp())
        end = begin + self._length
        day = start.astimezone(self._zone).date()
        if not any(since <= begin and end <= until for since, until in self._gaps(one, day, [])):
            return None
        chair = self._chair(self._chairs_of(one, day), day, begin, end, [])
        return FreeSlot(_moment(begin), _moment(end), one, chair) if chair else None

    def _gaps(self, one: Practitioner, day: date, taken: list[FreeSlot]) -> Iterator[Span]:
        """Yield the stretches of a day in which the practitioner works and neither they nor the patient are busy."""
        hours = self._hours("practitioner", one.pk, day)
        if not hours:
            return
        busy = [_span_of(slot) for slot in taken if self.wish.patient or slot.practitioner == one]
        owners = [("practitioner", one.pk)]
        if self.wish.patient and self.wish.patient.pk:
            owners.append(("patient", self.wish.patient.pk))
        for owner in owners:
            busy += [(start, stop) for start, stop, _ in self._taken(owner, hours[0][0], hours[-1][1])]
        yield from _without(hours, busy)

    def _taken(self, owner: tuple[str, int], start: int, end: int) -> list[tuple[int, int, int]]:
        """Return somebody's visits that touch the time from `start` to `end`."""
        rows = self._busy.get(owner, [])
        first = bisect_left(rows, (start - _whole(LONGEST),))
        return [row for row in rows[first : bisect_left(rows, (end,))] if row[1] > start]

    def _chair(self, chairs: list[Chair], day: date, start: int, end: int, taken: list[FreeSlot]) -> Chair | None:
        return next((chair for chair in chairs if self._is_free(chair, day, start, end, taken)), None)

    def _hours(self, kind: str, pk: int, day: date) -> list[Span]:
        """Return when a practitioner or a chair can be booked on a day: most of them at the same times."""
        stretches = tuple(self._rota.stretches((kind, pk), day))
        if (day, stretches) not in self._spans:
            open_to = moments(self._zone, day, stretches)
            self._spans[day, stretches] = [(int(start.timestamp()), int(end.timestamp())) for start, end in open_to]
        return self._spans[day, stretches]

    def _wanted_then(self, at: int) -> bool:
        part = self.wish.part
        return part is None or part.holds(datetime.fromtimestamp(at, self._zone).time())

    def _chairs_of(self, one: Practitioner, day: date) -> list[Chair]:
        """The chairs, the one that the practitioner uses on that day first."""
        begin, end = (int(at.timestamp()) for at in self._branch.day(day))
        theirs = self._taken(("practitioner", one.pk), begin, end)
        used = Counter(chair for start, _, chair in theirs if start >= begin)
        return sorted(self.chairs, key=lambda chair: -used[chair.pk])

    def _is_free(self, chair: Chair, day: date, start: int, end: int, taken: list[FreeSlot]) -> bool:
        if not any(begin <= start and end <= stop for begin, stop in self._hours("chair", chair.pk, day)):
            return False
        held = [_span_of(slot) for slot in taken if slot.chair == chair]
        if any(begin < end and stop > start for begin, stop in held):
            return False
        return not self._taken(("chair", chair.pk), start, end)


def _without(spans: Iterable[Span], busy: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of the spans; both are given in any order, the spans do not overlap."""
    ordered = sorted(busy)
    for start, end in sorted(spans):
        at = start
        for begin, stop in ordered:
            if stop <= at or begin >= end:
                continue
            if begin > at:
                yield at, begin
            at = max(at, stop)
        if at < end:
            yield at, end


def _rounded_up(at: int, step: int) -> int:
    """Return the first full step of the hour at `at` or after it."""
    return at + -at % step


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _whole(length: timedelta) -> int:
    return math.ceil(length.total_seconds())


def _span_of(slot: FreeSlot) -> Span:
    return int(slot.starts_at.timestamp()), int(slot.ends_at.timestamp())
