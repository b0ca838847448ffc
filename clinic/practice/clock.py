"""From the wall clock of a branch to a moment in time, in the two nights a year when that is not obvious."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_time

# Days that a clinic books, bills or was paid on; beyond them dates run out of neighbours.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


class NoSuchTime(ValueError):
    """The clocks go forward over this time: nobody's wall ever shows it."""

    def __init__(self, day: date, at: time) -> None:
        super().__init__(f"There is no {at:%H:%M} on this day: the clocks go forward over it. Choose another time.")


class TwoSuchTimes(ValueError):
    """The clocks go back over this time, so the wall shows it twice."""

    def __init__(self, day: date, at: time) -> None:
        super().__init__(f"The clocks go back on this day, so {at:%H:%M} comes twice. Say which one is meant.")


def moment(zone: ZoneInfo, day: date, at: time, fold: int | None = None) -> datetime:
    """Return the moment at which the wall of `zone` shows `at` on `day`; `fold` 0 or 1 tells two such moments apart.

    Raises `NoSuchTime`, or `TwoSuchTimes` when `fold` is None.
    """
    first, second = (datetime.combine(day, at, zone).replace(fold=which) for which in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        raise NoSuchTime(day, at)
    if fold is None:
        raise TwoSuchTimes(day, at)
    return second if fold else first


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
