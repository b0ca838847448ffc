"""What is done with appointments: book, reschedule, and each step of the visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.hooks import Step, tell
from clinic.appointments.models import FREES_SLOT, LONGEST, MOVABLE, NEXT_STATUS, Appointment, Status
from clinic.appointments.overlap import CONSTRAINTS, RESOURCES, hold_resources
from clinic.patients.models import Patient
from clinic.patients.queries import standing
from clinic.practice.keeping import held_stamp
from clinic.practice.models import AppointmentType, Chair
from clinic.rota.queries import Rota
from clinic.staff.models import Practitioner, User


class AppointmentError(Exception):
    """What was asked cannot be done; the message is for the person who asked."""


class SlotTaken(AppointmentError):
    """The time is taken. `resource` is "practitioner", "chair" or "patient", `holder` the appointment in the way."""

    def __init__(self, resource: str, holder: Appointment | None) -> None:
        self.resource, self.holder = resource, holder
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        if self.holder is None:
            return {
                "practitioner": _("That time was just taken for this practitioner. Choose another time."),
                "chair": _("That time was just taken for this chair. Choose another time."),
                "patient": _("That time was just taken for this patient. Choose another time."),
            }[self.resource]
        sentence = {
            "practitioner": _(
                "%(practitioner)s already has an appointment from %(start)s to %(end)s. Choose another time."
            ),
            "chair": _("%(chair)s is already taken for an appointment from %(start)s to %(end)s. Choose another time."),
            "patient": _("This patient already has an appointment from %(start)s to %(end)s. Choose another time."),
        }[self.resource]
        start, end = self.holder.local_start, self.holder.local_end
        return sentence % {
            "practitioner": self.holder.practitioner,
            "chair": self.holder.chair.name,
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
        }


class OutsideHours(AppointmentError):
    """The time was within the hours of practitioner and chair, and is no longer; `why` is a sentence without stop."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(_("%(why)s. Choose another time.") % {"why": why})


class StepRefused(AppointmentError):
    """The visit cannot go from its present status to the one asked for."""


def book(
    *,
    patient: Patient,
    practitioner: Practitioner,
    chair: Chair,
    appointment_type: AppointmentType,
    starts_at: datetime,
    ends_at: datetime | None = None,
    note: str = "",
    overbooked_because: str = "",
    inside_hours: bool = False,
    by: User | None = None,
    uid: UUID | None = None,
) -> Appointment:
    """Book a visit and return it; it lasts as long as its type says unless `ends_at` is given.

    A patient who is not saved yet is registered with the booking, or not at all. `uid` is the one the visit will have:
    booking it again, as a form sent twice does, returns the visit that is there.

    Raises `SlotTaken` when the practitioner, the chair or the patient is not free and no reason to overbook was given,
    and `OutsideHours` when it has to be `inside_hours` and they changed meanwhile.
    """
    appointment = Appointment(
        patient=patient,
        practitioner=practitioner,
        chair=chair,
        appointment_type=appointment_type,
        starts_at=starts_at,
        ends_at=ends_at or starts_at + appointment_type.duration,
        note=note,
        overbooked_because=overbooked_because,
        booked_by=by,
    )
    if uid is None:
        _book(appointment, inside_hours)
        return appointment
    appointment.uid = uid
    try:
        if not Appointment.objects.filter(uid=uid).exists():
            _book(appointment, inside_hours)
    except (SlotTaken, IntegrityError):
        # Its own twin may have been quicker.
        if not Appointment.objects.filter(uid=uid).exists():
            raise
    return Appointment.objects.with_names().get(uid=uid)


@transaction.atomic
def _book(appointment: Appointment, inside_hours: bool) -> None:
    if inside_hours:
        _check_hours(appointment, held_stamp())
    if appointment.patient.pk is None:
        appointment.patient.save()
    else:
        appointment.patient = standing(appointment.patient, hold=True)
    _save(appointment)
    tell(Step(appointment, None))


