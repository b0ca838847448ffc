"""The today board: who is expected, waiting, in the chair, done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from clinic.appointments.models import Appointment, Status
from clinic.desk.boarding import Lane
from clinic.desk.entries import Entry, name_entries, read_entries
from clinic.desk.fresh import fingerprinted
from clinic.rota.roster import Roster
from clinic.staff.access import allowed

COLUMNS = [
    ("expected", _("Expected"), (Status.BOOKED, Status.CONFIRMED), _("Nobody else is expected today.")),
    ("waiting", pgettext_lazy("in the waiting room", "Waiting"), (Status.ARRIVED,), _("The waiting room is empty.")),
    ("in-chair", _("In chair"), (Status.IN_CHAIR,), _("No chair is in use.")),
    ("done", pgettext_lazy("visits of today", "Done"), (Status.COMPLETED,), _("No visit is finished yet.")),
]


def _board(request: HttpRequest) -> dict[str, Any]:
    branch = request.branch
    rows = read_entries(Appointment.objects.on(branch.today(), branch))
    visits = name_entries(rows, Roster.of(branch), branch.zone, alerts="alerts" in request.user.abilities)
    lanes = [
        Lane(key, title, empty, sorted((v for v in visits if v.status in statuses), key=lambda v: _since(key, v)))
        for key, title, statuses, empty in COLUMNS
    ]
    return {"lanes": lanes, "visits": visits, "gone": [visit for visit in visits if not visit.occupies_time]}


def _since(key: str, visit: Entry) -> Any:
    """Whoever waits longest comes first; so does the visit that comes next."""
    return {"waiting": visit.arrived_at, "in-chair": visit.in_chair_at}.get(key) or visit.starts_at


@require_GET
@allowed("desk")
def today(request: HttpRequest) -> HttpResponse:
    """Show the board; to a page that has it already, only what changed."""
    context = _board(request)
    context |= fingerprinted("desk/board.html", context, request)
    if request.htmx and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "desk/board_fresh.html" if request.htmx else "desk/today.html", context)
