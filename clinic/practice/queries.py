"""When a branch is open, and what it works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from clinic.practice.models import Branch, Closure


@dataclass(frozen=True)
class Hours:
    """A branch's day: the stretches it is open, in minutes since midnight on its wall, and why it is closed if so."""

    stretches: list[tuple[int, int]]
    closed_because: str = ""

    def covers(self, start: int, end: int) -> bool:
        """Tell whether the branch is open from `start` to `end` without a break."""
        return any(opens <= start and end <= closes for opens, closes in self.stretches)


def hours_on(branch: Branch, day: date) -> Hours:
    """Return when a branch is open on a day."""
    closure = Closure.objects.filter(branch=branch, first_day__lte=day, last_day__gte=day).first()
    if closure:
        return Hours([], closure.reason)
    rows = branch.opening_hours.filter(weekday=day.weekday()).order_by("opens")
    merged: list[tuple[int, int]] = []
    for opens, closes in ((_minutes(row.opens), _minutes(row.closes)) for row in rows):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return Hours(merged, "" if merged else f"Closed on {day:%A}s")


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
