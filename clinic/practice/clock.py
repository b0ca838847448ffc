"""From the wall clock of a branch to a moment in time, in the two nights a year when that is not obvious."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _

# Days that a clinic books, bills or was paid on; beyond them dates run out of neighbours.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


class NoSuchTime(ValueError):
    """The clocks go forward over this time: nobody's wall ever shows it."""

    def __init__(self, day: date, at: time) -> None:
        told = _("There is no %(time)s on this day: the clocks go forward over it. Choose another time.")
        super().__init__(told % {"time": f"{at:%H:%M}"})


class TwoSuchTimes(ValueError):
    """The clocks go back over this time, so the wall shows it twice."""

    def __init__(self, day: date, at: time) -> None:
        told = _("The clocks go back on this day, so %(time)s comes twice. Say which one is meant.")
        super().__init__(told % {"time": f"{at:%H:%M}"})


def moment(zone: ZoneInfo, day: date, at: time, fold: int | None = None) -> datetime:
    """Return the moment at which the wall of `zone` shows `at` on `day`; `fold` 0 or 1 tells two such moments apart.

    It is in UTC, so that minutes added to it are minutes that pass, and not minutes on the wall. Raises `NoSuchTime`,
    or `TwoSuchTimes` when `fold` is None.
    """
    first, second = (datetime.combine(day, at, zone).replace(fold=which) for which in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise NoSuchTime(day, at)
    if fold is None:
        raise TwoSuchTimes(day, at)
    return (second if fold else first).astimezone(UTC)


def wall_stretches(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[date, int, int]]:
    """Return what the wall of `zone` shows from `start` until `end`: (day, from minute, until minute), in order.

    Minutes are counted from midnight, and 1440 ends a day. Minutes that the clocks skip are not among them; those
    that they show twice are there once.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.utcoffset() != last.utcoffset():
        return _minute_by_minute(zone, start, end)
    found = []
    day, minute = first.date(), first.hour * 60 + first.minute
    until = last.hour * 60 + last.minute + bool(last.second or last.microsecond)
    while day < last.date():
        found.append((day, minute, 1440))
        day, minute = day + timedelta(days=1), 0
    return [*found, (day, minute, until)] if until > minute else found


def moments(zone: ZoneInfo, day: date, stretches: Iterable[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """Return when the wall of `zone` shows the minutes of `stretches` on `day`: (from, until) in UTC, in order.

    It is what `wall_stretches` undoes. Minutes that the clocks skip are left out; of those that they show twice, both
    times count, so that one stretch can become two.
    """
    midnight, next_midnight = (
        datetime.combine(on, time(), zone).astimezone(UTC) for on in (day, day + timedelta(days=1))
    )
    if next_midnight - midnight == timedelta(days=1):
        return [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in sorted(stretches)]
    found: list[tuple[datetime, datetime]] = []
    at = midnight
    while at < next_midnight:
        local, after = at.astimezone(zone), at + timedelta(minutes=1)
        minute = local.hour * 60 + local.minute
        if any(opens <= minute < closes for opens, closes in stretches):
            begun = found.pop()[0] if found and found[-1][1] == at else at
            found.append((begun, after))
        at = after
    return found


def _minute_by_minute(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[date, int, int]]:
    shown = set()
    at, end = start.astimezone(UTC).replace(second=0, microsecond=0), end.astimezone(UTC)
    while at < end:
        local = at.astimezone(zone)
        shown.add((local.date(), local.hour * 60 + local.minute))
        at += timedelta(minutes=1)
    found: list[tuple[date, int, int]] = []
    for day, minute in sorted(shown):
        if found and found[-1][0] == day and found[-1][2] == minute:
            found[-1] = (day, found[-1][1], minute + 1)
        else:
            found.append((day, minute, minute + 1))
    return found


def read_day(value: Any) -> date | None:
    """Return the day that a form or an address holds, or None if it is none that a clinic can mean."""
    try:
        day = parse_date(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


def read_time(value: Any) -> time | None:
    """Return the time of day that a form or an address holds, or None if it holds none."""
    try:
        return parse_time(value) if isinstance(value, str) else value
    except ValueError:
        return None
