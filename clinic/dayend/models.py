"""The end of a day at a branch: what the desk took, what was counted, and what goes to the bank.

A day that is closed never changes, nor does what was counted in it; what turns out later is a correction, an entry of
its own. Each payment is counted in one closing at most.
"""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from clinic.invoices.models import MONEY, Payment
from clinic.practice.models import Branch, currency_code
from clinic.totals import round_money


class ClosingQuerySet(models.QuerySet):
    def before(self, branch: Branch, day: date) -> ClosingQuerySet:
        """Return the branch's closings of earlier days, the latest first."""
        return self.filter(branch=branch, day__lt=day).order_by("-day")


class Closing(models.Model):
    """A day of a branch that was counted and closed. All amounts are in `currency`.

    `takings` holds what was taken: a list of {"method", "cashier", "payments", "amount"}, the amount as text.
    `denominations` holds how many of each coin and note were counted, by their value as text; empty if only the sum
    was given. `left` stays in the till for the next day; the rest goes to the bank.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="closings")
    day = models.DateField()
    currency = models.CharField(max_length=3, validators=[currency_code])
    opening_float = models.DecimalField(**MONEY)
    cash_taken = models.DecimalField(**MONEY)
    counted = models.DecimalField(**MONEY)
    difference = models.DecimalField(**MONEY)
    left = models.DecimalField(**MONEY)
    denominations = models.JSONField(default=dict)
    takings = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ClosingQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint("branch", "day", name="a_day_is_closed_once"),
            models.CheckConstraint(condition=Q(difference=0) | ~Q(note=""), name="difference_has_a_note"),
            models.CheckConstraint(
                condition=Q(opening_float__gte=0, counted__gte=0, left__gte=0, left__lte=F("counted")),
                name="till_holds_what_is_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch.code} {self.day}"

    @property
    def expected(self) -> Decimal:
        """What should have been in the till: what it began with, and the cash that was taken."""
        return self.opening_float + self.cash_taken

    @property
    def deposit(self) -> Decimal:
        """What goes to the bank."""
        return self.counted - self.left

    @property
    def difference_now(self) -> Decimal:
        """The difference with all corrections so far."""
        corrected = self.corrections.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        # SQLite computes in binary floating point.
        return round_money(self.difference + corrected, self.currency)


class Counted(models.Model):
    """A payment that was counted in a closing."""

    closing = models.ForeignKey(Closing, models.PROTECT, related_name="payments")
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="counted")

    class Meta:
        verbose_name_plural = "counted payments"

    def __str__(self) -> str:
        return f"{self.payment_id} in {self.closing_id}"


class Correction(models.Model):
    """What turned out after a day was closed: cash that was found (positive) or was missing (negative), and why."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    closing = models.ForeignKey(Closing, models.PROTECT, related_name="corrections")
    amount = models.DecimalField(**MONEY)
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0) & ~Q(reason=""), name="correction_says_what_and_why")
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.reason}"
