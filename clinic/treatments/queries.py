"""What is asked about treatment plans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Q

from clinic.appointments.models import Appointment, Status
from clinic.patients.models import Patient
from clinic.patients.queries import records_of
from clinic.practice.models import Branch, Procedure
from clinic.treatments.models import ListedFee, PlanItem, PlanQuerySet, PriceList, Treatment, TreatmentPlan


def price_list_of(payer: Patient, currency: str) -> PriceList | None:
    """Return the price list that a payer has, if it is in a currency."""
    return PriceList.objects.filter(agreements__payer=payer, currency=currency).first()


def fee_of(procedure: Procedure, payer: Patient) -> Decimal:
    """Return what a procedure costs where somebody pays, in its currency: by their price list, or what it costs all."""
    listed = ListedFee.objects.filter(procedure=procedure, price_list__agreements__payer=payer)
    fee = listed.filter(price_list__currency=procedure.currency).values_list("fee", flat=True).first()
    return procedure.fee if fee is None else fee


def plans_at(branches: Iterable[Branch]) -> PlanQuerySet:
    """Return the branches' plans, with all that a page shows of them, in a fixed number of queries."""
    plans = TreatmentPlan.objects.filter(branch__in=list(branches))
    plans = plans.select_related("branch", "patient", "payer", "practitioner")
    return plans.prefetch_related("phases__items__procedure", "phases__items__treatment")


def patients_plans(patient: Patient, branches: Iterable[Branch]) -> list[TreatmentPlan]:
    """Return a patient's plans at the branches, newest first."""
    return list(plans_at(branches).filter(patient__in=records_of(patient))[:50])


def open_plans(patient: Patient, branches: Iterable[Branch]) -> list[TreatmentPlan]:
    """Return the plans of a patient at the branches that are neither done nor declined, newest first."""
    found = TreatmentPlan.objects.filter(patient__in=records_of(patient), branch__in=list(branches))
    return list(found.exclude(status__in=[TreatmentPlan.Status.DECLINED, TreatmentPlan.Status.DONE])[:20])


def left_to_do(patient: Patient, branch: Branch) -> list[PlanItem]:
    """Return what a patient accepted at a branch and is not done yet."""
    items = PlanItem.objects.filter(
        phase__plan__patient__in=records_of(patient),
        phase__plan__branch=branch,
        phase__plan__status=TreatmentPlan.Status.ACCEPTED,
        treatment=None,
    )
    items = items.select_related("phase__plan__branch", "procedure")
    return list(items.order_by("phase__plan", "phase__position", "position", "id"))


def visits_for(plan: TreatmentPlan) -> list[Appointment]:
    """Return the visits of a plan's patient in which something of it may have been done, newest first."""
    whose = [plan.patient_id, plan.patient.merged_into_id]
    visits = Appointment.objects.filter(patient__in=whose, chair__branch=plan.branch).occupying()
    day_end = plan.branch.day(plan.branch.today())[1]
    return list(visits.filter(starts_at__lt=day_end).with_people().order_by("-starts_at")[:5])


def history_of(patient: Patient, branches: Iterable[Branch], *, but: Appointment, last: int = 5) -> list[Appointment]:
    """Return a patient's last visits at the branches with what was done in each and its note, newest first."""
    visits = Appointment.objects.filter(patient=patient, chair__branch__in=branches, status=Status.COMPLETED)
    visits = visits.filter(starts_at__lt=but.starts_at).exclude(pk=but.pk).order_by("-starts_at")
    few = visits.select_related("appointment_type", "practitioner", "chair__branch", "clinical_note")
    return list(few.prefetch_related("treatments__procedure")[:last])


@dataclass(frozen=True)
class Marks:
    """The teeth (FDI) of a patient that something was done on, and that something is planned for."""

    done: list[str]
    planned: list[str]


def marks_of(patient: Patient, branches: Iterable[Branch], *, with_plans: bool = True) -> Marks:
    """Return which teeth a chart marks, by what the branches have on record, in three queries."""
    whose, where = records_of(patient), list(branches)
    here = Q(appointment=None) | Q(appointment__chair__branch__in=where)
    done = Treatment.objects.filter(here, patient__in=whose).exclude(tooth="")
    over = [TreatmentPlan.Status.DECLINED, TreatmentPlan.Status.DONE]
    planned = PlanItem.objects.filter(phase__plan__patient__in=whose, phase__plan__branch__in=where, treatment=None)
    planned = planned.exclude(phase__plan__status__in=over).exclude(tooth="")
    return Marks(_teeth(done), _teeth(planned) if with_plans else [])


def _teeth(of: models.QuerySet) -> list[str]:
    return list(of.order_by("tooth").values_list("tooth", flat=True).distinct())
