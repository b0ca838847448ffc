"""Supplies: what is used up in treatment, how much of it is there, and when it runs low.

The quantities are the stock's in Odoo; the clinic counts nothing itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clinic.practice.models import Branch

QUANTITY = {"max_digits": 14, "decimal_places": 3}
_NONE = Value(Decimal(0), output_field=DecimalField(**QUANTITY))


class SupplyQuerySet(models.QuerySet):
    def at(self, branches: Iterable[Branch]) -> SupplyQuerySet:
        """Return what the branches have, and what belongs to no branch: that is the whole practice's.

        What nobody counts any more is left out.
        """
        return self.filter(Q(branch__in=list(branches)) | Q(branch=None), is_counted=True)

    def with_quantity(self) -> SupplyQuerySet:
        """Annotate `quantity`: how much is there, in the supply's unit."""
        return self.annotate(quantity=Coalesce(Sum("holdings__quantity"), _NONE)).order_by("name", "place", "id")

    def low(self) -> SupplyQuerySet:
        """Return those of which there is less than there should be."""
        return self.with_quantity().filter(quantity__lt=F("low_below"))


class Supply(models.Model):
    """A product at a place. `key` is what the stock in Odoo knows it by, `low_below` a quantity in `unit`."""

    key = models.CharField(max_length=40, unique=True, editable=False)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="supplies")
    is_counted = models.BooleanField(default=True, editable=False, help_text="Whether its stock is still looked at.")
    low_below = models.DecimalField(
        _("low below"), **QUANTITY, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )

    objects = SupplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "supplies"
        ordering = ["name", "place", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_low(self) -> bool:
        """Whether there is less than there should be. Only for supplies fetched `with_quantity`."""
        return self.low_below is not None and self.quantity < self.low_below


class Holding(models.Model):
    """A part of a supply, as the stock in Odoo counts it: one lot, one owner. Comes from there and goes with it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supply = models.ForeignKey(Supply, models.CASCADE, related_name="holdings")
    quantity = models.DecimalField(**QUANTITY, default=Decimal(0))

    def __str__(self) -> str:
        return f"{self.quantity} of {self.supply}"
