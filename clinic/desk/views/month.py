"""A month at a glance: how full each day is."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.appointments.models import Appointment
from clinic.appointments.queries import practitioners_at
from clinic.desk.views.day import asked_day
from clinic.practice.models import Branch
from clinic.rota.queries import Rota
from clinic.staff.access import allowed

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
    begin, end = branch.day(first)[0], branch.day(last)[1]
    rows = (
        Appointment.objects.at(branch)
        .occupying()
        .filter(starts_at__gte=begin, starts_at__lt=end)
        .annotate(on=TruncDate("starts_at", tzinfo=branch.zone))
        .order_by()
        .values("on")
        .annotate(visits=Count("pk"), length=Sum(F("ends_at") - F("starts_at")))
    )
    booked = {row["on"]: (row["visits"], row["length"] // timedelta(minutes=1)) for row in rows}
    rota, people = Rota.of(branch, first, last), practitioners_at(branch)
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        worked = sum(end - start for one in people for start, end in rota.practitioner_on(one.pk, day).stretches)
        why = "" if worked else rota.branch_on(day).closed_because
        found.append(Day(day, day.month != month, *booked.get(day, (0, 0)), worked, why))
    return found


@require_GET
@allowed("desk")
def month(request: HttpRequest) -> HttpResponse:
    day = asked_day(request)
    weeks = calendar.Calendar().monthdatescalendar(day.year, day.month)
    days = days_of(request.branch, weeks[0][0], weeks[-1][-1], day.month)
    context = {
        "day": day,
        "view": "month",
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "today": request.branch.today(),
        "previous": (day.replace(day=1) - timedelta(days=1)).replace(day=1),
        "next": (day.replace(day=1) + timedelta(days=32)).replace(day=1),
    }
    return render(request, "desk/month.html", context)
