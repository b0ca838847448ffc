"""Days as a grid: a column for each practitioner or chair of a day, or for each day of one of them, a row for each
five minutes on the branch's wall."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from clinic.appointments.models import Appointment
from clinic.practice.models import Branch
from clinic.practice.queries import Hours
from clinic.rota.stretches import DAY, Stretches, both, merged, without

ROW = 5  # minutes
SLOT = 15  # minutes from one place to click to the next
LANES = 4


@dataclass(frozen=True)
class Place:
    """Where something stands: rows are counted from 1 at the top of the grid."""

    column: int
    row: int
    rows: int
    lane: int = 0
    lanes: int = 1

    @property
    def classes(self) -> str:
        lanes = f" lane-{self.lane}-{self.lanes}" if self.lanes > 1 else ""
        return f"in-{self.column} from-{self.row} for-{self.rows}{lanes}"


@dataclass(frozen=True)
class Slot:
    place: Place
    at: time
    column: Column


@dataclass(frozen=True)
class Closed:
    """Time that cannot be booked, and why if somebody should read it there."""

    place: Place
    why: str = ""


@dataclass
class Column:
    """One day of one of those that the grid is split by: `kind` is "practitioner" or "chair"."""

    kind: str
    pk: int
    title: str
    day: date
    hours: Hours
    number: int = 0
    visits: list[tuple[Place, Appointment]] = field(default_factory=list)
    off: list[Appointment] = field(default_factory=list)


@dataclass
class Grid:
    """Some days at one branch; `first` and `last` are minutes since midnight, `hours` the branch's on `day`."""

    branch: Branch
    day: date
    hours: Hours
    first: int
    last: int
    columns: list[Column]

    @property
    def rows(self) -> int:
        return (self.last - self.first) // ROW

    @property
    def frame(self) -> str:
        """Tell two grids apart that cannot show the same visits in the same places."""
        columns = [(column.kind, column.pk, column.title, column.day, column.hours) for column in self.columns]
        shown = repr((self.first, self.last, self.hours, columns))
        return hashlib.sha256(shown.encode()).hexdigest()[:16]

    @property
    def has_slots(self) -> bool:
        return any(column.hours.stretches for column in self.columns)

    def clock(self) -> list[tuple[int, time]]:
        """Return the full hours and the rows they begin at."""
        return [(self._row(minute), _time(minute)) for minute in range(self.first, self.last, 60)]

    def closed(self) -> list[Closed]:
        """Return the closed stretches: first those of the whole house, over all columns at once, then each column's."""
        own = (stretch for column in self.columns for stretch in column.hours.stretches)
        house = merged([*self.hours.stretches, *own])
        frame = [(self.first, self.last)]
        found = self._closed_in(0, self.hours, without(frame, house), set())
        told = {closed.why for closed in found}
        for column in self.columns:
            found += self._closed_in(
                column.number, column.hours, without(both(frame, house), column.hours.stretches), told
            )
        return found

    def _closed_in(self, column: int, hours: Hours, stretches: Stretches, already: set[str]) -> list[Closed]:
        """Return closed stretches with their reasons; each reason is given once, and none that is given `already`."""
        closed, told = [], {"", *already}
        for start, end in stretches:
            reasons = (why for first, last, why in hours.away if first < end and start < last)
            why = next(reasons, hours.closed_because)
            closed.append(Closed(self._place(column, start, end), "" if why in told else why))
            told.add(why)
        return closed

    def slots(self) -> list[Slot]:
        """Return the places to click for a new visit: every quarter of an hour that is open and that exists."""
        usual = {column.day: _clocks_stay(self.branch, column.day) for column in self.columns}
        return [
            Slot(self._place(column.number, minute, minute + SLOT), _time(minute), column)
            for column in self.columns
            for opens, closes in column.hours.stretches
            for minute in range(opens, closes, SLOT)
            if usual[column.day] or _exists(self.branch, column.day, _time(minute))
        ]

    def _row(self, minute: int) -> int:
        return (minute - self.first) // ROW + 1

    def _place(self, column: int, start: int, end: int, lane: int = 0, lanes: int = 1) -> Place:
        start, end = max(start, self.first), min(end, self.last)
        return Place(column, self._row(start), max(1, -(-(end - start) // ROW)), lane, lanes)

    def put(self, visits: list[Appointment]) -> None:
        """Put the visits in their columns, also in several; those that overlap stand side by side."""
        for column in self.columns:
            here = _of(self.branch, column, visits)
            column.visits, column.off = [], [visit for visit in here if not visit.occupies_time]
            for cluster in _clusters([visit for visit in here if visit.occupies_time]):
                self._put_side_by_side(column, cluster)

    def _put_side_by_side(self, column: Column, cluster: list[Appointment]) -> None:
        ends: list[datetime] = []
        lane_of = []
        for visit in cluster:
            lane = next((lane for lane, end in enumerate(ends) if end <= visit.starts_at), len(ends))
            ends[lane : lane + 1] = [visit.ends_at]
            lane_of.append(min(lane, LANES - 1))
        lanes = min(len(ends), LANES)
        for visit, lane in zip(cluster, lane_of, strict=True):
            start, end = _span(self.branch, column.day, visit)
            column.visits.append((self._place(column.number, start, end, lane, lanes), visit))


def make_grid(branch: Branch, day: date, hours: Hours, columns: list[Column], visits: list[Appointment]) -> Grid:
    """Return a grid with the visits in it: from the first full hour to the last that anything needs.

    `day` is the one that was asked for, `hours` are the branch's on it; the columns come in order, not numbered yet.
    """
    for number, column in enumerate(columns, start=1):
        column.number = number
    spans = [
        _span(branch, column.day, visit)
        for column in columns
        for visit in _of(branch, column, visits)
        if visit.occupies_time
    ]
    stretches = merged([*hours.stretches, *(stretch for column in columns for stretch in column.hours.stretches)])
    edges = [*stretches, *spans] or [(9 * 60, 17 * 60)]
    first = min(start for start, _ in edges) // 60 * 60
    last = min(-(-max(end for _, end in edges) // 60) * 60, DAY)
    if not stretches:
        first, last = min(first, 9 * 60), max(last, 17 * 60)
    grid = Grid(branch, day, hours, first, last, columns)
    grid.put(visits)
    return grid


def _of(branch: Branch, column: Column, visits: Iterable[Appointment]) -> list[Appointment]:
    """Return the visits that touch a column's day and are its practitioner's or in its chair."""
    begin, end = branch.day(column.day)
    whose = f"{column.kind}_id"
    return [
        visit
        for visit in visits
        if getattr(visit, whose) == column.pk and visit.starts_at < end and visit.ends_at > begin
    ]


def _span(branch: Branch, day: date, visit: Appointment) -> tuple[int, int]:
    """Return when a visit begins and ends in minutes on the day's wall clock, cut to the day."""
    midnight, next_midnight = branch.day(day)
    local = max(visit.starts_at, midnight).astimezone(branch.zone)
    start = local.hour * 60 + local.minute
    length = (min(visit.ends_at, next_midnight) - max(visit.starts_at, midnight)) // timedelta(minutes=1)
    return start, min(start + max(length, ROW), 24 * 60)


def _clusters(visits: list[Appointment]) -> Iterable[list[Appointment]]:
    """Split visits, sorted by their start, into groups whose times touch one another."""
    cluster: list[Appointment] = []
    until = None
    for visit in visits:
        if cluster and visit.starts_at >= until:
            yield cluster
            cluster, until = [], None
        cluster.append(visit)
        until = max(until, visit.ends_at) if until else visit.ends_at
    if cluster:
        yield cluster


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _clocks_stay(branch: Branch, day: date) -> bool:
    """Tell whether a day has no change of the clocks: then every time of it exists."""
    begin, end = branch.day(day)
    return begin.utcoffset() == end.utcoffset()


def _exists(branch: Branch, day: date, at: time) -> bool:
    """Tell whether the clocks of the branch show this time on this day at all."""
    naive = datetime.combine(day, at)
    aware = naive.replace(tzinfo=branch.zone)
    return datetime.fromtimestamp(aware.timestamp(), branch.zone).replace(tzinfo=None) == naive
