"""Pages of the patient's record, and the list that patients are picked from."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from clinic.patients import actions, queries
from clinic.patients.forms import PatientForm
from clinic.patients.guessing import guess_newcomer
from clinic.staff.access import allowed

PAGE = 50


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
        messages.success(request, f"{patient.full_name} is registered.")
        return redirect("desk:patient", patient.pk)
    return render(request, "patients/form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@allowed("patients")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    patient = get_object_or_404(queries.patients_seen_at(request.branches).select_related("payer"), pk=pk)
    name = patient.full_name
    form = PatientForm(request.POST or None, instance=patient, branches=request.branches, user=request.user)
    if form.is_valid():
        actions.change(form.wanted(), form.cleaned_data.get("alerts"))
        messages.success(request, "Saved.")
        return redirect("desk:patient", patient.pk)
    context = {"form": form, "patient": patient, "name": name}
    return render(request, "patients/form.html", context, status=422 if form.is_bound else 200)
