"""Reminders: what a branch sends, each message with its fate, and what patients answered through the link in it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic.appointments.models import Appointment
from clinic.practice.models import Branch

AFTER_BOOKING = "booked"
LONGEST = 60


def validate_days(text: str) -> None:
    """Refuse what is not a list of days before a visit, like "7, 1"."""
    if not re.fullmatch(r"\s*(\d{1,2}\s*(,\s*\d{1,2}\s*)*)?", text):
        raise ValidationError(_("Numbers of days with commas between them, like 7, 1."))
    if any(not 1 <= day <= LONGEST for day in _days(text)):
        raise ValidationError(_("From 1 to %(most)d days before."), params={"most": LONGEST})


def _days(text: str) -> list[int]:
    return sorted({int(day) for day in re.findall(r"\d+", text)}, reverse=True)


class Plan(models.Model):
    """What a branch sends to its patients, and when. Quiet hours are on the branch's wall and may span midnight."""

    class Cancelling(models.TextChoices):
        ASKS = "asks", _("Ask the desk: the visit stays until somebody cancels it")
        FREES = "frees", _("Cancel the visit at once, and free its time")

    branch = models.OneToOneField(Branch, models.CASCADE, related_name="reminder_plan")
    is_on = models.BooleanField(_("send reminders"), default=False)
    after_booking = models.BooleanField(_("confirm each booking, and each new time"), default=True)
    days_before = models.CharField(
        _("days before the visit"), max_length=40, blank=True, default="7, 1", validators=[validate_days]
    )
    quiet_from = models.TimeField(_("nothing goes out from"), default=time(20))
    quiet_until = models.TimeField(_("until"), default=time(8))
    texts_for_phone = models.BooleanField(_("text patients who prefer the phone, too"), default=False)
    cancelling = models.CharField(
        _("when a patient cannot come"), max_length=5, choices=Cancelling.choices, default=Cancelling.ASKS
    )

    def __str__(self) -> str:
        return _now("Reminders of %(branch)s") % {"branch": self.branch}

    @property
    def days(self) -> list[int]:
        """How many days before a visit a reminder goes out, the earliest first."""
        return _days(self.days_before)

    def out_of_quiet(self, at: datetime) -> datetime:
        """Return `at`, or when the quiet hours that it falls into end. Aware."""
        zone = self.branch.zone
        local = at.astimezone(zone)
        first, last = self.quiet_from, self.quiet_until
        spans = first > last
        quiet = (local.time() >= first or local.time() < last) if spans else first <= local.time() < last
        if not quiet:
            return at
        day = local.date() + timedelta(days=1 if spans and local.time() >= first else 0)
        return datetime.combine(day, last, zone)


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    NONE = "", _("None")


class State(models.TextChoices):
    PLANNED = "planned", _("To go out")
    SENDING = "sending", _("Going out")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("Not known")
    DROPPED = "dropped", _("Left out")


class Reason(models.TextChoices):
    NONE = "", ""
    MOVED = "moved", _("The visit was moved.")
    GONE = "gone", _("The visit is not booked any more.")
    TOO_LATE = "too_late", _("It would have come too late.")
    OFF = "off", _("Reminders of this branch were switched off.")
    NO_CONTACT = "no_contact", _("The patient does not want to be contacted.")
    NO_ADDRESS = "no_address", _("There is no e-mail address and no mobile number.")
    PHONE = "phone", _("The patient wants to be phoned.")
    REFUSED = "refused", _("The address was refused. Check it with the patient.")
    UNREACHABLE = "unreachable", _("The mail or text message service could not be reached.")
    SILENT = "silent", _("The service took the message, and did not say whether it went out.")
    STOPPED = "stopped", _("The sending was cut off in the middle: it may have gone out, or not.")
    LEFT = "left", _("Somebody decided not to send it.")
    FILED = "filed", _("No mail server or text message gateway is set up: it was only written down on the server.")


class ReminderQuerySet(models.QuerySet):
    def at(self, branches: Iterable[Branch]) -> ReminderQuerySet:
        return self.filter(branch__in=list(branches))

    def needing_somebody(self) -> ReminderQuerySet:
        """Return those that did not go out, or may not have, for visits to come."""
        return self.filter(state__in=(State.FAILED, State.UNKNOWN), starts_at__gte=timezone.now())

    def with_people(self) -> ReminderQuerySet:
        return self.select_related(
            "branch", "by", "appointment__patient", "appointment__chair__branch"
        ).prefetch_related("appointment__patient__alerts")


class Reminder(models.Model):
    """One message about one visit at one time, and how far it has come.

    `kind` is "booked", or "before_7" for the one seven days before. It is sent at most once: whoever sends it first
    writes `sending` and commits that. What is left in `sending` by a worker that ended becomes `unknown`, and is only
    ever sent again by somebody who says so.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="reminders")
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9)
    starts_at = models.DateTimeField()
    channel = models.CharField(max_length=5, choices=Channel.choices, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=11, choices=Reason.choices, blank=True, default="")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="reminder_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="reminder_under_way"),
            models.Index(fields=["branch", "due_at"], name="reminder_of_the_day"),
            models.Index(
                fields=["branch", "starts_at"],
                condition=Q(state__in=["failed", "unknown"]),
                name="reminder_needs_somebody",
            ),
        ]
        constraints = [models.UniqueConstraint("appointment", "kind", "starts_at", name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.uid}"

    @property
    def what(self) -> str:
        """What kind of message it is, in words."""
        if self.kind == AFTER_BOOKING:
            return _now("Confirmation of the booking")
        days = int(self.kind.removeprefix("before_"))
        return ngettext("%(days)d day before", "%(days)d days before", days) % {"days": days}


class Fresh(models.Model):
    """A visit that was just booked or moved: nothing goes out about it until that can no longer be undone."""

    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "fresh"

    def __str__(self) -> str:
        return f"fresh since {self.at:%H:%M:%S}"


class Wish(models.Model):
    """A patient said through the link that they cannot come; the desk has not dealt with it yet."""

    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "wishes"

    def __str__(self) -> str:
        return f"wants to cancel, said at {self.at:%Y-%m-%d %H:%M}"
