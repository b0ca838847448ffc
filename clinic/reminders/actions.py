"""How a reminder goes out at most once, what people decide about those that did not, and what patients answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.actions import advance
from clinic.appointments.hooks import Step
from clinic.appointments.models import FREES_SLOT, MOVABLE, Appointment, Status
from clinic.patients.models import Patient
from clinic.reminders import messages
from clinic.reminders.models import Fresh, Plan, Reason, Reminder, State, Wish
from clinic.reminders.planning import LATE, SHORTLY, channel_for, undo_time, why_no_way
from clinic.reminders.sms import NotSent
from clinic.staff.models import User

log = logging.getLogger(__name__)

TRIES = 5
PAUSE = timedelta(minutes=5)


def follow(steps: Sequence[Step]) -> None:
    """Note what was booked or moved, so that nothing goes out about it yet; a step by the desk answers a wish."""
    now = timezone.now()
    Wish.objects.filter(appointment__in=[step.visit.pk for step in steps]).delete()
    fresh = [step.visit for step in steps if step.visit.status in MOVABLE and _is_new(step)]
    Fresh.objects.bulk_create(
        [Fresh(appointment=visit, at=now) for visit in fresh],
        update_conflicts=True,
        unique_fields=["appointment"],
        update_fields=["at"],
    )
    # What was left out while the visit was cancelled or elsewhere is wanted again, unless its day is over.
    left_out = Reminder.objects.filter(
        state=State.DROPPED, reason__in=(Reason.GONE, Reason.MOVED), due_at__gte=now - LATE
    )
    again = left_out.filter(appointment__in=[visit.pk for visit in fresh], starts_at=F("appointment__starts_at"))
    again.update(state=State.PLANNED, reason="", settled_at=None)


def _is_new(step: Step) -> bool:
    return step.was is None or step.was == step.visit.status or step.was in FREES_SLOT


@dataclass(frozen=True)
class Claimed:
    reminder: Reminder
    visit: Appointment
    message: messages.Message


def send_due(seconds: float = 120) -> int:
    """Send what is due, one after the other, for so many seconds at most; return how many were tried."""
    until, tried = time.monotonic() + seconds, 0
    due = Reminder.objects.filter(state=State.PLANNED, due_at__lte=timezone.now()).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:1000]):
        if time.monotonic() > until:
            break
        tried += _send(pk)
    return tried


def _send(pk: int) -> bool:
    try:
        claimed = _claim(pk)
    except Exception as error:
        # Its claim was rolled back and nothing has gone out; it must not hold up the others.
        log.exception("reminder %s could not be prepared: %s", pk, type(error).__name__)
        return False
    if claimed is None:
        return False
    try:
        messages.send(claimed.reminder, claimed.visit, claimed.message)
    except NotSent as refusal:
        _not_sent(claimed.reminder, again=refusal.again)
    except Exception as error:
        log.warning("what became of reminder %s is not known: %s", pk, type(error).__name__)
        _settle(claimed.reminder, State.UNKNOWN, Reason.SILENT)
    else:
        _settle_sent(claimed.reminder)
    return True


def _claim(pk: int) -> Claimed | None:
    """Take a reminder for sending, and commit that, so that nobody ever takes it again by itself.

    The visit is held meanwhile: a step that is under way is waited for, and what it made of the visit decides. Returns
    None when somebody else has it, or when it is put off or left out.
    """
    now = timezone.now()
    with transaction.atomic():
        skips = connection.features.has_select_for_update_skip_locked
        due = Reminder.objects.select_for_update(of=("self",), skip_locked=skips).select_related("branch")
        reminder = due.filter(pk=pk, state=State.PLANNED, due_at__lte=now).first()
        if reminder is None:
            return None
        visit = Appointment.objects.select_for_update(of=("self",)).get(pk=reminder.appointment_id)
        plan = Plan.objects.select_related("branch").filter(branch=reminder.branch).first()
        if reason := _objection(reminder, visit, plan, now):
            _write(reminder, state=State.DROPPED, reason=reason, settled_at=now)
            return None
        if (later := _put_off(visit, plan, now)) > now:
            _write(reminder, due_at=later)
            return None
        reminder.channel = channel_for(visit.patient, plan)
        message = messages.compose(visit, reminder.kind)
        fate = {"state": State.SENDING, "reason": "", "claimed_at": now, "tries": F("tries") + 1}
        taken = Reminder.objects.filter(pk=pk, state=State.PLANNED).update(**fate, channel=reminder.channel)
        reminder.claimed_at, reminder.tries = now, reminder.tries + 1
    return Claimed(reminder, visit, message) if taken else None


def _objection(reminder: Reminder, visit: Appointment, plan: Plan | None, now: datetime) -> str:
    """Return why a reminder must not go out any more, or nothing."""
    if visit.starts_at != reminder.starts_at:
        return Reason.MOVED
    if visit.status not in MOVABLE:
        return Reason.GONE
    if plan is None or not plan.is_on:
        return Reason.OFF
    if now > visit.starts_at - SHORTLY:
        return Reason.TOO_LATE
    if visit.patient.contact_by == Patient.ContactBy.NONE:
        return Reason.NO_CONTACT
    return Reason.NONE if channel_for(visit.patient, plan) else why_no_way(visit.patient, plan)


def _put_off(visit: Appointment, plan: Plan, now: datetime) -> datetime:
    """Return when the reminder may go out: now, when the last step can no longer be undone, or after quiet hours."""
    fresh = Fresh.objects.filter(appointment=visit).first()
    settled = fresh.at + undo_time() if fresh else now
    return plan.out_of_quiet(max(now, settled))


def _write(reminder: Reminder, **values: object) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(**values)


def _not_sent(reminder: Reminder, *, again: bool) -> None:
    if not again:
        _settle(reminder, State.FAILED, Reason.REFUSED)
    elif reminder.tries < TRIES:
        later = timezone.now() + PAUSE * reminder.tries
        _mine(reminder).update(state=State.PLANNED, reason=Reason.UNREACHABLE, due_at=later)
    else:
        _settle(reminder, State.FAILED, Reason.UNREACHABLE)


def _settle(reminder: Reminder, state: str, reason: str = Reason.NONE) -> None:
    _mine(reminder).update(state=state, reason=reason, settled_at=timezone.now())


def _settle_sent(reminder: Reminder) -> None:
    """Note what was handed over as sent; what only went into a file needs somebody, since no patient will see it."""
    if messages.reaches_patients(reminder.channel):
        _settle(reminder, State.SENT)
    else:
        _settle(reminder, State.FAILED, Reason.FILED)


def _mine(reminder: Reminder):
    """Return the reminder's row as long as it is about this sending; its fate may have been given up on meanwhile."""
    under_way = Reminder.objects.filter(pk=reminder.pk, claimed_at=reminder.claimed_at)
    return under_way.filter(state__in=(State.SENDING, State.UNKNOWN))


