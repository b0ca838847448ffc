"""How full each day of a month is, and how that is shown: like the calendar's visits, without templates (`drawing`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any

from django.db.models import Case, Count, Func, IntegerField, Sum, When
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.appointments.models import Appointment
from clinic.practice.keeping import current_stamp
from clinic.practice.models import Branch
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster

TENTHS = 10


@dataclass(frozen=True)
class Day:
    """A day of the month: its visits, and how many minutes of what practitioners work are booked."""

    day: date
    is_other_month: bool
    visits: int
    booked: int
    worked: int
    closed_because: str

    @property
    def tenths(self) -> int:
        """How full the day is, in tenths, for which the style sheet has a class."""
        return min(TENTHS, -(-self.booked * TENTHS // self.worked)) if self.worked else 0

    @property
    def free_hours(self) -> float:
        return max(0, self.worked - self.booked) / 60


def days_of(branch: Branch, first: date, last: date, month: int) -> list[Day]:
    """Return the days from `first` to `last`, in a fixed number of queries."""
    booked = _booked(branch, first, last)
    stamp = current_stamp()
    rota, people = Rota.of(branch, first, last, stamp=stamp), Roster.of(branch, stamp=stamp).practitioners()
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        worked = sum(end - start for one in people for start, end in rota.practitioner_on(one.pk, day).stretches)
        why = "" if worked else rota.branch_on(day).closed_because
        found.append(Day(day, day.month != month, *booked.get(day, (0, 0)), worked, why))
    return found


class Minutes(Func):
    """The minutes between two moments. SQLite computes them itself, where Django would call Python for each row."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        template = "(strftime('%%s', {1}) - strftime('%%s', {0})) / 60"
        return self._as_sql(template, compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        return self._as_sql("(EXTRACT(EPOCH FROM {1} - {0}) / 60)::integer", compiler, connection)

    def _as_sql(self, template: str, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        sql = template.format(*(sql for sql, _params in parts))
        return sql, [param for _sql, params in reversed(parts) for param in params]


def _booked(branch: Branch, first: date, last: date) -> dict[date, tuple[int, int]]:
    """Return the visits and the booked minutes of each day that has any, in one query.

    Days are told apart by the moments at which they end: nothing is converted between zones for each visit.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    ends = [branch.day(day)[1] for day in days]
    # Week by week, so that a visit is compared with a dozen moments and not with all of them.
    weeks = [
        When(starts_at__lt=week[-1], then=Case(*(When(starts_at__lt=end, then=ends.index(end)) for end in week)))
        for week in (ends[number : number + 7] for number in range(0, len(ends), 7))
    ]
    rows = (
        Appointment.objects.at(branch)
        .occupying()
        .filter(starts_at__gte=branch.day(first)[0], starts_at__lt=branch.day(last)[1])
        .annotate(on=Case(*weeks, output_field=IntegerField()))
        .order_by()
        .values("on")
        .annotate(visits=Count("pk"), minutes=Sum(Minutes("starts_at", "ends_at")))
    )
    return {days[row["on"]]: (row["visits"], row["minutes"]) for row in rows}


def draw_week(week: list[Day], branch: Branch, today: date) -> str:
    """Return a row of the month's table."""
    base = reverse("desk:day")
    return f"<tr>{''.join(_draw_day(day, f'{base}?day=', branch.pk, today) for day in week)}</tr>\n"


def _draw_day(one: Day, base: str, branch: int, today: date) -> str:
    classes = "month-day" + " is-other" * one.is_other_month + " is-closed" * bool(one.closed_because)
    current = ' aria-current="date"' if one.day == today else ""
    told = escape(date_format(one.day, "FULL_DAY"))
    visits = ngettext("%(n)s visit", "%(n)s visits", one.visits) % {"n": number_format(one.visits)}
    shown = (
        f'<span class="num month-visits" data-number="{number_format(one.visits)}">{escape(visits)}</span>'
        if one.visits
        else ""
    )
    if one.worked:
        free = _("%(hours)s h free") % {"hours": number_format(round(one.free_hours))}
        shown += f'<span class="month-bar full-{one.tenths}" aria-hidden="true"></span>'
        shown += f'<span class="num muted">{escape(free)}</span>'
    elif one.closed_because:
        shown += f'<span class="muted">{escape(one.closed_because)}</span>'
    return (
        f'<td class="{classes}"><a href="{base}{one.day.isoformat()}&amp;branch={branch}"{current} '
        f'aria-label="{told}"><span class="num month-number">{one.day.day}</span></a>\n'
        f"{shown}</td>"
    )
