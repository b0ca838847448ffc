"""What those who treat patients look at: their own day, and one visit of it with what was done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.appointments.models import NEXT_STATUS, Appointment, Status
from clinic.appointments.queries import practitioners_at, visits_at
from clinic.desk.fresh import fingerprinted
from clinic.invoices import actions
from clinic.invoices.forms import TreatmentForm
from clinic.practice.clock import read_day
from clinic.recalls.queries import recalls_of
from clinic.staff.access import allowed, only_post
from clinic.treatments.forms import NoteForm
from clinic.treatments.models import ClinicalNote, Treatment
from clinic.treatments.queries import history_of, left_to_do

WAITS = {Status.ARRIVED, Status.IN_CHAIR}
STEPS = [(Status.IN_CHAIR, {Status.ARRIVED}), (Status.COMPLETED, {Status.IN_CHAIR})]


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
    context |= fingerprinted("desk/mine_list.html", context, request)
    if request.htmx and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "desk/mine_fresh.html" if request.htmx else "desk/mine.html", context)


def _who(request: HttpRequest, people: list[Any]) -> Any:
    """Return whose day it is: one's own, or for whoever manages the practice that of anybody here."""
    own = getattr(request.user, "practitioner", None)
    if request.user.manages:
        wanted = request.GET.get("who", "")
        return next((one for one in people if str(one.pk) == wanted), None) or own or next(iter(people), None)
    return own


def _day(request: HttpRequest, who: Any, day: date) -> dict[str, Any]:
    """Return the visits of a day in their order, and which of them is next: in the chair, waiting, or to come."""
    found = Appointment.objects.on(day, request.branch).filter(practitioner=who).with_people()
    visits = list(found.order_by("starts_at", "pk"))
    shown = [visit for visit in visits if visit.occupies_time]
    is_today = day == request.branch.today()
    order = [Status.IN_CHAIR, Status.ARRIVED, Status.CONFIRMED, Status.BOOKED]
    open_ones = sorted((one for one in shown if one.status in order), key=lambda one: order.index(Status(one.status)))
    return {
        "visits": shown,
        "off": [visit for visit in visits if not visit.occupies_time],
        "upcoming": open_ones[0] if is_today and open_ones else None,
        "left": len(open_ones),
        "is_today": is_today,
    }


def _visit(request: HttpRequest, pk: int) -> Appointment:
    """Return a visit that somebody may treat: their own, or for whoever manages the practice any of the branches."""
    found = visits_at(request.branches)
    return get_object_or_404(found if request.user.manages else found.filter(practitioner__user=request.user), pk=pk)


@require_GET
@allowed("treat")
def chairside(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit as the one who treats sees it."""
    return _page(request, _visit(request, pk))


def _page(
    request: HttpRequest,
    visit: Appointment,
    *,
    note: NoteForm | None = None,
    adding: TreatmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    patient = visit.patient
    done = visit.treatments.select_related("procedure", "plan_item").order_by("done_at", "pk")
    context = {
        "visit": visit,
        "patient": patient,
        "steps": [to for to, since in STEPS if visit.status in since and to in NEXT_STATUS[Status(visit.status)]],
        "done": list(done),
        "planned": left_to_do(patient, visit.branch),
        "history": history_of(patient, request.branches, but=visit),
        "recalls": recalls_of(patient),
        "adding": adding or TreatmentForm(currency=visit.branch.currency),
        "note": note or NoteForm(instance=_note_of(visit)),
    }
    return render(request, "desk/chairside.html", context, status=status)


def _note_of(visit: Appointment, *, hold: bool = False) -> ClinicalNote:
    if not hold:
        return ClinicalNote.objects.filter(appointment=visit).first() or ClinicalNote(appointment=visit)
    # The visit is held, so that of two first notes the second meets the first.
    Appointment.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    return ClinicalNote.objects.get_or_create(appointment=visit)[0]


@only_post("desk:chairside", "pk")
@allowed("treat")
@transaction.atomic
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was found and done, in words. What somebody else wrote meanwhile is not lost."""
    visit = _visit(request, pk)
    form = NoteForm(request.POST, instance=_note_of(visit, hold=True))
    if not form.is_valid():
        return _page(request, visit, note=form, status=422)
    form.instance.written_by = request.user
    form.save()
    messages.success(request, _("Note saved."))
    return redirect("desk:chairside", pk)


@only_post("desk:chairside", "pk")
@allowed("treat")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a procedure that was done; the checkout has it as a line."""
    visit = _visit(request, pk)
    form = TreatmentForm(request.POST, currency=visit.branch.currency)
    if not form.is_valid():
        return _page(request, visit, adding=form, status=422)
    actions.record_treatment(visit, **form.cleaned_data)
    return redirect(f"{reverse('desk:chairside', args=[pk])}#done")


@only_post("desk:chairside", "pk")
@allowed("treat")
def strike(request: HttpRequest, pk: int, treatment: int) -> HttpResponse:
    """Take back a procedure recorded by mistake."""
    visit = _visit(request, pk)
    if found := Treatment.objects.filter(pk=treatment, appointment=visit).first():
        try:
            actions.strike_treatment(found)
        except actions.InvoiceError as error:
            messages.error(request, str(error))
    return redirect(f"{reverse('desk:chairside', args=[pk])}#done")
