"""The waiting list: who would come if a time became free, and what they would like."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, time, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.appointments.models import MOVABLE, Appointment
from clinic.listing import listed
from clinic.practice.models import Branch

NOON = time(12)
EVERY_DAY = 0b1111111


class Part(models.TextChoices):
    """The part of the day that suits somebody."""

    ANY = "any", _("Any time")
    MORNING = "morning", _("Mornings")
    AFTERNOON = "afternoon", _("Afternoons")
    HOURS = "hours", _("Certain hours")


class Urgency(models.IntegerChoices):
    ROUTINE = 0, _("Can wait")
    SOON = 1, _("Soon")
    URGENT = 2, _("Urgent")


class EntryQuerySet(models.QuerySet):
    def at(self, branches: Iterable[Branch]) -> EntryQuerySet:
        return self.filter(branch__in=list(branches))

    def waiting(self) -> EntryQuerySet:
        return self.filter(status=Entry.Status.WAITING)

    def with_people(self) -> EntryQuerySet:
        """Fetch what every list shows with the entry, in a fixed number of queries."""
        return self.select_related(
            "patient", "appointment_type", "branch", "instead_of__chair__branch", "visit__chair__branch", "closed_by"
        ).prefetch_related("patient__alerts", "practitioners")


class Entry(models.Model):
    """Somebody who waits for a time.

    `minutes` is how long the visit takes. `weekdays` has a bit for each day that suits, Monday's the lowest.
    `not_before` and `not_after` are on the branch's wall, and are set for every part of the day but any. `instead_of`
    is the visit that would be moved forward. `uid` is the one of the form, which may come twice.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("waiting list", "Waiting")
        BOOKED = "booked", pgettext_lazy("waiting list", "Booked")
        GIVEN_UP = "given_up", _("Given up")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="waiting_entries")
    appointment_type = models.ForeignKey(
        "practice.AppointmentType", models.PROTECT, related_name="+", verbose_name=_("visit type")
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(5), MaxValueValidator(12 * 60)]
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    practitioners = models.ManyToManyField("staff.Practitioner", blank=True, related_name="+", verbose_name=_("with"))
    weekdays = models.PositiveSmallIntegerField(default=EVERY_DAY)
    part = models.CharField(_("time of day"), max_length=9, choices=Part.choices, default=Part.ANY)
    not_before = models.TimeField(_("from"), null=True, blank=True)
    not_after = models.TimeField(_("until"), null=True, blank=True)
    earliest = models.DateField(_("not before"), null=True, blank=True)
    latest = models.DateField(_("not after"), null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices, default=Urgency.ROUTINE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    instead_of = models.ForeignKey(
        Appointment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("would move forward")
    )
    since = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    visit = models.ForeignKey(Appointment, models.SET_NULL, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-urgency", "since", "id"]
        indexes = [models.Index(fields=["branch", "status", "-urgency", "since"], name="waiting_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=EVERY_DAY), name="waiting_suits_some_weekday"
            ),
            models.CheckConstraint(condition=Q(latest__gte=F("earliest")), name="waiting_days_in_order"),
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="waiting_hours_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.patient}, {self.appointment_type}"

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @property
    def brings_forward(self) -> bool:
        """Whether a visit that is there is moved, instead of one more being booked."""
        return self.instead_of is not None and self.instead_of.status in MOVABLE

    def suits_weekday(self, weekday: int) -> bool:
        """Tell whether a weekday suits; Monday is 0."""
        return bool(self.weekdays & 1 << weekday)

    @property
    def weekday_names(self) -> str:
        """The weekdays that suit, in short."""
        return listed(WEEKDAYS_ABBR[day] for day in range(7) if self.suits_weekday(day))

    def days(self, today: date) -> int:
        """Return for how many days the patient has been waiting."""
        return max(0, (today - timezone.localdate(self.since, self.branch.zone)).days)
