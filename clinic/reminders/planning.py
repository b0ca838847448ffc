"""Which reminders there are to be, and by which way each goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic.appointments.models import MOVABLE, Appointment
from clinic.patients.models import Patient
from clinic.reminders.models import AFTER_BOOKING, Channel, Fresh, Plan, Reason, Reminder, State

# So long before they are due reminders are planned, which is when people can see them coming.
AHEAD = timedelta(days=1)
# What should have gone out longer ago than this (nobody was at work, reminders were off) does not go out any more.
LATE = timedelta(hours=12)
# Nobody wants a message about a visit that they are on the way to.
SHORTLY = timedelta(hours=1)
MANY = 500


def undo_time() -> timedelta:
    """Return for how long the last step with a visit can be undone."""
    return timedelta(seconds=getattr(settings, "UNDO_SECONDS", 30))


def why_no_way(patient: Patient, plan: Plan) -> str:
    """Return why there is no channel for a patient."""
    called = patient.contact_by == Patient.ContactBy.PHONE and not plan.texts_for_phone
    return Reason.PHONE if called else Reason.NO_ADDRESS


def channel_for(patient: Patient, plan: Plan) -> str:
    """Return how a patient wants to be written to, as far as that is possible; empty if not at all."""
    wants = patient.contact_by
    if wants == Patient.ContactBy.NONE or (wants == Patient.ContactBy.PHONE and not plan.texts_for_phone):
        return Channel.NONE
    possible = [Channel.EMAIL] * bool(patient.email) + [Channel.SMS] * bool(patient.mobile)
    wanted = Channel.EMAIL if wants == Patient.ContactBy.EMAIL else Channel.SMS
    return wanted if wanted in possible else next(iter(possible), Channel.NONE)


def plan_ahead() -> int:
    """Plan what is due within a day, and the confirmations of what was booked or moved; return how many there are.

    The number of queries depends on how many different reminders branches send, not on how many visits there are.
    Planned twice, or by two workers at a time, a reminder is there once.
    """
    now = timezone.now()
    plans = {plan.branch_id: plan for plan in Plan.objects.filter(is_on=True).select_related("branch")}
    planned = list(_news(plans, now))
    for days in sorted({days for plan in plans.values() for days in plan.days}):
        planned += _before(days, plans, now)
    Reminder.objects.bulk_create(planned, batch_size=MANY, ignore_conflicts=True)
    return len(planned)


def _before(days: int, plans: dict[int, Plan], now: datetime) -> Iterator[Reminder]:
    kind = f"before_{days}"
    first = now + max(timedelta(days=days) - LATE - timedelta(days=1), SHORTLY)
    # Quiet hours and a clock change may each put a reminder off.
    last = now + timedelta(days=days) + AHEAD + timedelta(hours=1)
    there = Reminder.objects.filter(appointment=OuterRef("pk"), kind=kind, starts_at=OuterRef("starts_at"))
    visits = Appointment.objects.filter(
        starts_at__range=(first, last),
        status__in=MOVABLE,
        chair__branch__in=[branch for branch, plan in plans.items() if days in plan.days],
    )
    visits = visits.exclude(patient__contact_by=Patient.ContactBy.NONE).exclude(Exists(there))
    for visit in visits.select_related("patient", "chair__branch"):
        plan = plans[visit.branch.pk]
        due = plan.out_of_quiet(_days_before(visit, days))
        if now - LATE <= due <= now + AHEAD and visit.booked_at <= due <= visit.starts_at - SHORTLY:
            yield _reminder(visit, kind, due, plan)


def _days_before(visit: Appointment, days: int) -> datetime:
    """Return the moment at which the branch's wall shows the time of the visit, so many days before."""
    local = visit.local_start
    return datetime.combine(local.date() - timedelta(days=days), local.time(), visit.branch.zone)


def _reminder(visit: Appointment, kind: str, due: datetime, plan: Plan) -> Reminder:
    reminder = Reminder(
        appointment=visit, branch=visit.branch, kind=kind, starts_at=visit.starts_at, due_at=due,
        channel=channel_for(visit.patient, plan),
    )  # fmt: skip
    if not reminder.channel:
        reminder.state, reminder.reason, reminder.settled_at = (
            State.DROPPED,
            why_no_way(visit.patient, plan),
            timezone.now(),
        )
    return reminder


def _news(plans: dict[int, Plan], now: datetime) -> Iterable[Reminder]:
    """Return the confirmations of what was booked or moved and can no longer be undone, and forget that it is new."""
    with transaction.atomic():
        fresh = Fresh.objects.filter(at__lte=now - undo_time()).select_related(
            "appointment__patient", "appointment__chair__branch"
        )
        found = list(fresh.order_by("pk")[:MANY])
        planned = [one for one in (_confirmation(row.appointment, plans, now) for row in found) if one]
        Reminder.objects.bulk_create(planned, ignore_conflicts=True)
        # What was moved again meanwhile is new again.
        Fresh.objects.filter(pk__in=[row.pk for row in found], at__lte=now - undo_time()).delete()
    return planned


def _confirmation(visit: Appointment, plans: dict[int, Plan], now: datetime) -> Reminder | None:
    plan = plans.get(visit.branch.pk)
    wanted = plan is not None and plan.after_booking and visit.status in MOVABLE
    if not wanted or visit.patient.contact_by == Patient.ContactBy.NONE:
        return None
    due = plan.out_of_quiet(now)
    return _reminder(visit, AFTER_BOOKING, due, plan) if due <= visit.starts_at - SHORTLY else None
