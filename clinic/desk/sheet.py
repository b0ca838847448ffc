"""The day on paper: for each practitioner or chair what happens when, with what is free and what is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.appointments.models import Appointment
from clinic.practice.clock import wall_stretches
from clinic.practice.models import Branch
from clinic.practice.queries import Hours
from clinic.rota.queries import Rota
from clinic.rota.stretches import Stretches, merged, without
from clinic.rota.words import clock

LEAST = 10
"""Minutes that a free time lasts at least to be worth a line."""


@dataclass(frozen=True)
class Line:
    """A visit, a free time or a closed one, in minutes since midnight; `why` says why it is closed, if known."""

    starts: int
    ends: int
    visit: Appointment | None = None
    is_free: bool = False
    why: str = ""

    @property
    def times(self) -> str:
        return f"{clock(self.starts)}–{clock(self.ends)}"


@dataclass(frozen=True)
class Sheet:
    """The day of one practitioner or chair."""

    title: str
    lines: list[Line]
    off: list[Appointment]
    closed_because: str


def make_sheet(branch: Branch, day: date, title: str, house: Hours, hours: Hours, visits: list[Appointment]) -> Sheet:
    """Return the sheet of somebody with these hours and visits, which touch the day and come by their start.

    `house` are the branch's hours: what is closed before and after them is not told.
    """
    taken = [visit for visit in visits if visit.occupies_time]
    spans = {visit.pk: _span(branch, day, visit) for visit in taken}
    lines = [Line(*spans[visit.pk], visit=visit) for visit in taken]
    busy = merged(list(spans.values()))
    free = without(hours.stretches, busy)
    lines += [Line(start, end, is_free=True) for start, end in free if end - start >= LEAST]
    lines += [Line(start, end, why=why) for start, end, why in _closed(house, hours)]
    lines.sort(key=lambda line: (line.starts, line.visit is None))
    off = [visit for visit in visits if not visit.occupies_time]
    return Sheet(title, lines, off, "" if hours.stretches else hours.closed_because)


def _span(branch: Branch, day: date, visit: Appointment) -> tuple[int, int]:
    shown = [(a, b) for on, a, b in wall_stretches(branch.zone, visit.starts_at, visit.ends_at) if on == day]
    return shown[0][0], shown[-1][1]


def _closed(house: Hours, hours: Hours) -> list[tuple[int, int, str]]:
    """Return the breaks between the hours, with what is known of each, and what is known of the time around them."""
    if not hours.stretches:
        return []
    opens, closes = (house.stretches or hours.stretches)[0][0], (house.stretches or hours.stretches)[-1][1]
    first, last = hours.stretches[0][0], hours.stretches[-1][1]
    breaks: Stretches = without([(first, last)], hours.stretches)
    known = [
        (max(start, opens), min(end, closes), why)
        for start, end, why in hours.away
        if why and start < closes and end > opens
    ]
    unknown = without(breaks, [(start, end) for start, end, _ in known])
    return [*known, *((start, end, "") for start, end in unknown)]


def sheets_of(rota: Rota, day: date, people: list[Any], by: str) -> list[Sheet]:
    """Return a sheet for each of `people`, which are practitioners or, `by` chair, chairs: in one query for visits."""
    branch, house = rota.branch, rota.branch_on(day)
    hours_of = rota.chair_on if by == "chair" else rota.practitioner_on
    visits = Appointment.objects.on(day, branch).filter(**{f"{by}__in": people}).with_people()
    mine: dict[int, list[Appointment]] = {one.pk: [] for one in people}
    for visit in visits.order_by("starts_at", "pk"):
        mine[getattr(visit, f"{by}_id")].append(visit)
    return [make_sheet(branch, day, one.name, house, hours_of(one.pk, day), mine[one.pk]) for one in people]
