"""One visit as those who treat see it: the patient at a glance, what was done, and a note of it.

The page is in parts. Each form sends itself, and the answer holds the parts as they are by now; so a note that is being
written stays where it is while something else is recorded.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.appointments.models import NEXT_STATUS, Appointment, Status
from clinic.appointments.queries import visits_at
from clinic.invoices import actions
from clinic.invoices.forms import TreatmentForm
from clinic.recalls.queries import recalls_of
from clinic.staff.access import allowed, only_post
from clinic.treatments.forms import NoteForm
from clinic.treatments.models import ClinicalNote, Treatment
from clinic.treatments.queries import history_of, left_to_do, marks_of, open_plans, price_list_of

STEPS = [(Status.IN_CHAIR, {Status.ARRIVED}), (Status.COMPLETED, {Status.IN_CHAIR})]
PARTS = ("head", "lists", "side")
"""What others may change while the page is open; the note besides, as long as nobody writes here."""


def _visit(request: HttpRequest, pk: int) -> Appointment:
    """Return a visit that somebody may treat: their own, or for whoever manages the practice any of the branches."""
    found = visits_at(request.branches)
    return get_object_or_404(found if request.user.manages else found.filter(practitioner__user=request.user), pk=pk)


@require_GET
@allowed("treat")
def chairside(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit as the one who treats sees it; `part` is one part of it, to show beside something else."""
    visit = _visit(request, pk)
    if request.GET.get("part") == "side":
        with timezone.override(visit.branch.zone):
            return render(request, "desk/chairside/beside.html", _known(request, visit))
    return _page(request, visit)


def _known(request: HttpRequest, visit: Appointment) -> dict[str, Any]:
    """Return what is known of a visit and its patient, in a fixed number of queries."""
    patient = visit.patient
    done = visit.treatments.select_related("procedure", "plan_item").order_by("done_at", "pk")
    return {
        "visit": visit,
        "patient": patient,
        "steps": [to for to, since in STEPS if visit.status in since and to in NEXT_STATUS[Status(visit.status)]],
        "done": list(done),
        "planned": left_to_do(patient, visit.branch),
        "plans": open_plans(patient, request.branches),
        "marks": marks_of(patient, request.branches, with_plans="plans" in request.user.abilities),
        "history": history_of(patient, request.branches, but=visit),
        "recalls": recalls_of(patient),
    }


def _page(
    request: HttpRequest,
    visit: Appointment,
    *,
    note: NoteForm | None = None,
    adding: TreatmentForm | None = None,
    answers: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page; to a page that is open its parts, and in the place of the form that asked the one it `answers`."""
    with timezone.override(visit.branch.zone):
        context = _known(request, visit)
        context |= {part: render_to_string(f"desk/chairside/{part}.html", context, request) for part in PARTS}
        context["note"] = note or NoteForm(instance=_note_of(visit))
        context["seen"] = _fingerprint(context)
        if request.htmx and request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)
        context["price_list"] = price_list_of(visit.patient.invoiced_to, visit.branch.currency)
        context |= {"adding": adding or TreatmentForm(branch=visit.branch), "answers": answers}
        template = "desk/chairside/fresh.html" if request.htmx else "desk/chairside/page.html"
        return render(request, template, context, status=status)


def _fingerprint(context: dict[str, Any]) -> str:
    note = context["note"].instance
    told = "\0".join([*(context[part] for part in PARTS), note.text, str(note.written_by_id)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _note_of(visit: Appointment, *, hold: bool = False) -> ClinicalNote:
    if not hold:
        found = ClinicalNote.objects.filter(appointment=visit).select_related("written_by").first()
        return found or ClinicalNote(appointment=visit)
    # The visit is held, so that of two first notes the second meets the first.
    Appointment.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    return ClinicalNote.objects.get_or_create(appointment=visit)[0]


def _went_on(request: HttpRequest, visit: Appointment, answers: str = "") -> HttpResponse:
    """Answer a form that was carried out."""
    if request.htmx:
        return _page(request, visit, answers=answers)
    return redirect(f"{reverse('desk:chairside', args=[visit.pk])}#done")


@only_post("desk:chairside", "pk")
@allowed("treat")
@transaction.atomic
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was found and done, in words. What somebody else wrote meanwhile is not lost."""
    visit = _visit(request, pk)
    form = NoteForm(request.POST, instance=_note_of(visit, hold=True))
    if not form.is_valid():
        return _page(request, visit, note=form, answers="note", status=422)
    form.instance.written_by = request.user
    form.save()
    messages.success(request, _("Note saved."))
    return _went_on(request, visit, answers="note")


@only_post("desk:chairside", "pk")
@allowed("treat")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a procedure that was done; the checkout has it as a line."""
    visit = _visit(request, pk)
    form = TreatmentForm(request.POST, branch=visit.branch)
    if not form.is_valid():
        return _page(request, visit, adding=form, answers="add", status=422)
    actions.record_treatment(visit, **form.cleaned_data)
    return _went_on(request, visit, answers="add")


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
    return _went_on(request, visit)
