"""What is done with treatment plans: draw up, propose, note what the patient decides, carry out."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from clinic.practice.models import Branch, Procedure
from clinic.practice.taxes import copied
from clinic.staff.models import Practitioner
from clinic.treatments.models import PlanItem, PlanPhase, Treatment, TreatmentPlan
from clinic.treatments.queries import fee_of

Status = TreatmentPlan.Status


class PlanError(Exception):
    """What was asked cannot be done; the message is for the person who asked."""


@transaction.atomic
def draw_up(
    patient: Patient, practitioner: Practitioner, branch: Branch, name: str, uid: UUID | None = None
) -> TreatmentPlan:
    """Begin a plan, with one phase and nothing in it; once for each `uid`, which is the one it will have."""
    facts = {
        "patient": patient,
        "payer": patient.invoiced_to,
        "practitioner": practitioner,
        "branch": branch,
        "name": name,
        "currency": branch.currency,
    }
    plan, is_new = TreatmentPlan.objects.get_or_create(uid=uid or uuid4(), defaults=facts)
    if is_new:
        PlanPhase.objects.create(plan=plan, name=_("Phase %(number)s") % {"number": 1})
    return plan


def _held(plan: TreatmentPlan) -> TreatmentPlan:
    """Return the plan as it is now, locked until the transaction ends."""
    return TreatmentPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)


def _draft(plan: TreatmentPlan) -> TreatmentPlan:
    held = _held(plan)
    if held.status != Status.DRAFT:
        raise PlanError(_("The patient was asked about this plan: it no longer changes. Draw up a new one."))
    return held


@transaction.atomic
def add_phase(plan: TreatmentPlan, name: str = "") -> PlanPhase:
    """Add a phase at the end of a draft. Raises `PlanError` once the plan is proposed."""
    count = _draft(plan).phases.count()
    last = plan.phases.aggregate(last=Max("position"))["last"] or 0
    return PlanPhase.objects.create(
        plan=plan, name=name or _("Phase %(number)s") % {"number": count + 1}, position=last + 1
    )


@transaction.atomic
def rename_phase(phase: PlanPhase, name: str) -> None:
    """Give a phase of a draft another name. Raises `PlanError` once the plan is proposed."""
    _draft(phase.plan)
    phase.name = name
    phase.save()


@transaction.atomic
def discard(plan: TreatmentPlan) -> None:
    """Throw a draft away. Raises `PlanError` once the plan is proposed."""
    _draft(plan).delete()


@transaction.atomic
def remove_phase(phase: PlanPhase) -> None:
    """Take a phase out of a draft, with what is in it. Raises `PlanError` for the last one, and once it is proposed."""
    plan = _draft(phase.plan)
    if plan.phases.count() == 1:
        raise PlanError(_("A plan has at least one phase."))
    phase.delete()


@transaction.atomic
def add_item(
    phase: PlanPhase,
    procedure: Procedure,
    *,
    tooth: str = "",
    surfaces: str = "",
    quantity: int = 1,
    fee: Decimal | None = None,
    discount: Decimal | None = None,
) -> PlanItem:
    """Add a procedure to a phase of a draft, at what it costs the plan's payer today unless a fee is given; `discount`
    in percent.

    Raises `PlanError` once the plan is proposed, and for a fee in another currency than the plan's.
    """
    plan = _draft(phase.plan)
    if procedure.currency != plan.currency:
        raise PlanError(
            _("The fee of %(procedure)s is not in %(currency)s, which this plan is made out in.")
            % {"procedure": procedure, "currency": plan.currency}
        )
    last = phase.items.aggregate(last=Max("position"))["last"] or 0
    return PlanItem.objects.create(
        phase=phase,
        position=last + 1,
        procedure=procedure,
        tooth=tooth,
        surfaces=surfaces,
        quantity=quantity,
        fee=fee_of(procedure, plan.payer) if fee is None else fee,
        discount=discount or Decimal(0),
        taxes=copied(procedure.taxes.all()),
    )


@transaction.atomic
def remove_item(item: PlanItem) -> None:
    """Take an item out of a draft. Raises `PlanError` once the plan is proposed."""
    _draft(item.phase.plan)
    item.delete()


@transaction.atomic
def propose(plan: TreatmentPlan) -> TreatmentPlan:
    """Ask the patient. Proposing again changes nothing. Raises `PlanError` for an empty plan and after the answer."""
    held = _held(plan)
    if held.status == Status.PROPOSED:
        return held
    _draft(held)
    if not PlanItem.objects.filter(phase__plan=held).exists():
        raise PlanError(_("There is nothing in this plan yet."))
    held.status, held.proposed_at = Status.PROPOSED, timezone.now()
    held.save()
    return held


@transaction.atomic
def accept(plan: TreatmentPlan, by: str, signature: str = "") -> TreatmentPlan:
    """Note that somebody (`by`: their name) accepted a proposed plan, and how they signed, if they did.

    Accepting again changes nothing. Raises `PlanError` unless the plan is proposed.
    """
    held = _held(plan)
    if held.status in {Status.ACCEPTED, Status.DONE}:
        return held
    if held.status != Status.PROPOSED:
        raise PlanError(_("Only a plan that was proposed can be accepted."))
    held.status, held.accepted_at, held.accepted_by = Status.ACCEPTED, timezone.now(), by
    held.signature = signature
    held.save()
    return held


@transaction.atomic
def decline(plan: TreatmentPlan, because: str = "") -> TreatmentPlan:
    """Note that a plan is not wanted, before or after it was accepted. Raises `PlanError` once something is done."""
    held = _held(plan)
    if held.status == Status.DECLINED:
        return held
    if PlanItem.objects.filter(phase__plan=held, treatment__isnull=False).exists():
        raise PlanError(_("Something of this plan is done already: it can no longer be declined."))
    held.status, held.declined_at, held.declined_because = Status.DECLINED, timezone.now(), because
    held.save()
    return held


@transaction.atomic
def carry_out(item: PlanItem, visit: Appointment) -> Treatment:
    """Record that an item was done in a visit, at the fee that was offered; once, however often it is asked.

    Raises `PlanError` unless the plan is accepted, or when the visit is another patient's or in another currency.
    """
    plan = _held(item.phase.plan)
    item = PlanItem.objects.select_related("treatment", "procedure").get(pk=item.pk)
    if item.treatment:
        return item.treatment
    if plan.status != Status.ACCEPTED:
        raise PlanError(_("Only what the patient accepted can be done."))
    whose = {plan.patient_id, plan.patient.merged_into_id}
    if visit.patient_id not in whose or visit.branch.currency != plan.currency:
        raise PlanError(_("This visit is not one for this plan."))
    item.treatment = Treatment.objects.create(
        patient=visit.patient,
        appointment=visit,
        practitioner=visit.practitioner,
        procedure=item.procedure,
        tooth=item.tooth,
        surfaces=item.surfaces,
        quantity=item.quantity,
        fee=item.fee,
        discount=item.discount,
    )
    item.save()
    if not PlanItem.objects.filter(phase__plan=plan, treatment=None).exists():
        plan.status = Status.DONE
        plan.save()
    return item.treatment


@transaction.atomic
def open_again(treatment: Treatment) -> None:
    """Let a plan's item be open again whose treatment is about to be struck."""
    item = PlanItem.objects.filter(treatment=treatment).select_related("phase__plan").first()
    if item is None:
        return
    plan = _held(item.phase.plan)
    item.treatment = None
    item.save()
    if plan.status == Status.DONE:
        plan.status = Status.ACCEPTED
        plan.save()
