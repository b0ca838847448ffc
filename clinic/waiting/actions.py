"""What is done with the waiting list: fill a time that became free, give up, take up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.actions import SlotTaken, book, reschedule
from clinic.appointments.hooks import Step
from clinic.appointments.models import Appointment, Status
from clinic.practice.models import Chair
from clinic.staff.models import Practitioner, User
from clinic.waiting.models import Entry


def follow(steps: Sequence[Step]) -> None:
    """Put back on the list whose booking from it was undone right away: their visit is cancelled, or where it was."""
    undone = timezone.now() - timedelta(seconds=settings.UNDO_SECONDS)
    visits = [step.visit.pk for step in steps if step.was and step.visit.status in (Status.CANCELLED, step.was)]
    if visits:
        wait_again(Entry.objects.filter(status=Entry.Status.BOOKED, visit__in=visits, closed_at__gte=undone))


class NotWaiting(Exception):
    """The patient does not wait any more; the message says why, for the person who asked."""


def fill(
    entry: Entry, *, start: datetime, practitioner: Practitioner, chair: Chair, by: User, uid: UUID | None = None
) -> Appointment:
    """Book a free time for somebody who waits, or move their later visit there, and return the visit.

    It begins at `start` (aware) and lasts as long as the entry says. `uid` is the one that a new visit will have. Asked
    for twice, the visit that is there is returned. Raises `NotWaiting`, or `SlotTaken` when somebody was quicker; then
    nothing is changed.
    """
    with transaction.atomic():
        entry = (
            Entry.objects.select_for_update(of=("self",)).select_related("patient", "appointment_type").get(pk=entry.pk)
        )
        if _is_done(entry, start, practitioner):
            return entry.visit
        if not entry.is_waiting:
            raise NotWaiting(_no_longer(entry))
        visit = _take(entry, start, practitioner, chair, by, uid)
        entry.visit = visit
        _close(entry, Entry.Status.BOOKED, by)
    return visit


def _is_done(entry: Entry, start: datetime, practitioner: Practitioner) -> bool:
    """Tell whether somebody has booked exactly this already, as a form that is sent twice does."""
    visit = entry.visit if entry.status == Entry.Status.BOOKED else None
    return visit is not None and (visit.starts_at, visit.practitioner_id) == (start, practitioner.pk)


def _take(
    entry: Entry, start: datetime, practitioner: Practitioner, chair: Chair, by: User, uid: UUID | None
) -> Appointment:
    slot = {"starts_at": start, "ends_at": start + entry.duration, "practitioner": practitioner, "chair": chair}
    slot |= {"inside_hours": True}
    if entry.brings_forward:
        return reschedule(entry.instead_of, **slot)
    return book(patient=entry.patient, appointment_type=entry.appointment_type, note=entry.note, by=by, uid=uid, **slot)


def _no_longer(entry: Entry) -> str:
    who = {"who": entry.patient.full_name, "by": entry.closed_by or _("somebody")}
    if entry.status == Entry.Status.BOOKED:
        return _("%(who)s has been booked from the waiting list meanwhile, by %(by)s. Nothing was changed.") % who
    return _("%(who)s has been taken off the waiting list meanwhile, by %(by)s. Nothing was changed.") % who


def who_took(refusal: SlotTaken) -> str:
    """Return the refusal of a time that was taken, with who has it now and who put them there."""
    if refusal.holder is None:
        return str(refusal)
    who = {"patient": refusal.holder.patient.full_name, "by": refusal.holder.booked_by or _("somebody")}
    return f"{refusal} " + _("It went to %(patient)s, booked by %(by)s.") % who


def give_up(entry: Entry, by: User) -> None:
    """Take somebody off the list who waits no longer. Raises `NotWaiting` when they are off it already."""
    with transaction.atomic():
        held = Entry.objects.select_for_update(of=("self",)).select_related("patient").get(pk=entry.pk)
        if not held.is_waiting:
            raise NotWaiting(_no_longer(held))
        _close(held, Entry.Status.GIVEN_UP, by)


def wait_again(entries: QuerySet[Entry]) -> None:
    """Put people back on the list where they were: they have been waiting since they first asked."""
    entries.exclude(status=Entry.Status.WAITING).update(
        status=Entry.Status.WAITING, visit=None, closed_at=None, closed_by=None
    )


def _close(entry: Entry, status: str, by: User) -> None:
    entry.status, entry.closed_at, entry.closed_by = status, timezone.now(), by
    entry.save(update_fields=["status", "closed_at", "closed_by", "visit"])
