"""What is proposed to a person, and what becomes of it: plans of a sync, and counterparts found in Odoo.

Values of patients are kept here because no page speaks to Odoo: encrypted, those of a plan until it is applied or has
expired, those of a proposed counterpart until somebody has decided.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from odoo_bridge.pieces import Piecework
from odoo_bridge.said import _
from odoo_bridge.saying import PackedField, SentenceField
from odoo_bridge.secrets import EncryptedField

LASTS = timedelta(hours=24)
"""How long a plan may be applied. What it says is older than a day's work then."""


def _expiry() -> Any:
    return timezone.now() + LASTS


class Kind(models.TextChoices):
    """What a sync would do about a record. One record can be of several kinds: created, then posted."""

    CREATE = "create", _("New in Odoo")
    UPDATE = "update", _("Changed in Odoo")
    ARCHIVE = "archive", _("Archived in Odoo")
    POST = "post", _("Posted in Odoo")
    ASSIGN = "assign", _("Counted towards an invoice in Odoo")
    TAKE_OVER = "take_over", _("Taken over from Odoo")
    CONFLICT = "conflict", _("Decide which side is right")
    WAITS = "waits", _("Waits for another record")
    REFUSED = "refused", _("Needs somebody first")


class SyncPlan(Piecework):
    """What a sync over a connection would do, as it was at `created_at`. `items` say it of each record.

    Made and applied in pieces.
    """

    class State(models.TextChoices):
        MAKING = "making", "being made"
        READY = "ready", "ready"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        EXPIRED = "expired", "expired"

    BUSY = (State.MAKING, State.APPLYING)

    connection = models.ForeignKey("odoo_bridge.Connection", models.CASCADE, related_name="plans")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(default=_expiry)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAKING)
    counts = models.JSONField(default=dict)
    """Mapping -> kind -> records."""
    money = models.JSONField(default=dict)
    """Mapping -> kind -> currency -> amount, as text."""

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Plan {self.pk}"

    @property
    def counts_something(self) -> bool:
        return any(self.counts.values())

    @property
    def has_expired(self) -> bool:
        """Whether it is too old to be applied."""
        is_old = self.state == self.State.READY and self.expires_at <= timezone.now()
        return is_old or self.state == self.State.EXPIRED


class PlanItem(models.Model):
    """What a plan says of one record. `ours` and `theirs` are fingerprints of the two versions that it was made of."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        LEFT = "left", _("Left as it is")
        CHANGED = "changed", _("Left: it has changed since")
        NEEDS_YOU = "needs_you", _("Needs you")
        WAITING = "waiting", _("Waiting")

    plan = models.ForeignKey(SyncPlan, models.CASCADE, related_name="items")
    mapping = models.CharField(max_length=30)
    uid = models.UUIDField()
    odoo_id = models.PositiveBigIntegerField(null=True, blank=True)
    kinds = models.CharField(max_length=120)
    """Between commas, so that one can be looked for: ",create,post,"."""
    fields = models.JSONField(default=list)
    values = EncryptedField(blank=True)
    """JSON: {"fields": {name: {"ours", "theirs", "agreed", "goes"}}, "reason": ...}."""
    ours = models.CharField(max_length=64)
    theirs = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    note = EncryptedField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("plan", "mapping", "uid", name="one_item_per_plan_and_record")]

    def __str__(self) -> str:
        return f"{self.mapping} {self.uid}"

    @property
    def each_kind(self) -> list[Kind]:
        return [Kind(kind) for kind in self.kinds.strip(",").split(",")]


class AdoptionSearch(models.Model):
    """The search of a connection's Odoo for counterparts of patients: when it was asked for, how far it has come."""

    connection = models.OneToOneField("odoo_bridge.Connection", models.CASCADE, related_name="adoption_search")
    wanted_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    partners = models.PositiveIntegerField(default=0)
    trouble = SentenceField(blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Search of {self.connection_id}"

    @property
    def is_wanted(self) -> bool:
        """Whether somebody asked for a search that has not been made yet."""
        return self.wanted_at is not None and (self.made_at is None or self.made_at < self.wanted_at)


class AdoptionProposal(models.Model):
    """One of Odoo's contacts that may be one of our patients: certainly, or as far as only a person can tell."""

    class State(models.TextChoices):
        CERTAIN = "certain", _("Certain")
        UNSURE = "unsure", _("To be decided")
        CONFIRMED = "confirmed", _("The same person")
        REJECTED = "rejected", _("Somebody else")

    OPEN = (State.CERTAIN, State.UNSURE)

    connection = models.ForeignKey("odoo_bridge.Connection", models.CASCADE, related_name="adoption_proposals")
    uid = models.UUIDField()
    odoo_id = models.PositiveBigIntegerField()
    score = models.PositiveSmallIntegerField()
    reasons = PackedField(default=list)
    """Sentences that say what is alike and what is not, without the values."""
    archived = models.BooleanField(default=False)
    values = EncryptedField(blank=True)
    """What both sides say, as JSON, until somebody has decided."""
    state = models.CharField(max_length=9, choices=State.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("connection", "uid", "odoo_id", name="one_proposal_per_pair"),
        ]
        indexes = [models.Index(fields=["connection", "state", "-score", "uid"], name="proposal_queue")]

    def __str__(self) -> str:
        return f"{self.uid} = {self.odoo_id}"
