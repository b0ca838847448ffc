"""The printed day sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.appointments.models import Appointment
from clinic.appointments.queries import chairs_of, practitioners_at
from clinic.desk.sheet import sheets_of
from clinic.practice.clock import read_day
from clinic.rota.queries import Rota
from clinic.staff.access import allowed


@require_GET
@allowed("book")
def sheet(request: HttpRequest) -> HttpResponse:
    """Show a day of one or of everybody as it is printed: one's own first, for those who treat patients."""
    branch = request.branch
    day = read_day(request.GET.get("day")) or branch.today()
    by = "chair" if request.GET.get("by") == "chair" else "practitioner"
    people = _people(request, day, by)
    who = _who(request, people)
    chosen = [who] if who else people
    context = {
        "sheets": sheets_of(Rota.of(branch, day, day), day, chosen, by),
        "people": people,
        "who": who,
        "by": by,
        "day": day,
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "printed_at": timezone.now(),
    }
    return render(request, "desk/sheet.html", context)


def _people(request: HttpRequest, day: Any, by: str) -> list[Any]:
    """Return the columns of the day: those who work here, and whoever else has a visit on it."""
    known = chairs_of(request.branch) if by == "chair" else practitioners_at(request.branch)
    visits = Appointment.objects.on(day, request.branch).exclude(**{f"{by}__in": known})
    return [*known, *{getattr(visit, by).pk: getattr(visit, by) for visit in visits.select_related(by)}.values()]


def _who(request: HttpRequest, people: list[Any]) -> Any:
    wanted = request.GET.get("who")
    if wanted is None:
        mine = getattr(getattr(request.user, "practitioner", None), "pk", None)
        return next((one for one in people if one.pk == mine), None)
    return next((one for one in people if str(one.pk) == wanted), None)
