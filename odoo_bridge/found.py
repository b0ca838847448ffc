"""What audits found, kept for people to look at and to have put right.

Both sides' values are kept encrypted, since no page speaks to Odoo, until the next audit is made.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from odoo_bridge.pieces import Piecework
from odoo_bridge.said import _, unpacked
from odoo_bridge.secrets import EncryptedField


class Apart(models.TextChoices):
    """In what way the two sides are apart on a record."""

    ABSENT = "absent", _("Missing in Odoo")
    ARCHIVED = "archived", _("Archived on one side")
    GONE = "gone", _("Deleted in Odoo")
    DOUBLED = "doubled", _("Twice in Odoo")
    DIFFERS = "differs", _("Different")
    MONEY = "money", _("Different amounts of money")

    @property
    def sentence(self) -> str:
        return _SAYS[self]

    @property
    def remedy(self) -> str:
        """What repairing does; empty where only a person can do something, in Odoo."""
        return _REMEDIES[self]


_SAYS: dict[Apart, str] = {
    Apart.ABSENT: _("It belongs in Odoo, and nothing is on its way."),
    Apart.ARCHIVED: _("It is archived on one side, and not on the other."),
    Apart.GONE: _("It is in Odoo no more."),
    Apart.DOUBLED: _("Odoo has another record that says the same. Merge the two there, or archive the other one."),
    Apart.DIFFERS: _("It differs from what both sides last agreed on."),
    Apart.MONEY: _("The amounts differ."),
}

_REMEDIES: dict[Apart, str] = {
    Apart.ABSENT: _("It is sent, as anything new is."),
    Apart.ARCHIVED: _("Both sides are merged again. What contradicts itself waits for you under Sync."),
    Apart.GONE: _("It waits for you under Sync, to be sent as a new record or left."),
    Apart.DOUBLED: "",
    Apart.DIFFERS: _("Both sides are merged again. What contradicts itself waits for you under Sync."),
    Apart.MONEY: _(
        "Odoo's figures are read again. What was changed there waits for you under Sync; nothing is posted."
    ),
}


class AuditRun(Piecework):
    """One comparison of every record of a connection, made in pieces."""

    class State(models.TextChoices):
        MAKING = "making", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    BUSY = (State.MAKING,)

    connection = models.ForeignKey("odoo_bridge.Connection", models.CASCADE, related_name="audits")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.MAKING)
    found = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Audit {self.pk}"


class AuditFinding(models.Model):
    """One record on which an audit found the two sides apart, and what a person had done about it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ASKED = "asked", _("About to be repaired")
        REPAIRED = "repaired", _("Left to the sync")

    run = models.ForeignKey(AuditRun, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=8, choices=Apart.choices)
    mapping = models.CharField(max_length=30)
    uid = models.UUIDField()
    odoo_id = models.PositiveBigIntegerField(null=True, blank=True)
    values = EncryptedField(blank=True)
    """JSON: {"fields": {name: {"ours", "theirs"}}, "words": the same as people read it, "twins": [Odoo's ids]}."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("run", "kind", "mapping", "uid", name="one_finding_per_run_kind_and_record")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mapping} {self.uid}"

    @property
    def said(self) -> dict[str, Any]:
        """Return what `values` holds."""
        if not self.values:
            return {"fields": {}, "words": {}, "twins": []}
        values: dict[str, Any] = unpacked(json.loads(self.values))
        return values
