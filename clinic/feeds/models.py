"""Private calendar feeds: a practitioner's own visits, in the calendar of their phone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import Practitioner

_WHO: dict[str, Any] = {"on_delete": models.SET_NULL, "null": True, "editable": False, "related_name": "+"}


class Feed(models.Model):
    """An address under which a calendar program reads a practitioner's visits, until it is revoked.

    Only a hash of what makes the address secret is kept: neither a copy of the database nor an administrator can read
    somebody's feed.
    """

    class Names(models.TextChoices):
        NONE = "none", _("Nothing of the patient")
        INITIALS = "initials", _("The patient’s initials")

    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="feeds", verbose_name=_("practitioner"))
    names = models.CharField(_("what it tells"), max_length=8, choices=Names.choices, default=Names.NONE)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint("practitioner", condition=Q(revoked_at=None), name="one_feed_a_practitioner"),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner}, {self.made_at:%Y-%m-%d}"


class Told(models.Model):
    """What a practitioner's calendar was last told of a visit or a leave, so that it learns when that changed.

    Compared when the feed is read: whoever moved the visit, in whatever way, its event has a higher sequence.
    """

    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+")
    uid = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    over_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practitioner", "uid"], name="told_once_of_each_event")]

    def __str__(self) -> str:
        return f"{self.uid}, {self.sequence}"
