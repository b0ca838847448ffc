"""What a person chose for a connection, written down: who decides which field from when on, and who said so."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class OwnerChange(models.Model):
    """One choice of who decides a field. Written once, never changed. By nobody in particular: by command."""

    connection = models.ForeignKey("odoo_bridge.Connection", models.CASCADE, related_name="owner_changes")
    mapping = models.CharField(max_length=30)
    field = models.CharField(max_length=60)
    before = models.CharField(max_length=8)
    after = models.CharField(max_length=8)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.mapping}.{self.field}: {self.before} to {self.after}"
