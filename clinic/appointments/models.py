"""Appointments: who sees whom, where and when, and how far the visit has come."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.journal.models import Journalled, JournalledQuerySet
from clinic.practice.models import Branch


class Status(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("visit", "Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    IN_CHAIR = "in_chair", _("In chair")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")


class Reply(models.TextChoices):
    """What the patient answered to the invitation in their calendar."""

    ACCEPTED = "accepted", _("Will come")
    TENTATIVE = "tentative", _("May come")
    DECLINED = "declined", _("Will not come")


# Where a visit may go from where it is.
NEXT_STATUS = {
    Status.BOOKED: {Status.CONFIRMED, Status.ARRIVED, Status.NO_SHOW, Status.CANCELLED},
    Status.CONFIRMED: {Status.BOOKED, Status.ARRIVED, Status.NO_SHOW, Status.CANCELLED},
    Status.ARRIVED: {Status.CONFIRMED, Status.IN_CHAIR, Status.COMPLETED, Status.CANCELLED},
    Status.IN_CHAIR: {Status.ARRIVED, Status.COMPLETED},
    Status.COMPLETED: {Status.IN_CHAIR},
    Status.NO_SHOW: {Status.BOOKED},
    Status.CANCELLED: {Status.BOOKED},
}
LONGEST = timedelta(hours=24)
"""No visit lasts longer; whoever looks for what touches a time need not look further back. The database keeps to it."""
FREES_SLOT = (Status.CANCELLED, Status.NO_SHOW)
MOVABLE = (Status.BOOKED, Status.CONFIRMED)


class AppointmentQuerySet(JournalledQuerySet):
    def at(self, branch: Branch) -> AppointmentQuerySet:
        return self.filter(chair__branch=branch)

    def on(self, day: date, branch: Branch) -> AppointmentQuerySet:
        """Return the appointments that touch `day` on the branch's own clock."""
        start, end = branch.day(day)
        return self.at(branch).between(start, end)

    def between(self, start: datetime, end: datetime) -> AppointmentQuerySet:
        """Return those that touch the time from `start` to `end`, without reading what was long before."""
        return self.filter(starts_at__gt=start - LONGEST, starts_at__lt=end, ends_at__gt=start)

    def occupying(self) -> AppointmentQuerySet:
        """Return those that take up time: neither cancelled nor missed."""
        return self.exclude(status__in=FREES_SLOT)

    def with_names(self) -> AppointmentQuerySet:
        """Fetch who sees whom where with the appointment, in the same query."""
        return self.select_related("patient", "practitioner", "chair__branch", "appointment_type")

    def with_people(self) -> AppointmentQuerySet:
        """Fetch what every list shows with the appointment, in a fixed number of queries."""
        return self.with_names().prefetch_related("patient__alerts")


class Appointment(Journalled):
    """One visit. Times are aware; the branch's zone decides how they are shown.

    `overbooked_because` is empty unless somebody knowingly put the visit on top of another. `note` is for the front
    desk and stays in the clinic.
    """

    # When two patients' records become one, no visit is left behind: two at the same time are put right first.
    moves_when_merged = True

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey("staff.Practitioner", models.PROTECT, related_name="appointments")
    chair = models.ForeignKey("practice.Chair", models.PROTECT, related_name="appointments")
    appointment_type = models.ForeignKey("practice.AppointmentType", models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    note = models.CharField(max_length=200, blank=True)
    reply = models.CharField(max_length=9, choices=Reply.choices, blank=True, default="", editable=False)
    overbooked_because = models.CharField(max_length=120, blank=True, default="")
    cancelled_because = models.CharField(max_length=120, blank=True, default="")
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    booked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    in_chair_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    no_show_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["practitioner", "starts_at"]),
            models.Index(fields=["chair", "starts_at"]),
            models.Index(fields=["patient", "starts_at"]),
            models.Index(fields=["starts_at"]),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_type} on {self.local_start:%Y-%m-%d %H:%M}"

    @property
    def branch(self) -> Branch:
        return self.chair.branch

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(self.branch.zone)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.branch.zone)

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def occupies_time(self) -> bool:
        return self.status not in FREES_SLOT

    @property
    def is_overbooked(self) -> bool:
        return bool(self.overbooked_because)