def reschedule(
    appointment: Appointment,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    practitioner: Practitioner | None = None,
    chair: Chair | None = None,
    overbooked_because: str = "",
    inside_hours: bool = False,
) -> Appointment:
    """Move a visit that has not begun; it keeps its length unless `ends_at` is given.

    The old time is released only when the new one is taken, in one transaction. Raises `SlotTaken`, `StepRefused`
    when the visit has begun or is over, and `OutsideHours` when it has to be `inside_hours` and they changed meanwhile.
    """
    with transaction.atomic():
        # Before the row: a change of hours holds them while it notes whom it strands.
        stamp = held_stamp() if inside_hours else None
        moved = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        if moved.status not in MOVABLE:
            now = moved.get_status_display().lower()
            raise StepRefused(_("A visit that is %(status)s cannot be moved.") % {"status": now})
        moved.ends_at = ends_at or starts_at + moved.duration
        moved.starts_at = starts_at
        moved.practitioner = practitioner or moved.practitioner
        moved.chair = chair or moved.chair
        moved.overbooked_because = overbooked_because
        if stamp is not None:
            _check_hours(moved, stamp)
        _save(moved)
        tell(Step(moved, moved.status))
    return moved


def _check_hours(visit: Appointment, stamp: str) -> None:
    """Refuse a visit outside of the hours, whose `stamp` this transaction holds: no change passes until it is over."""
    branch = visit.branch
    days = (moment.astimezone(branch.zone).date() for moment in (visit.starts_at, visit.ends_at))
    why = Rota.of(branch, *days, stamp=stamp).why_not(visit.practitioner, visit.chair, visit.starts_at, visit.ends_at)
    if why:
        raise OutsideHours(why)


def correct_times(corrections: Iterable[tuple[Appointment, datetime, datetime]]) -> None:
    """Put right when visits are or were, whatever their status: (visit, start, end) as somebody else decided.

    They may change places with each other. All of them or none, in the database and on the visits that were given.
    Raises `AppointmentError` when one ends before it begins or lasts longer than a day, and `SlotTaken` when a time
    belongs to another visit: with that visit as its holder if it is about one correction alone.
    """
    corrections = list(corrections)
    times = {visit.pk: (starts_at, ends_at) for visit, starts_at, ends_at in corrections}
    if any(ends_at <= starts_at for starts_at, ends_at in times.values()):
        raise AppointmentError(_("A visit cannot end before it begins."))
    if any(ends_at - starts_at > LONGEST for starts_at, ends_at in times.values()):
        raise AppointmentError(_("A visit cannot last longer than a day."))
    with transaction.atomic():
        corrected = list(Appointment.objects.select_for_update(of=("self",)).filter(pk__in=times).order_by("pk"))
        moving = [visit for visit in corrected if (visit.starts_at, visit.ends_at) != times[visit.pk]]
        for visit in corrected:
            visit.starts_at, visit.ends_at = times[visit.pk]
        _save_all(corrected, moving)
        tell(*(Step(visit, visit.status) for visit in corrected))
    for visit, starts_at, ends_at in corrections:
        visit.starts_at, visit.ends_at = starts_at, ends_at


def _save_all(visits: list[Appointment], moving: list[Appointment]) -> None:
    try:
        with transaction.atomic():
            hold_resources(visits)
            _write_times(visits, moving)
    except IntegrityError as error:
        if (resource := _violated(error)) is None:
            raise
        raise (_taken(visits[0], resource) if len(visits) == 1 else SlotTaken(resource, None)) from error


def _write_times(visits: list[Appointment], moving: list[Appointment]) -> None:
    try:
        with transaction.atomic():
            Appointment.objects.bulk_update(visits, ["starts_at", "ends_at"])
        return
    except IntegrityError as error:
        if len(moving) == 1 or _violated(error) is None:
            raise
    # The database looks at each row as it is written: whoever changes places first lets go of the old time.
    Appointment.objects.filter(pk__in=[visit.pk for visit in moving]).update(status=Status.CANCELLED)
    Appointment.objects.bulk_update(visits, ["starts_at", "ends_at", "status"])


