"""Checking out: what was done, the invoice for it, the money."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from clinic.appointments.models import Appointment
from clinic.appointments.queries import visits_at
from clinic.invoices import actions
from clinic.invoices.forms import PaymentForm, TreatmentForm
from clinic.invoices.queries import invoices_at, tab_of
from clinic.staff.access import allowed, only_post
from clinic.treatments.models import Treatment
from clinic.treatments.queries import left_to_do, marks_of, price_list_of


def _visit(request: HttpRequest, pk: int) -> Appointment:
    return get_object_or_404(visits_at(request.branches).select_related("patient__payer"), pk=pk)


@require_GET
@allowed("checkout")
def checkout(request: HttpRequest, pk: int) -> HttpResponse:
    visit = _visit(request, pk)
    return _page(request, visit, TreatmentForm(branch=visit.branch))


def _page(request: HttpRequest, visit: Appointment, form: TreatmentForm, status: int = 200) -> HttpResponse:
    issued = list(invoices_at(request.branches).issued().filter(appointment=visit))
    sees_plans = "plans" in request.user.abilities
    context = {
        "visit": visit,
        "form": form,
        "tab": tab_of(visit),
        "price_list": price_list_of(visit.patient.invoiced_to, visit.branch.currency),
        "planned": left_to_do(visit.patient, visit.branch) if sees_plans else [],
        "marks": marks_of(visit.patient, request.branches, with_plans=sees_plans),
        "issued": [(one, PaymentForm(invoice=one) if one.balance > 0 else None) for one in issued],
        "billed": list(visit.treatments.filter(invoice_line__invoice__status="issued").select_related("procedure")),
    }
    return render(request, "desk/checkout.html", context, status=status)


@only_post("desk:checkout", "pk")
@allowed("checkout")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a procedure that was done."""
    visit = _visit(request, pk)
    form = TreatmentForm(request.POST, branch=visit.branch)
    if not form.is_valid():
        return _page(request, visit, form, status=422)
    actions.record_treatment(visit, **form.cleaned_data)
    return redirect("desk:checkout", pk)


@only_post("desk:checkout", "pk")
@allowed("checkout")
def strike(request: HttpRequest, pk: int, treatment: int) -> HttpResponse:
    """Take back a procedure recorded by mistake."""
    visit = _visit(request, pk)
    found = Treatment.objects.filter(pk=treatment, appointment=visit).first()
    # Somebody who strikes twice wanted it gone, and it is.
    if found:
        try:
            actions.strike_treatment(found)
        except actions.InvoiceError as error:
            messages.error(request, str(error))
    return redirect("desk:checkout", pk)


@only_post("desk:checkout", "pk")
@allowed("checkout")
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the invoice for what was done, and complete the visit."""
    visit = _visit(request, pk)
    try:
        actions.bill(visit, by=request.user)
    except actions.InvoiceError as error:
        messages.error(request, str(error))
    return redirect("desk:checkout", pk)
