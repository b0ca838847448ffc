"""The rota: which hours a branch, a practitioner and a chair keep in the week, and what differs from that.

Whoever keeps no hours of their own keeps the branch's. Times are minutes since midnight on the branch's wall; 1440
is the midnight that ends the day.
"""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.practice.clock import FIRST_DAY
from clinic.practice.models import Branch, Chair
from clinic.rota.stretches import DAY
from clinic.staff.models import Practitioner

_MINUTE = {"validators": [MinValueValidator(0), MaxValueValidator(DAY)]}
_NOBODY = Q(practitioner=None, chair=None)
_ONE_PERSON = Q(practitioner__isnull=False, chair=None)
_ONE_CHAIR = Q(practitioner=None, chair__isnull=False)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Entered(models.Model):
    """Something that somebody entered in the rota."""

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Pattern(Entered):
    """The week of a branch, or of a practitioner or a chair there, from the day `begins` until another one begins.

    A week without a stretch says that they are never there; `as_branch`, that from then on they keep the branch's week.
    """

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="patterns")
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, null=True, blank=True, related_name="patterns")
    chair = models.ForeignKey(Chair, models.CASCADE, null=True, blank=True, related_name="patterns")
    begins = models.DateField(default=FIRST_DAY)
    as_branch = models.BooleanField(default=False)

    class Meta:
        ordering = ["begins"]
        constraints = [
            models.CheckConstraint(condition=_NOBODY | _ONE_PERSON | _ONE_CHAIR, name="pattern_of_one"),
            models.UniqueConstraint("branch", "begins", condition=_NOBODY, name="pattern_once_branch"),
            models.UniqueConstraint(
                "branch", "practitioner", "begins", condition=_ONE_PERSON, name="pattern_once_practitioner"
            ),
            models.UniqueConstraint("chair", "begins", condition=_ONE_CHAIR, name="pattern_once_chair"),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner or self.chair or self.branch} from {self.begins}"


class Stretch(models.Model):
    """One stretch of a weekday in a pattern. The gap to the next one is a break."""

    pattern = models.ForeignKey(Pattern, models.CASCADE, related_name="stretches")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.PositiveSmallIntegerField(**_MINUTE)
    ends = models.PositiveSmallIntegerField(**_MINUTE)

    class Meta:
        ordering = ["pattern", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts"), ends__lte=DAY, weekday__lte=6), name="stretch_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts} to {self.ends}"


class Absence(Entered):
    """A practitioner is away, at every branch, or a chair out of service, from a minute of one day to one of another.

    `note` is for those who manage the hours.
    """

    class Kind(models.TextChoices):
        LEAVE = "leave", pgettext_lazy("absence", "Leave")
        SICK = "sick", _("Sick leave")
        TRAINING = "training", _("Training")
        OTHER = "other", _("Away for another reason")
        OUT_OF_SERVICE = "out", _("Out of service")

    practitioner = models.ForeignKey(Practitioner, models.CASCADE, null=True, blank=True, related_name="absences")
    chair = models.ForeignKey(Chair, models.CASCADE, null=True, blank=True, related_name="absences")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.LEAVE)
    first_day = models.DateField()
    starts = models.PositiveSmallIntegerField(default=0, **_MINUTE)
    last_day = models.DateField()
    ends = models.PositiveSmallIntegerField(default=DAY, **_MINUTE)
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["first_day", "starts", "id"]
        indexes = [models.Index(fields=["last_day", "first_day"])]
        constraints = [
            models.CheckConstraint(condition=_ONE_PERSON | _ONE_CHAIR, name="absence_of_one"),
            models.CheckConstraint(
                condition=Q(starts__lt=DAY, ends__gt=0, ends__lte=DAY)
                & (Q(last_day__gt=F("first_day")) | Q(last_day=F("first_day"), ends__gt=F("starts"))),
                name="absence_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner or self.chair}, {self.first_day} to {self.last_day}"


class Opening(Entered):
    """A branch, a practitioner or a chair is open once, on top of what the week says.

    That of a branch holds for everybody who keeps the branch's hours. That of a practitioner opens their own column,
    even where the branch is closed, and the chairs with it.
    """

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="openings")
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, null=True, blank=True, related_name="openings")
    chair = models.ForeignKey(Chair, models.CASCADE, null=True, blank=True, related_name="openings")
    day = models.DateField()
    starts = models.PositiveSmallIntegerField(**_MINUTE)
    ends = models.PositiveSmallIntegerField(**_MINUTE)
    reason = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["day", "starts", "id"]
        indexes = [models.Index(fields=["branch", "day"])]
        constraints = [
            models.CheckConstraint(condition=_NOBODY | _ONE_PERSON | _ONE_CHAIR, name="opening_of_one"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts"), ends__lte=DAY), name="opening_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner or self.chair or self.branch}, {self.day}"