def advance(appointment: Appointment, status: Status, *, reason: str = "", seen: str | None = None) -> Appointment:
    """Take the visit to `status`, stamping the time; going back wipes the stamps of the steps undone.

    `seen` is the status that whoever asks had before their eyes. Raises `StepRefused` for a step that the flow does
    not have or when the visit has gone on from `seen`, and `SlotTaken` when a cancelled visit is taken up again and
    its time is gone.
    """
    with transaction.atomic():
        if status == Status.BOOKED:
            # It may be taken up again; before the row, as in `reschedule`.
            held_stamp()
        visit = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        if visit.status == status:
            return visit
        now = visit.get_status_display().lower()
        if seen and seen != visit.status:
            raise StepRefused(
                _("This visit is %(status)s by now: somebody else was quicker. Nothing was changed.") % {"status": now}
            )
        if status not in NEXT_STATUS[Status(visit.status)]:
            wanted = Status(status).label.lower()
            raise StepRefused(_("A visit that is %(now)s cannot become %(wanted)s.") % {"now": now, "wanted": wanted})
        if status == Status.CANCELLED and not reason:
            raise StepRefused(_("Say why the visit is cancelled."))
        was, visit.status = visit.status, status
        visit.cancelled_because = reason if status == Status.CANCELLED else ""
        _stamp(visit)
        _save(visit)
        tell(Step(visit, was, returns=was in FREES_SLOT))
    return visit


def put_back(visit: Appointment, state: dict[str, Any] | None, *, because: str) -> Appointment:
    """Give a visit back the values it had; without any it was not there before, and is cancelled with `because`.

    The caller's transaction holds the stamp of the hours, and then the visit.
    Raises `SlotTaken` when its old time is gone.
    """
    if state is None:
        state = {"status": Status.CANCELLED, "cancelled_because": because, "cancelled_at": timezone.now()}
    was = visit.status
    for name, value in state.items():
        setattr(visit, name, value)
    _save(visit)
    tell(Step(visit, was, returns=True))
    return visit


def annotate(appointment: Appointment, note: str) -> None:
    """Change the front desk's note on a visit, and nothing else of it."""
    appointment.note = note
    appointment.save(update_fields=["note"])


_STAMPS = {status: f"{status.value}_at" for status in Status if status != Status.BOOKED}
_ORDER = [Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED]


def _stamp(visit: Appointment) -> None:
    if visit.status in FREES_SLOT:
        setattr(visit, _STAMPS[visit.status], timezone.now())
        return
    reached = _ORDER.index(Status(visit.status))
    for status, stamp in _STAMPS.items():
        if status in FREES_SLOT or _ORDER.index(status) > reached:
            setattr(visit, stamp, None)
    if reached:
        setattr(visit, _STAMPS[visit.status], timezone.now())


def _save(appointment: Appointment) -> None:
    try:
        # It takes back by itself what it wrote, so that the transaction around it goes on to ask who is in the way.
        appointment.save()
    except IntegrityError as error:
        if _violated(error) is None:
            raise
        raise _taken(appointment, _violated(error)) from error


def _violated(error: IntegrityError) -> str | None:
    """Return which resource's rule the database refused the write by, if it was one of them."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = diagnosis.constraint_name if diagnosis else str(error)
    return CONSTRAINTS.get(name)


# Who is in the way, as far as it is told: of thirty who want one time all but one ask.
_TOLD = ("uid", "starts_at", "ends_at", "patient__given_name", "patient__family_name", "practitioner__name")
_TOLD += ("chair__name", "chair__branch__time_zone")


def _taken(wanted: Appointment, refused: str) -> SlotTaken:
    """Return the refusal in the words that help most: the practitioner's time comes first, then chair and patient."""
    in_the_way = Appointment.objects.occupying().between(wanted.starts_at, wanted.ends_at).exclude(pk=wanted.pk)
    in_the_way = in_the_way.select_related("patient", "practitioner", "chair__branch").only(*_TOLD)
    for resource in RESOURCES:
        holder = in_the_way.filter(**{resource: getattr(wanted, resource)}).first()
        if holder:
            return SlotTaken(resource, holder)
    return SlotTaken(refused, None)
