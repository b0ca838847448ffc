"""Pages of the patient's record, and the list that patients are picked from."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.patients import actions, queries
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.forms import PatientForm
from clinic.patients.guessing import guess_newcomer
from clinic.staff.access import allowed, only_post

PAGE = 50
HINTED = ("given_name", "family_name", "date_of_birth", "mobile", "phone", "email")


@require_GET
@allowed("desk")
def every(request: HttpRequest) -> HttpResponse:
    """List the patients, or those that match `q`."""
    text = request.GET.get("q", "").strip()
    found = queries.matching(text, request.branches) if text else queries.patients_at(request.branches)
    found = found.select_related("branch").with_alerts()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "patients/list.html", {"page": page, "q": text})


@require_GET
@allowed("desk")
def pick(request: HttpRequest) -> HttpResponse:
    """The choices below a field that takes a patient."""
    text = request.GET.get("pick", "").strip()
    found = queries.search(text, request.branches, limit=8)
    context = {"patients": found, "q": text, "newcomer": request.GET.get("newcomer")}
    return render(request, "patients/pick.html", context | {"guess": guess_newcomer(text)})


@require_http_methods(["GET", "POST"])
@allowed("patients")
def new(request: HttpRequest) -> HttpResponse:
    form = PatientForm(
        request.POST or None,
        initial={"branch": request.branch.pk} | guess_newcomer(request.GET.get("q", "")),
        branches=request.branches,
        user=request.user,
    )
    if form.is_valid():
        patient = actions.register(form.wanted(), form.cleaned_data.get("alerts", []))
        messages.success(request, _("%(name)s is registered.") % {"name": patient.full_name})
        return redirect("desk:patient", patient.pk)
    return render(request, "patients/form.html", {"form": form}, status=422 if form.is_bound else 200)


@only_post("patients:new")
@allowed("patients")
def hints(request: HttpRequest) -> HttpResponse:
    """Below the form of a new patient: who may be the same person. It is posted, so that no name is in an address."""
    told = {name: request.POST.get(name, "").replace("\x00", "")[:100] for name in HINTED}
    numbers = [number for number in (told["mobile"], told["phone"]) if number]
    found = likely_duplicates(
        told["given_name"],
        told["family_name"],
        _date(told["date_of_birth"]),
        numbers[0] if numbers else "",
        told["email"],
        request.branches,
    )
    return render(request, "patients/hints.html", {"found": found})


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
@allowed("patients")
@transaction.atomic
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    seen = queries.patients_seen_at(request.branches)
    # Whoever saves holds the record, so that nobody else's change falls between its being compared and its being saved.
    seen = seen.select_for_update(of=("self",)) if request.method == "POST" else seen.select_related("payer")
    patient = get_object_or_404(seen, pk=pk)
    if patient.merged_into_id:
        # It would become a second record of the same person again. Undoing the merge is what separates them.
        return redirect("desk:patient", patient.pk)
    name = patient.full_name
    form = PatientForm(request.POST or None, instance=patient, branches=request.branches, user=request.user)
    if form.is_valid():
        actions.change(form.wanted(), form.cleaned_data.get("alerts"))
        messages.success(request, _("Saved."))
        return redirect("desk:patient", patient.pk)
    context = {"form": form, "patient": patient, "name": name}
    return render(request, "patients/form.html", context, status=422 if form.is_bound else 200)
