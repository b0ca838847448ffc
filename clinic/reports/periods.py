"""The days that a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from clinic.practice.clock import read_day
from clinic.practice.models import Branch

WORDS = {
    "today": pgettext_lazy("period", "Today"),
    "week": pgettext_lazy("period", "This week"),
    "month": pgettext_lazy("period", "This month"),
    "quarter": pgettext_lazy("period", "This quarter"),
    "year": pgettext_lazy("period", "This year"),
}


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both among them. `name` is one of `WORDS`, or empty for days that were given."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> tuple[date, date]:
        return self.first, self.last

    def moments(self, branch: Branch) -> tuple[datetime, datetime]:
        """Return when the period begins and when it is over, as the branch's clocks have it."""
        return branch.day(self.first)[0], branch.day(self.last)[1]


def period_of(name: str, today: date) -> Period | None:
    """Return the whole week (from Monday), month, quarter or year around `today`, or None for another name."""
    if name == "today":
        return Period(name, today, today)
    if name == "week":
        first = today - timedelta(days=today.weekday())
        return Period(name, first, first + timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}.get(name)
    if not months:
        return None
    first = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    after = first.month - 1 + months
    last = date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return Period(name, first, last)


def read_period(asked: Mapping[str, str], today: date) -> Period:
    """Return the period that an address asks for: by its name, or `from` and `to`; else this month."""
    if named := period_of(asked.get("period", ""), today):
        return named
    first, last = read_day(asked.get("from")), read_day(asked.get("to"))
    if first and last and first <= last:
        return Period("", first, last)
    return period_of("month", today)


def within(branches: list[Branch], period: Period, field: str, branch: str) -> Q:
    """Return the condition that a moment is in the period by the clocks of its branch.

    `field` and `branch` name the moment and the branch in the query.
    """
    found = Q(pk__in=[])
    for one in branches:
        starts, ends = period.moments(one)
        found |= Q(**{branch: one, f"{field}__gte": starts, f"{field}__lt": ends})
    return found
