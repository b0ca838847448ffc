"""The day of those who treat patients: whom they see, where, and who is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.appointments.models import Appointment, Status
from clinic.appointments.queries import practitioners_at
from clinic.desk.fresh import fingerprinted
from clinic.practice.clock import read_day
from clinic.practice.models import Branch
from clinic.staff.access import allowed
from clinic.staff.models import Practitioner

BY_TURN = [Status.IN_CHAIR, Status.ARRIVED, Status.CONFIRMED, Status.BOOKED]
"""Whoever is next: the one in the chair, then who waits, then who is to come."""


@dataclass(frozen=True)
class Line:
    """A visit as the list shows it, with its times as the wall of its own branch has them."""

    visit: Appointment
    starts: str
    ends: str


@require_GET
@allowed("treat")
def mine(request: HttpRequest) -> HttpResponse:
    """Show somebody's visits of a day, one's own first; to a page that has them already, only what changed."""
    people = practitioners_at(request.branch)
    who = _who(request, people)
    day = read_day(request.GET.get("day")) or request.branch.today()
    context = _day(request, who, day) if who else {}
    context |= {"who": who, "people": people if request.user.manages else [], "day": day}
    context |= {"previous": day - timedelta(days=1), "following": day + timedelta(days=1)}
    context |= {"is_today": day == request.branch.today()}
    context |= fingerprinted("desk/mine_list.html", context, request)
    if request.htmx and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "desk/mine_fresh.html" if request.htmx else "desk/mine.html", context)


def _who(request: HttpRequest, people: list[Practitioner]) -> Practitioner | None:
    """Return whose day it is: one's own, or for whoever manages the practice that of anybody here."""
    own = getattr(request.user, "practitioner", None)
    if request.user.manages:
        wanted = request.GET.get("who", "")
        return next((one for one in people if str(one.pk) == wanted), None) or own or next(iter(people), None)
    return own


def _day(request: HttpRequest, who: Practitioner, day: date) -> dict[str, Any]:
    """Return the lines of a day in their order, whatever the branch, and which of them is next if it is today."""
    visits = _visits(who, day, request.branches)
    shown = [_line(visit) for visit in visits if visit.occupies_time]
    turns = [line.visit for line in shown if line.visit.status in BY_TURN]
    turns.sort(key=lambda visit: BY_TURN.index(Status(visit.status)))
    is_today = day == request.branch.today()
    return {
        "lines": shown,
        "off": [_line(visit) for visit in visits if not visit.occupies_time],
        "upcoming": turns[0] if is_today and turns else None,
        "where": visits[0].branch if visits else request.branch,
        "many_branches": len(request.branches) > 1,
    }


def _visits(who: Practitioner, day: date, branches: list[Branch]) -> list[Appointment]:
    """Return somebody's visits on a day of each branch's own calendar: one who works at two sees both."""
    starts, ends = zip(*(branch.day(day) for branch in branches), strict=True)
    found = Appointment.objects.between(min(starts), max(ends)).filter(practitioner=who, chair__branch__in=branches)
    return [visit for visit in found.with_people().order_by("starts_at", "pk") if _is_on(visit, day)]


def _is_on(visit: Appointment, day: date) -> bool:
    start, end = visit.branch.day(day)
    return visit.starts_at < end and visit.ends_at > start


def _line(visit: Appointment) -> Line:
    return Line(visit, f"{visit.local_start:%H:%M}", f"{visit.local_end:%H:%M}")
