"""Taking back what was just done with a visit, as long as nobody went on from there.

The browser holds a signed ticket that says how the visit was and how it was left; nothing is kept here. No notice about
a visit goes out before its ticket has run out (`settings.UNDO_SECONDS`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic.appointments.actions import AppointmentError, StepRefused, put_back
from clinic.appointments.models import Appointment, Status
from clinic.practice.keeping import held_stamp
from clinic.practice.models import Branch
from clinic.staff.models import User

BOOKED_BY_MISTAKE = gettext_noop("Undone right after booking")
TIMES = ("starts_at", "ends_at")
STAMPS = tuple(f"{status.value}_at" for status in Status if status != Status.BOOKED)
KEPT = (*TIMES, *STAMPS, "practitioner_id", "chair_id", "status", "overbooked_because", "cancelled_because")
_SALT = "clinic.appointments.undo"


class TooLate(AppointmentError):
    """The time in which it could be undone is over, or the ticket is not this person's."""


def state_of(visit: Appointment) -> dict[str, Any]:
    """Return what of a visit can be put back, as JSON takes it."""
    encoder = DjangoJSONEncoder()
    values = {name: getattr(visit, name) for name in KEPT}
    return {name: encoder.default(value) if hasattr(value, "isoformat") else value for name, value in values.items()}


def ticket(before: dict[str, Any] | None, visit: Appointment, by: User) -> str:
    """Return what undoes a step: from how the visit was (`state_of`; None if it was booked just now) to how it is.

    It is empty for a booking that is not new any more, as a form that is sent again finds it.
    """
    if before is None and (visit.status != Status.BOOKED or _is_old(visit)):
        return ""
    held = {"visit": visit.pk, "by": by.pk, "was": before, "now": state_of(visit)}
    return signing.dumps(held, salt=_SALT, compress=True)


def _is_old(visit: Appointment) -> bool:
    return timezone.now() - visit.booked_at > timedelta(seconds=settings.UNDO_SECONDS)


def undo(token: str, by: User, branches: Iterable[Branch]) -> Appointment:
    """Put a visit at one of the branches back to how it was and return it; one that was booked just now is cancelled.

    Raises `TooLate`, `StepRefused` when somebody has gone on from there, and `SlotTaken` when its old time is gone.
    """
    try:
        held = signing.loads(token, salt=_SALT, max_age=settings.UNDO_SECONDS)
    except signing.BadSignature as error:
        raise TooLate(_("It is too late to undo that. Change the visit itself instead.")) from error
    if held["by"] != by.pk:
        raise TooLate(_("Only whoever did it can undo it. Change the visit itself instead."))
    with transaction.atomic():
        # Before the row, as in `reschedule`.
        held_stamp()
        here = Appointment.objects.filter(chair__branch__in=list(branches))
        visit = here.select_for_update(of=("self",)).filter(pk=held["visit"]).first()
        if visit is None:
            raise StepRefused(_("This visit is not at your branches any more, so nothing was undone."))
        now = state_of(visit)
        if now == held["was"] or (held["was"] is None and visit.cancelled_because == BOOKED_BY_MISTAKE):
            return visit
        if now != held["now"]:
            raise StepRefused(_("Somebody has changed this visit meanwhile, so nothing was undone."))
        return put_back(visit, _native(held["was"]), because=BOOKED_BY_MISTAKE)


def _native(state: dict[str, Any] | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        name: parse_datetime(value) if value and name in (*TIMES, *STAMPS) else value for name, value in state.items()
    }
