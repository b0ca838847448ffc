"""The day and the week, and the part of them that keeps itself fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_htmx.http import reswap, retarget

from clinic.appointments.models import Appointment
from clinic.appointments.tray import on_tray
from clinic.desk.entries import Entry, name_entries, read_entries
from clinic.desk.fresh import fingerprinted
from clinic.desk.grid import Column, Grid, make_grid
from clinic.forms import read_number
from clinic.practice.clock import read_day
from clinic.practice.keeping import current_stamp
from clinic.practice.models import Branch
from clinic.practice.queries import Hours
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster
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


def _everybody(roster: Roster, branch: Branch, by: str) -> list[Any]:
    return roster.chairs(branch) if by == "chair" else roster.practitioners()


def _hours(rota: Rota, by: str, pk: int, day: date) -> Hours:
    return rota.chair_on(pk, day) if by == "chair" else rota.practitioner_on(pk, day)


def _entries(request: HttpRequest, rows: list[Any], roster: Roster) -> list[Entry]:
    return name_entries(rows, roster, request.branch.zone, alerts="alerts" in request.user.abilities)


def _day_grid(request: HttpRequest) -> Grid:
    """Return a day of everybody, also of whoever has a visit although they no longer work here."""
    branch, day, by = request.branch, asked_day(request), _by(request)
    rows = read_entries(Appointment.objects.on(day, branch))
    stamp = current_stamp()
    roster, rota = Roster.of(branch, stamp=stamp), Rota.of(branch, day, day, stamp=stamp)
    visits = _entries(request, rows, roster)
    names = {one.pk: one.name for one in _everybody(roster, branch, by)}
    for visit in visits:
        names.setdefault(*((visit.chair_id, visit.where) if by == "chair" else (visit.practitioner_id, visit.who)))
    columns = [Column(by, pk, name, day, _hours(rota, by, pk, day)) for pk, name in names.items()]
    return make_grid(branch, day, rota.branch_on(day), columns, visits)


def _week_grid(request: HttpRequest, who: Whose, stamp: str) -> Grid:
    """Return a week of one practitioner or chair, from Monday on."""
    branch, day, by = request.branch, asked_day(request), _by(request)
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(WEEK)]
    begin, end = branch.day(days[0])[0], branch.day(days[-1])[1]
    rows = read_entries(Appointment.objects.at(branch).between(begin, end).filter(**{by: who.pk}))
    rota = Rota.of(branch, days[0], days[-1], stamp=stamp)
    # Nobody books with somebody who has left.
    open_to = {day: Hours([]) if who.has_left else _hours(rota, by, who.pk, day) for day in days}
    columns = [Column(by, who.pk, formats.date_format(day, "D j M"), day, open_to[day]) for day in days]
    # What is closed all week is closed for the branch; the rest is each day's own, with its reason.
    house = Hours(merged(stretch for day in days for stretch in rota.branch_on(day).stretches))
    return make_grid(branch, day, house, columns, _entries(request, rows, Roster.of(branch)))


@dataclass(frozen=True)
class Whose:
    """Whose week it is; `has_left` if they cannot be booked at the branch, or not any more."""

    pk: int
    name: str
    has_left: bool = False


def _whose(request: HttpRequest, roster: Roster) -> tuple[list[Whose], Whose | None]:
    """Return who a week can be of, and who it is of: the one asked for, else whoever is looking, else the first.

    Who was asked for and has left is among them, so that nobody takes another's week for theirs.
    """
    by, wanted = _by(request), request.GET.get("who", "")
    found = _everybody(roster, request.branch, by)
    people = [Whose(one.pk, one.name) for one in found]
    names = roster.chair_names if by == "chair" else roster.practitioner_names
    number = read_number(wanted)
    if number in names and number not in {one.pk for one in people}:
        people.append(Whose(number, names[number], has_left=True))
    mine = next((one.pk for one in found if by == "practitioner" and one.user_id == request.user.pk), None)
    first = people[0].pk if people else None
    likely = {one.pk: one for one in people}
    return people, likely.get(number) or likely.get(mine) or likely.get(first)


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
    stamp = current_stamp()
    people, who = _whose(request, Roster.of(request.branch, stamp=stamp))
    if who is None:
        return _context(request, make_grid(request.branch, asked_day(request), Hours([]), [], []), view)
    return _context(request, _week_grid(request, who, stamp), view, who) | {
        "people": people,
        "is_another": request.GET.get("who", "") not in {"", str(who.pk)},
    }


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
