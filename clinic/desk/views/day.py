"""The day and the week, and the part of them that keeps itself fresh."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_htmx.http import reswap, retarget

from clinic.appointments.models import Appointment
from clinic.appointments.queries import chairs_of, practitioners_at
from clinic.appointments.tray import on_tray
from clinic.desk.fresh import fingerprinted
from clinic.desk.grid import Column, Grid, make_grid
from clinic.practice.clock import read_day
from clinic.practice.models import Branch
from clinic.practice.queries import Hours
from clinic.reminders.queries import wishes_of
from clinic.rota.queries import Rota
from clinic.rota.stretches import merged
from clinic.staff.access import allowed

# Other days that a visit can be dropped on, at the same time of day.
DROPS = [(1, _("Next day")), (7, _("In a week")), (14, _("In two weeks")), (28, _("In four weeks"))]
WEEK = 7


def asked_day(request: HttpRequest) -> date:
    """Return the day that a page is about."""
    return read_day(request.GET.get("day")) or request.branch.today()


def _by(request: HttpRequest) -> str:
    return "chair" if request.GET.get("by") == "chair" else "practitioner"


def _everybody(branch: Branch, by: str) -> list[Any]:
    return chairs_of(branch) if by == "chair" else practitioners_at(branch)


def _with_missing(known: list[Any], seen: list[Any]) -> list[Any]:
    """Add whoever has a visit although they no longer work here."""
    ids = {one.pk for one in known}
    return known + list({one.pk: one for one in seen if one.pk not in ids}.values())


def _hours(rota: Rota, by: str, pk: int, day: date) -> Hours:
    return rota.chair_on(pk, day) if by == "chair" else rota.practitioner_on(pk, day)


def _day_grid(request: HttpRequest) -> Grid:
    """Return a day of everybody."""
    branch, day, by = request.branch, asked_day(request), _by(request)
    visits = list(Appointment.objects.on(day, branch).for_the_calendar())
    rota = Rota.of(branch, day, day)
    people = _with_missing(_everybody(branch, by), [getattr(visit, by) for visit in visits])
    columns = [Column(by, one.pk, one.name, day, _hours(rota, by, one.pk, day)) for one in people]
    return make_grid(branch, day, rota.branch_on(day), columns, visits)


def _week_grid(request: HttpRequest, one: Any) -> Grid:
    """Return a week of one practitioner or chair, from Monday on."""
    branch, day, by = request.branch, asked_day(request), _by(request)
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(WEEK)]
    begin, end = branch.day(days[0])[0], branch.day(days[-1])[1]
    visits = Appointment.objects.at(branch).between(begin, end).filter(**{by: one.pk}).for_the_calendar()
    rota = Rota.of(branch, days[0], days[-1])
    columns = [
        Column(by, one.pk, formats.date_format(day, "D j M"), day, _hours(rota, by, one.pk, day)) for day in days
    ]
    # What is closed all week is closed for the branch; the rest is each day's own, with its reason.
    house = Hours(merged(stretch for day in days for stretch in rota.branch_on(day).stretches))
    return make_grid(branch, day, house, columns, list(visits))


def _whose(request: HttpRequest) -> tuple[list[Any], Any]:
    """Return who a week can be of, and who it is of: the one asked for, else whoever is looking, else the first."""
    people = _everybody(request.branch, _by(request))
    mine = getattr(getattr(request.user, "practitioner", None), "pk", None)
    wanted = request.GET.get("who", "")
    chosen = next((one for one in people if str(one.pk) == wanted), None)
    return people, chosen or next((one for one in people if one.pk == mine), people[0] if people else None)


def _context(request: HttpRequest, grid: Grid, view: str, who: Any = None) -> dict[str, Any]:
    now = timezone.localtime(timezone=grid.branch.zone)
    visits = [visit for column in grid.columns for visit in [*(visit for _, visit in column.visits), *column.off]]
    step = timedelta(days=WEEK if view == "week" else 1)
    current = [column.number for column in grid.columns if column.day == now.date()]
    context = {
        "grid": grid,
        "view": view,
        "by": _by(request),
        "who": who,
        "visits": visits,
        "wishes": wishes_of(visits),
        "today": now.date(),
        "is_today": bool(current) or grid.day == now.date(),
        "now_column": current[0] if view == "week" and current else 0,
        "now_minutes": now.hour * 60 + now.minute - grid.first,
        "previous": grid.day - step,
        "next": grid.day + step,
        "drops": DROPS,
    }
    return context | fingerprinted("desk/visits.html", context, request)


def _calendar(request: HttpRequest, view: str) -> dict[str, Any]:
    if view == "day":
        return _context(request, _day_grid(request), view)
    people, who = _whose(request)
    if who is None:
        return _context(request, make_grid(request.branch, asked_day(request), Hours([]), [], []), view)
    return _context(request, _week_grid(request, who), view, who) | {"people": people}


def _page(request: HttpRequest, view: str) -> HttpResponse:
    tray = on_tray(request.session, request.branches) if "book" in request.user.abilities else []
    return render(request, "desk/day.html", _calendar(request, view) | {"tray": tray})


@require_GET
@allowed("desk")
def day(request: HttpRequest) -> HttpResponse:
    return _page(request, "day")


@require_GET
@allowed("desk")
def week(request: HttpRequest) -> HttpResponse:
    return _page(request, "week")


@require_GET
@allowed("desk")
def visits(request: HttpRequest) -> HttpResponse:
    """Answer a page that asks whether it has changed: not at all, its visits, or all of the grid."""
    context = _calendar(request, "week" if request.GET.get("view") == "week" else "day")
    if request.GET.get("frame") != context["grid"].frame:
        return retarget(reswap(render(request, "desk/grid.html", context), "outerHTML"), "#grid")
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "desk/fresh.html", context)
