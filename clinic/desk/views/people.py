"""Finding a patient from anywhere, the patient's page, and the panel of one visit."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from clinic.appointments.models import LONGEST, MOVABLE, NEXT_STATUS, Appointment, Status
from clinic.appointments.offering import Offer, other_times, shown
from clinic.appointments.queries import visits_at
from clinic.invoices.credits import credits_of
from clinic.invoices.queries import balances, invoices_at
from clinic.patients.family import family_of
from clinic.patients.guessing import guess_newcomer
from clinic.patients.models import Patient
from clinic.patients.queries import patients_seen_at, records_of
from clinic.patients.queries import search as search_patients
from clinic.patients.searching import is_enough
from clinic.recalls.queries import recalls_of
from clinic.reminders.queries import wishes_of
from clinic.staff.access import allowed
from clinic.treatments.queries import patients_plans

MANY = 50
"""More visits than anybody has on one day."""
SHOWN = ("starts_at", "status", "practitioner__name", "appointment_type__name", "chair__branch")
"""What is shown of the visits around now; the branches are at hand."""


@require_GET
@allowed("desk")
def search(request: HttpRequest) -> HttpResponse:
    """The panel below the search box."""
    text = request.GET.get("q", "").strip()
    patients = search_patients(text, request.branches, limit=8)
    context = {"patients": patients, "q": text, "balances": balances(patients), "newcomer": guess_newcomer(text)}
    return render(request, "desk/search.html", context | {"is_enough": is_enough(text)})


@require_GET
@allowed("desk")
def glance(request: HttpRequest) -> HttpResponse:
    """Beside what the search found: one patient at a glance, or a new one, and the next free times."""
    offer = Offer(request.GET, request.branch, request.branches)
    can_book = "book" in request.user.abilities
    context = {"patient": offer.patient, "offer": offer if can_book else None}
    if offer.patient:
        context |= _visits_around_now(offer.patient, request)
        context["balances"] = balances([offer.patient]).get(offer.patient.pk, [])
        context["recalls"] = recalls_of(offer.patient) if can_book else []
    elif not can_book:
        raise Http404
    return render(request, "desk/glance.html", context | (shown(offer, request.branches) if can_book else {}))


def _visits_around_now(patient: Patient, request: HttpRequest) -> dict[str, Any]:
    """Return the last and the next visit, the one that can be checked in here today, and the one to check out."""
    visits = Appointment.objects.filter(chair__branch__in=request.branches, patient=patient).occupying()
    # No more than is shown: the whole of four records for each visit took longer than to find it.
    visits = visits.select_related("practitioner", "chair", "appointment_type").only(*SHOWN)
    now = timezone.now()
    midnight, next_midnight = request.branch.day(request.branch.today())
    # Enough to hold all of a day, and the one that comes after it.
    around = list(visits.filter(starts_at__gt=midnight - LONGEST, ends_at__gt=midnight)[:MANY])
    last = visits.filter(starts_at__lt=now, status=Status.COMPLETED).order_by("-starts_at").first()
    branches = {branch.pk: branch for branch in request.branches}
    for visit in [*around, *filter(None, [last])]:
        visit.chair.branch = branches[visit.chair.branch_id]
    todays = [visit for visit in around if visit.branch == request.branch and visit.starts_at < next_midnight]
    return {
        "last": last,
        "next": next((visit for visit in around if visit.starts_at >= now), None),
        "here": next((visit for visit in todays if visit.status in MOVABLE), None),
        "payable": next((visit for visit in todays if visit.status in PAYABLE), None)
        if "checkout" in request.user.abilities
        else None,
    }


@require_GET
@allowed("desk")
def patient(request: HttpRequest, pk: int) -> HttpResponse:
    found = patients_seen_at(request.branches).with_alerts()
    found = found.select_related("payer", "branch", "usual_practitioner", "merged_into")
    patient = get_object_or_404(found, pk=pk)
    visits = list(visits_at(request.branches).filter(patient=patient).order_by("-starts_at")[:100])
    now = timezone.now()
    context = {
        "patient": patient,
        "coming": sorted((v for v in visits if v.ends_at >= now and v.occupies_time), key=lambda v: v.starts_at),
        "past": [v for v in visits if v.ends_at < now or not v.occupies_time],
        "visits": visits,
        "wishes": wishes_of(visits),
        "invoices": list(invoices_at(request.branches).filter(patient__in=records_of(patient))[:100]),
        "plans": patients_plans(patient, request.branches) if "plans" in request.user.abilities else [],
        "balances": balances([patient]).get(patient.pk, []),
        "credits": [one for branch in request.branches for one in credits_of(patient, branch)]
        if "money" in request.user.abilities
        else [],
        "recalls": recalls_of(patient) if "book" in request.user.abilities else [],
        "pays_for": list(patient.pays_for.all()[:20]),
        "family": family_of(patient),
        "merges": list(patient.merges.filter(undone_at=None).select_related("loser", "by")),
    }
    return render(request, "desk/patient.html", context)


PAYABLE = {Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED}
# Kept with the visit as they are here, and shown in the language of whoever looks.
REASONS = [
    gettext_noop("Patient is ill"),
    gettext_noop("Patient cannot make it"),
    gettext_noop("Practitioner is away"),
    gettext_noop("Booked by mistake"),
]
STEPS = [Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED]
BUTTONS = {
    Status.BOOKED: _("Back to booked"),
    Status.CONFIRMED: _("Confirm"),
    Status.ARRIVED: _("Check in"),
    Status.IN_CHAIR: _("Take to chair"),
    Status.COMPLETED: _("Complete"),
    Status.NO_SHOW: _("Did not come"),
}


@require_GET
@allowed("desk")
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one visit, in a side panel."""
    visit = get_object_or_404(visits_at(request.branches).select_related("booked_by"), pk=pk)
    possible = NEXT_STATUS[Status(visit.status)]
    reached = STEPS.index(Status(visit.status)) if visit.status in STEPS else 0
    context = {
        "base": "panel.html" if request.htmx else "panel_page.html",
        "visit": visit,
        "wishes": wishes_of([visit]),
        "steps": [(step, _stamp(visit, step), index <= reached) for index, step in enumerate(STEPS)],
        "forward": [(s, BUTTONS[s]) for s in STEPS if s in possible and STEPS.index(s) > reached],
        "backward": [(s, BUTTONS[s]) for s in STEPS if s in possible and STEPS.index(s) <= reached],
        "no_show": Status.NO_SHOW in possible,
        "reasons": REASONS,
        "cancellable": Status.CANCELLED in possible,
        "movable": visit.status in MOVABLE,
        "others": other_times(visit) if visit.status in MOVABLE and "book" in request.user.abilities else [],
        "can_check_out": visit.status in PAYABLE,
        "invoices": list(invoices_at(request.branches).filter(appointment=visit)),
        "balances": balances([visit.patient]).get(visit.patient_id, []),
    }
    with timezone.override(visit.branch.zone):
        return render(request, "desk/visit.html", context)


def _stamp(visit, step):
    return getattr(visit, f"{step.value}_at")