def give_up_on_lost() -> int:
    """Say of what a worker left behind in the middle of sending that its fate is unknown; return how many there are."""
    lost = timezone.now() - timedelta(seconds=settings.REMINDER_LEASE_SECONDS)
    left = Reminder.objects.filter(state=State.SENDING, claimed_at__lt=lost)
    return left.update(state=State.UNKNOWN, reason=Reason.STOPPED, settled_at=timezone.now())


class NothingToDecide(Exception):
    """Somebody has decided already; the message says so."""


def decide(reminder: Reminder, decision: str, by: User) -> None:
    """Let a person say what becomes of a message that failed or whose fate is unknown.

    `decision` is "arrived", "again" (it goes out once more, by the same rules) or "leave". Raises `NothingToDecide`.
    """
    now = timezone.now()
    fates = {
        "arrived": {"state": State.SENT, "reason": "", "settled_at": now},
        "again": {
            "state": State.PLANNED,
            "reason": "",
            "due_at": now,
            "settled_at": None,
            "claimed_at": None,
            "tries": 0,
        },
        "leave": {"state": State.DROPPED, "reason": Reason.LEFT, "settled_at": now},
    }
    open_ones = Reminder.objects.filter(pk=reminder.pk, state__in=(State.FAILED, State.UNKNOWN))
    if not open_ones.update(**fates[decision], by=by):
        raise NothingToDecide(_("This has been decided meanwhile."))


def come(visit: Appointment) -> None:
    """Take note that a patient will come."""
    Wish.objects.filter(appointment=visit).delete()
    if visit.status == Status.BOOKED:
        advance(visit, Status.CONFIRMED, seen=Status.BOOKED)


def cannot_come(visit: Appointment) -> None:
    """Take note that a patient cannot come: the branch's plan says whether that frees the time or asks the desk."""
    plan = Plan.objects.filter(branch=visit.branch).first()
    if plan and plan.cancelling == Plan.Cancelling.FREES:
        advance(visit, Status.CANCELLED, reason=_("Cancelled by the patient, through the link"))
    else:
        Wish.objects.get_or_create(appointment=visit)
