"""A month at a glance: how full each day is."""

from __future__ import annotations

import calendar
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.desk.monthly import days_of
from clinic.desk.views.day import asked_day
from clinic.staff.access import allowed


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
