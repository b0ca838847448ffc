"""Money that was received or paid back, and what it and credit notes are used for."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.invoices.models.documents import MONEY, Invoice, sum_of
from clinic.journal.models import Journalled, JournalledQuerySet
from clinic.patients.models import Patient
from clinic.practice.models import Branch, currency_code


class PaymentQuerySet(JournalledQuerySet):
    def with_credit(self) -> PaymentQuerySet:
        """Annotate `left`: what of money that was received is neither allocated nor paid back."""
        allocated = Allocation.objects.filter(payment=OuterRef("pk"))
        returned = Payment.objects.filter(returns=OuterRef("pk"))
        return self.annotate(left=F("amount") - sum_of(allocated) - sum_of(returned))


class Payment(Journalled):
    """Money received from a payer, or paid back: at the desk, or found in the books. Amount and payer never change.

    What is paid back is allocated to the credit note that it is for, or `returns` a payment, of which it is the part
    that no invoice needed.
    """

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("money", "Received")
        OUT = "out", pgettext_lazy("money", "Paid back")

    class Method(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Bank transfer")

    class Origin(models.TextChoices):
        DESK = "desk", _("Taken at the desk")
        BOOKS = "books", _("Registered in the books")

    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.IN, editable=False)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by", editable=False
    )
    # Whether the books were seen to have it (and to count it against what it returns), where no allocation tells that.
    in_books = models.BooleanField(default=False, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="payments")
    payer = models.ForeignKey("patients.Patient", models.PROTECT, related_name="payments")
    amount = models.DecimalField(**MONEY, validators=[MinValueValidator(Decimal("0.001"))])
    currency = models.CharField(max_length=3, validators=[currency_code])
    method = models.CharField(max_length=8, choices=Method.choices)
    origin = models.CharField(max_length=5, choices=Origin.choices, default=Origin.DESK, editable=False)
    received_on = models.DateField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["branch", "received_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive"),
            models.CheckConstraint(condition=Q(returns=None) | Q(direction="out"), name="only_money_out_returns"),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount} {self.currency}"

    @property
    def is_refund(self) -> bool:
        return self.direction == self.Direction.OUT

    @property
    def signed_amount(self) -> Decimal:
        """What it adds to what was taken."""
        return -self.amount if self.is_refund else self.amount

    @property
    def credit(self) -> Decimal:
        """What is left of it: neither allocated to an invoice nor paid back."""
        if self.is_refund or self.origin == self.Origin.BOOKS:
            return Decimal(0)
        used = [*self.allocations.all(), *self.returned_by.all()]
        return self.amount - sum((one.amount for one in used), Decimal(0))

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return all: who paid does not change when two patients' records become one."""
        return rows


class Allocation(Journalled):
    """The part of a payment that goes to one invoice, or of money paid back to one credit note.

    `in_books` once the books were seen to count it.
    """

    journal_parent = "payment"

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="allocations")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="allocations")
    amount = models.DecimalField(**MONEY)
    in_books = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("payment", "invoice", name="one_allocation_per_payment_and_invoice"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment} to {self.invoice}"


class CreditUse(Journalled):
    """The part of a credit note that pays for an invoice. `in_books` once the books were seen to count it."""

    journal_parent = "credit_note"

    credit_note = models.ForeignKey(Invoice, models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_uses")
    amount = models.DecimalField(**MONEY)
    in_books = models.BooleanField(default=False, editable=False)
    used_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("credit_note", "invoice", name="one_use_per_credit_note_and_invoice"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_use_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.credit_note} to {self.invoice}"
