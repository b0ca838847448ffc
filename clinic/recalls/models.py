"""Recalls: who should come again, for what and when, and the attempts to reach them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from clinic.practice.models import Branch


class Rule(models.Model):
    """After a completed visit of one type, patients are called again so many months later, for a visit of a type."""

    after = models.ForeignKey("practice.AppointmentType", models.CASCADE, related_name="+", verbose_name=_("after"))
    months = models.PositiveSmallIntegerField(
        _("months"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Counts at once for visits completed from now on, and from the next night for earlier ones."),
    )
    kind = models.ForeignKey(
        "practice.AppointmentType", models.CASCADE, related_name="+", verbose_name=_("for a visit of")
    )
    is_active = models.BooleanField(pgettext_lazy("recall rule", "active"), default=True)

    class Meta:
        verbose_name = _("recall rule")
        verbose_name_plural = _("recall rules")
        ordering = ["after__position", "after__name", "id"]
        constraints = [models.UniqueConstraint("after", "kind", name="recall_rule_once")]

    def __str__(self) -> str:
        told = ngettext(
            "%(months)d month after %(after)s: %(kind)s", "%(months)d months after %(after)s: %(kind)s", self.months
        )
        return told % {"months": self.months, "after": self.after, "kind": self.kind}


class RecallQuerySet(models.QuerySet):
    def at(self, branches: Iterable[Branch]) -> RecallQuerySet:
        return self.filter(branch__in=list(branches))

    def active(self) -> RecallQuerySet:
        """Return those in force, of patients who may be called."""
        return self.filter(due_on__isnull=False, patient__is_active=True).exclude(
            patient__contact_by=Patient.ContactBy.NONE
        )

    def unbooked(self) -> RecallQuerySet:
        return self.filter(visit=None)

    def booked(self) -> RecallQuerySet:
        return self.exclude(visit=None)

    def to_call(self, today: date) -> RecallQuerySet:
        """Return those that are neither booked, nor declined for now, nor to be called on a later day."""
        rests = Q(declined_until__gte=today) | Q(call_on__gt=today)
        return self.unbooked().exclude(rests)

    def resting(self, today: date) -> RecallQuerySet:
        return self.unbooked().filter(Q(declined_until__gte=today) | Q(call_on__gt=today))

    def with_people(self) -> RecallQuerySet:
        """Fetch what every list shows with the recall, in a fixed number of queries."""
        return self.select_related(
            "patient", "kind", "branch", "practitioner", "visit__chair__branch"
        ).prefetch_related("patient__alerts", "attempts__by")


class Recall(models.Model):
    """A patient's recall of one kind: there is one, and it is always what the visits say.

    `due_on` follows from `because`, the newest completed visit that has a rule; without one it is empty, and nobody is
    called. `visit` is the one that is booked for it. `call_on` and `declined_until` are what came of the last attempt
    since that visit.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="recalls")
    kind = models.ForeignKey("practice.AppointmentType", models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey("staff.Practitioner", models.PROTECT, related_name="+")
    due_on = models.DateField(null=True)
    because = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="+")
    visit = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="+")
    call_on = models.DateField(null=True)
    declined_until = models.DateField(null=True)

    objects = RecallQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["branch", "due_on"], name="recall_by_branch_and_day")]
        constraints = [models.UniqueConstraint("patient", "kind", name="recall_once_per_patient_and_kind")]

    def __str__(self) -> str:
        return f"{self.kind}, due {self.due_on}"

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


class Attempt(models.Model):
    """One try to reach somebody about a recall. `about` is the visit that the recall came from then."""

    class Outcome(models.TextChoices):
        NO_ANSWER = "no_answer", _("No answer")
        MESSAGE = "message", _("Left a message")
        CALL_BACK = "call_back", _("Call again on")
        BOOKED = "booked", pgettext_lazy("what came of a call", "Booked")
        DECLINED = "declined", _("Declined until")

    recall = models.ForeignKey(Recall, models.CASCADE, related_name="attempts")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    about = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.at:%Y-%m-%d}"
