"""Pages of treatment plans: drawn up by practitioners, proposed and answered at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.appointments.queries import visits_at
from clinic.patients.queries import patients_seen_at
from clinic.staff.access import allowed, only_post
from clinic.treatments import actions, queries
from clinic.treatments.forms import AcceptForm, ItemForm, NameForm, PlanForm, ReasonForm
from clinic.treatments.models import PlanItem, PlanPhase, TreatmentPlan


def _plan(request: HttpRequest, pk: int) -> TreatmentPlan:
    return get_object_or_404(queries.plans_at(request.branches), pk=pk)


def _phase(request: HttpRequest, pk: int) -> PlanPhase:
    phases = PlanPhase.objects.filter(plan__branch__in=request.branches).select_related("plan__branch")
    return get_object_or_404(phases, pk=pk)


def _item(request: HttpRequest, pk: int) -> PlanItem:
    items = PlanItem.objects.filter(phase__plan__branch__in=request.branches).select_related("phase__plan")
    return get_object_or_404(items, pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("plan_care")
def new(request: HttpRequest, patient: int) -> HttpResponse:
    """Begin a plan for a patient, at the branch that is looked at."""
    found = get_object_or_404(patients_seen_at(request.branches).select_related("payer"), pk=patient)
    mine = getattr(request.user, "practitioner", None) or found.usual_practitioner
    form = PlanForm(request.POST or None, branch=request.branch, initial={"practitioner": mine})
    if form.is_valid():
        wanted = form.cleaned_data
        plan = actions.draw_up(found, wanted["practitioner"], request.branch, wanted["name"], wanted["uid"])
        return redirect(plan)
    context = {"form": form, "patient": found}
    return render(request, "treatments/new.html", context, status=422 if form.is_bound else 200)


@require_GET
@allowed("plans")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _plan(request, pk))


def _item_form(plan: TreatmentPlan, phase: int, data: QueryDict | None = None) -> ItemForm:
    return ItemForm(data, currency=plan.currency, notation=plan.branch.notation, auto_id=f"id_{phase}_%s")


def _page(request: HttpRequest, plan: TreatmentPlan, form: ItemForm | None = None, phase: int = 0) -> HttpResponse:
    """Show a plan. `form` is one that was refused, in the phase with the key `phase`."""
    editable = plan.status == plan.Status.DRAFT and "plan_care" in request.user.abilities
    items = plan.items
    forms = {one.pk: _item_form(plan, one.pk) for one in plan.phases.all()}
    if form:
        forms[phase] = form
    for key, one in forms.items():
        if request.GET.get("phase") == str(key):
            one.fields["procedure"].widget.attrs["autofocus"] = True
    context = {
        "plan": plan,
        "phases": [(one, list(one.items.all()), forms[one.pk]) for one in plan.phases.all()],
        "amounts": plan.amounts,
        "price_list": queries.price_list_of(plan.payer, plan.currency) if editable else None,
        "editable": editable,
        "done": sum(item.treatment_id is not None for item in items),
        "items": items,
        "marks": queries.marks_of(plan.patient, request.branches) if editable else None,
        "visits": queries.visits_for(plan) if plan.status == plan.Status.ACCEPTED else [],
    }
    return render(request, "treatments/plan.html", context, status=422 if form else 200)


def _try(
    request: HttpRequest, plan: TreatmentPlan, action: Callable[[], Any], phase: int | None = None
) -> HttpResponse:
    """Carry out an action on a plan, and show the plan afterwards, with what stood in the way."""
    try:
        action()
    except actions.PlanError as error:
        messages.error(request, str(error))
    return redirect(f"{plan.get_absolute_url()}?phase={phase}#phase-{phase}" if phase else plan.get_absolute_url())


@only_post("treatments:plan", "pk")
@allowed("plan_care")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    plan = _plan(request, pk)
    patient = plan.patient_id
    answer = _try(request, plan, lambda: actions.discard(plan))
    return answer if TreatmentPlan.objects.filter(pk=pk).exists() else redirect("desk:patient", patient)


@only_post("treatments:plan", "pk")
@allowed("plans")
def answer(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Propose a plan, or note what the patient said."""
    plan = _plan(request, pk)
    if answer == "propose":
        return _try(request, plan, lambda: actions.propose(plan))
    if answer == "accept":
        return _accept(request, plan)
    if answer == "decline":
        reason = ReasonForm(request.POST)
        because = reason.cleaned_data["reason"] if reason.is_valid() else ""
        return _try(request, plan, lambda: actions.decline(plan, because))
    raise Http404("There is no such answer.")


def _accept(request: HttpRequest, plan: TreatmentPlan) -> HttpResponse:
    form = AcceptForm(request.POST)
    if form.is_valid():
        name, signature = form.cleaned_data["name"], form.cleaned_data["signature"]
        return _try(request, plan, lambda: actions.accept(plan, name, signature))
    for reason in form.errors.get("signature", []):
        messages.error(request, reason)
    if "name" in form.errors:
        messages.error(request, _("Say who accepted the plan."))
    return redirect(plan)


@only_post("treatments:plan", "pk")
@allowed("plan_care")
def add_phase(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    return _try(request, plan, lambda: actions.add_phase(plan))


@only_post("desk:day")
@allowed("plan_care")
def rename_phase(request: HttpRequest, pk: int) -> HttpResponse:
    phase, form = _phase(request, pk), NameForm(request.POST)
    if not form.is_valid():
        return redirect(phase.plan)
    return _try(request, phase.plan, lambda: actions.rename_phase(phase, form.cleaned_data["name"]))


@only_post("desk:day")
@allowed("plan_care")
def remove_phase(request: HttpRequest, pk: int) -> HttpResponse:
    phase = _phase(request, pk)
    return _try(request, phase.plan, lambda: actions.remove_phase(phase))


@only_post("desk:day")
@allowed("plan_care")
def add_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a procedure to a phase; the next one can be typed right away."""
    phase = _phase(request, pk)
    form = _item_form(phase.plan, phase.pk, request.POST)
    if not form.is_valid():
        return _page(request, _plan(request, phase.plan_id), form, phase.pk)
    return _try(request, phase.plan, lambda: actions.add_item(phase, **form.cleaned_data), phase.pk)


@only_post("desk:day")
@allowed("plan_care")
def remove_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    return _try(request, item.phase.plan, lambda: actions.remove_item(item))


@only_post("desk:day")
@allowed("checkout")
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that an item was done in one of the patient's visits; the checkout of that visit asks the same."""
    item = _item(request, pk)
    chosen = request.POST.get("visit", "")
    visit = get_object_or_404(visits_at(request.branches), pk=chosen if chosen.isascii() and chosen.isdigit() else 0)
    answer = _try(request, item.phase.plan, lambda: actions.carry_out(item, visit))
    back = {"checkout": "desk:checkout", "chairside": "desk:chairside"}.get(request.POST.get("from", ""))
    if back:
        return redirect(reverse(back, args=[visit.pk]))
    return answer
