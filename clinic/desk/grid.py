"""Days as a grid: a column for each practitioner or chair of a day, or for each day of one of them, a row for each
five minutes on the branch's wall."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from clinic.desk.entries import Entry
from clinic.practice.models import Branch
from clinic.practice.queries import Hours
from clinic.rota.stretches import DAY, Stretches, both, merged, without

ROW = 5  # minutes
SLOT = 15  # minutes from one place to click to the next
LANES = 4


@dataclass(slots=True)
class Place:
    """Where something stands: rows are counted from 1 at the top of the grid."""

    column: int
    row: int
    rows: int
    lane: int = 0
    lanes: int = 1

    @classmethod
    def between(cls, column: int, start: int, end: int, lane: int = 0, lanes: int = 1) -> Place:
        """Return the place from one minute below the top of the grid to another: at least one row."""
        return cls(column, start // ROW + 1, max(1, -(-(end - start) // ROW)), lane, lanes)

    @property
    def classes(self) -> str:
        lanes = f" lane-{self.lane}-{self.lanes}" if self.lanes > 1 else ""
        return f"in-{self.column} from-{self.row} for-{self.rows}{lanes}"


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
    visits: list[tuple[Place, Entry]] = field(default_factory=list)
    off: list[Entry] = field(default_factory=list)


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

    def slot_minutes(self, column: Column) -> list[int]:
        """Return when new visits can begin in a column: every quarter of an hour that is open and that exists."""
        usual = _clocks_stay(self.branch, column.day)
        return [
            minute
            for opens, closes in column.hours.stretches
            for minute in range(opens, closes, SLOT)
            if usual or _exists(self.branch, column.day, _time(minute))
        ]

    def _row(self, minute: int) -> int:
        return (minute - self.first) // ROW + 1

    def _place(self, column: int, start: int, end: int, lane: int = 0, lanes: int = 1) -> Place:
        start, end = max(start, self.first), min(end, self.last)
        return Place.between(column, start - self.first, end - self.first, lane, lanes)

    def put(self, visits: list[list[Placed]]) -> None:
        """Put the visits in their columns, also in several; those that overlap stand side by side."""
        for column, here in zip(self.columns, visits, strict=True):
            column.visits, column.off = [], [placed.visit for placed in here if not placed.visit.occupies_time]
            for cluster in _clusters([placed for placed in here if placed.visit.occupies_time]):
                self._put_side_by_side(column, cluster)

    def _put_side_by_side(self, column: Column, cluster: list[Placed]) -> None:
        ends: list[datetime] = []
        lane_of = []
        for placed in cluster:
            lane = next((lane for lane, end in enumerate(ends) if end <= placed.visit.starts_at), len(ends))
            ends[lane : lane + 1] = [placed.visit.ends_at]
            lane_of.append(min(lane, LANES - 1))
        lanes = min(len(ends), LANES)
        for placed, lane in zip(cluster, lane_of, strict=True):
            place = self._place(column.number, placed.start, placed.end, lane, lanes)
            column.visits.append((place, placed.visit))


class Placed(NamedTuple):
    """A visit on one day: from and until which minute of the wall clock."""

    visit: Entry
    start: int
    end: int


def make_grid(branch: Branch, day: date, hours: Hours, columns: list[Column], visits: list[Entry]) -> Grid:
    """Return a grid with the visits in it: from the first full hour to the last that anything needs.

    `day` is the one that was asked for, `hours` are the branch's on it; the columns come in order, not numbered yet.
    The visits come by their start.
    """
    for number, column in enumerate(columns, start=1):
        column.number = number
    placed = _placed(branch, columns, visits)
    spans = [(one.start, one.end) for here in placed for one in here if one.visit.occupies_time]
    stretches = merged([*hours.stretches, *(stretch for column in columns for stretch in column.hours.stretches)])
    edges = [*stretches, *spans] or [(9 * 60, 17 * 60)]
    first = min(start for start, _ in edges) // 60 * 60
    last = min(-(-max(end for _, end in edges) // 60) * 60, DAY)
    if not stretches:
        first, last = min(first, 9 * 60), max(last, 17 * 60)
    grid = Grid(branch, day, hours, first, last, columns)
    grid.put(placed)
    return grid


def _placed(branch: Branch, columns: list[Column], visits: list[Entry]) -> list[list[Placed]]:
    """Return for each column the visits that touch its day and are its practitioner's or in its chair."""
    theirs: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for kind in {column.kind for column in columns}:
        whose = f"{kind}_id"
        for visit in visits:
            theirs[kind, getattr(visit, whose)].append(visit)
    found = []
    for column in columns:
        begin, end = (at.astimezone(UTC) for at in branch.day(column.day))
        theirs_here = theirs[column.kind, column.pk]
        here = [visit for visit in theirs_here if visit.starts_at < end and visit.ends_at > begin]
        found.append([Placed(visit, *_span(visit, begin, end)) for visit in here])
    return found


def _span(visit: Entry, midnight: datetime, next_midnight: datetime) -> tuple[int, int]:
    """Return when a visit begins and ends in minutes on the day's wall clock, cut to the day.

    Its length is that of the time which passes, also in a night in which the clocks change.
    """
    began_before = visit.starts_at < midnight
    start = 0 if began_before else visit.start.hour * 60 + visit.start.minute
    since = midnight if began_before else visit.starts_at
    length = (min(visit.ends_at, next_midnight) - since) // timedelta(minutes=1)
    return start, min(start + max(length, ROW), DAY)


def _clusters(visits: list[Placed]) -> Iterable[list[Placed]]:
    """Split visits, sorted by their start, into groups whose times touch one another."""
    cluster: list[Placed] = []
    until = None
    for placed in visits:
        visit = placed.visit
        if until is not None and visit.starts_at >= until:
            yield cluster
            cluster, until = [], None
        cluster.append(placed)
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
