"""The day view, and the part of it that keeps itself fresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_htmx.http import reswap, retarget

from clinic.appointments.models import MOVABLE, Appointment
from clinic.appointments.tray import on_tray
from clinic.desk.fresh import fingerprinted
from clinic.desk.grid import Grid, make_grid
from clinic.practice.clock import read_day
from clinic.practice.models import Branch
from clinic.reminders.queries import wishes_of
from clinic.rota.queries import Rota
from clinic.staff.access import allowed
from clinic.staff.models import Practitioner

# Other days that a visit can be dropped on, at the same time of day.
DROPS = [(1, _("Next day")), (7, _("In a week")), (14, _("In two weeks")), (28, _("In four weeks"))]


def _columns(branch: Branch, by: str, visits: list[Appointment]) -> list[tuple[str, int, str]]:
    """Return those who work at the branch, and whoever has a visit on the day although they no longer do."""
    if by == "chair":
        found = list(branch.chairs.filter(is_active=True))
        return [(by, one.pk, one.name) for one in _with_missing(found, [visit.chair for visit in visits])]
    found = list(Practitioner.objects.filter(is_active=True, branches=branch))
    return [(by, one.pk, one.name) for one in _with_missing(found, [visit.practitioner for visit in visits])]


def _with_missing(known: list[Any], seen: list[Any]) -> list[Any]:
    ids = {one.pk for one in known}
    return known + list({one.pk: one for one in seen if one.pk not in ids}.values())


def _grid(request: HttpRequest) -> Grid:
    branch = request.branch
    day = read_day(request.GET.get("day")) or branch.today()
    by = "chair" if request.GET.get("by") == "chair" else "practitioner"
    visits = list(Appointment.objects.on(day, branch).with_people().order_by("starts_at", "id"))
    rota = Rota.of(branch, day, day)
    kept = {"practitioner": rota.practitioner_on, "chair": rota.chair_on}
    columns = _columns(branch, by, visits)
    return make_grid(branch, day, rota.branch_on(day), columns, visits, lambda kind, pk: kept[kind](pk, day))


def _context(request: HttpRequest, grid: Grid) -> dict[str, Any]:
    now = timezone.localtime(timezone=grid.branch.zone)
    visits = [visit for column in grid.columns for visit in [*(visit for _, visit in column.visits), *column.off]]
    context = {
        "grid": grid,
        "by": grid.columns[0].kind if grid.columns else "practitioner",
        "visits": visits,
        "wishes": wishes_of(visits),
        "today": now.date(),
        "is_today": grid.day == now.date(),
        "now_minutes": now.hour * 60 + now.minute - grid.first,
        "previous": grid.day - timedelta(days=1),
        "next": grid.day + timedelta(days=1),
        "movable": MOVABLE,
        "drops": [(grid.day + timedelta(days=days), says) for days, says in DROPS],
    }
    return context | fingerprinted("desk/visits.html", context, request)


@require_GET
@allowed("desk")
def day(request: HttpRequest) -> HttpResponse:
    tray = on_tray(request.session, request.branches) if "book" in request.user.abilities else []
    return render(request, "desk/day.html", _context(request, _grid(request)) | {"tray": tray})


@require_GET
@allowed("desk")
def visits(request: HttpRequest) -> HttpResponse:
    """Answer a page that asks whether its day has changed: not at all, its visits, or all of the grid."""
    grid = _grid(request)
    context = _context(request, grid)
    if request.GET.get("frame") != grid.frame:
        return retarget(reswap(render(request, "desk/grid.html", context), "outerHTML"), "#grid")
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "desk/fresh.html", context)
