"""Visits that a change of the hours has left outside of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic.appointments.models import Appointment


class Stranded(models.Model):
    """A change of the hours stranded a visit that stood at `starts_at`.

    Why is not kept but asked of the rota: hours that come back strand nobody. Nor does a visit that was moved since,
    was cancelled, or was accepted as it is.
    """

    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="stranded")
    starts_at = models.DateTimeField()
    noted_at = models.DateTimeField(default=timezone.now)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "stranded visits"
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["starts_at"], condition=Q(accepted_at=None), name="stranded_open")]

    def __str__(self) -> str:
        return f"visit {self.appointment_id}, stranded at {self.starts_at:%Y-%m-%d %H:%M}"
