"""Treatments: what was done for a patient, and what it costs."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic.appointments.models import Appointment
from clinic.practice.models import Procedure

# ISO 3950 (FDI): quadrants 1 to 4 with teeth 1 to 8, and 5 to 8 with the deciduous teeth 1 to 5.
fdi_tooth = RegexValidator(r"^([1-4][1-8]|[5-8][1-5])$", "A tooth in FDI notation: 11 to 48, or 51 to 85.")


class TreatmentQuerySet(models.QuerySet):
    def unbilled(self) -> TreatmentQuerySet:
        return self.filter(invoice_line=None)


class Treatment(models.Model):
    """One procedure done for a patient, at the fee agreed when it was done. Stays in the clinic."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="treatments")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="treatments")
    practitioner = models.ForeignKey("staff.Practitioner", models.PROTECT, related_name="treatments")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="treatments")
    tooth = models.CharField(max_length=2, blank=True, validators=[fdi_tooth])
    surfaces = models.CharField(
        max_length=5, blank=True, validators=[RegexValidator(r"^[MODBLPI]+$", "Surfaces like MOD.")]
    )
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    fee = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    done_at = models.DateTimeField(default=timezone.now)
    # The form it was recorded with: the same form sent twice records one treatment.
    form_uid = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["done_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(fee__gte=0, quantity__gte=1), name="treatment_costs_nothing_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure.name}{f' on {self.tooth}' if self.tooth else ''}"
