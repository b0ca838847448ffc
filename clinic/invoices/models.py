"""Invoices, their lines, the payments for them, and what the books say.

An issued invoice never changes. How much of it is still owed follows from the payments taken here and from what the
books (Odoo) were last seen to say, which is kept in a row of its own: `Standing`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, DecimalField, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clinic.journal.models import Journalled, JournalledQuerySet
from clinic.patients.models import Patient
from clinic.practice.models import ROUNDINGS, Branch, currency_code
from clinic.practice.taxes import of_copies
from clinic.totals import Amounts, Priced, Rounding, line_amounts, round_money

MONEY = {"max_digits": 14, "decimal_places": 3}
_ZERO = Value(Decimal(0), output_field=DecimalField(**MONEY))


class NumberSeries(models.Model):
    """The last invoice number given at a branch in a year. Locked while a number is given, so none is skipped."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="number_series")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [models.UniqueConstraint("branch", "year", name="one_number_series_per_branch_and_year")]

    def __str__(self) -> str:
        return f"{self.branch.code}/{self.year}"


class InvoiceQuerySet(JournalledQuerySet):
    def issued(self) -> InvoiceQuerySet:
        return self.filter(status=Invoice.Status.ISSUED)

    def with_balance(self) -> InvoiceQuerySet:
        """Annotate `owed`: what is still to be paid, in the invoice's currency (see `Invoice.balance`)."""
        allocated = Allocation.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
        every = allocated.annotate(sum=Sum("amount")).values("sum")
        unseen = allocated.filter(in_books=False).annotate(sum=Sum("amount")).values("sum")
        return self.annotate(
            owed=Case(
                When(status=Invoice.Status.DRAFT, then=_ZERO),
                When(standing__isnull=False, then=F("standing__residual") - Coalesce(Subquery(unseen), _ZERO)),
                default=F("total") - Coalesce(Subquery(every), _ZERO),
                output_field=DecimalField(**MONEY),
            )
        )

    def unpaid(self) -> InvoiceQuerySet:
        return self.with_balance().filter(owed__gte=Decimal("0.001"))


class Invoice(Journalled):
    """What a payer owes for a patient's treatment. Issuing gives it a number and freezes it."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        ISSUED = "issued"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="invoices")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="invoices")
    payer = models.ForeignKey("patients.Patient", models.PROTECT, related_name="invoices_to_pay")
    appointment = models.ForeignKey(
        "appointments.Appointment", models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    number = models.CharField(max_length=20, unique=True, null=True, blank=True, editable=False)
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    currency = models.CharField(max_length=3, validators=[currency_code])
    # The branch's, until it is issued.
    rounding = models.CharField(max_length=8, choices=ROUNDINGS, default=Rounding.LINE_16.value, editable=False)
    untaxed = models.DecimalField(**MONEY, default=Decimal(0), editable=False)
    tax = models.DecimalField(**MONEY, default=Decimal(0), editable=False)
    total = models.DecimalField(**MONEY, default=Decimal(0), editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["patient", "status"]), models.Index(fields=["branch", "issued_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", number=None)
                | Q(status="issued", number__isnull=False, issued_on__isnull=False, due_on__isnull=False),
                name="invoice_has_a_number_once_issued",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="invoice_total_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.number or gettext("Draft invoice")

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return those that keep their patient and payer when two patients' records become one: the issued ones."""
        return rows.filter(status=cls.Status.ISSUED)

    @property
    def is_issued(self) -> bool:
        return self.status == self.Status.ISSUED

    @property
    def balance(self) -> Decimal:
        """What is still to be paid, in the invoice's currency.

        Once the books have been seen they are the truth, less what was taken here and has not reached them yet.
        """
        if not self.is_issued:
            return Decimal(0)
        owed = getattr(self, "owed", None)
        if owed is None:
            owed = Invoice.objects.with_balance().values_list("owed", flat=True).get(pk=self.pk)
        # SQLite computes in binary floating point.
        return round_money(owed, self.currency)

    def state(self, today: date | None = None) -> str:
        """Return "draft", "cancelled", "paid", "overdue", "part paid" or "unpaid", as a person would say it."""
        if not self.is_issued:
            return "draft"
        standing = getattr(self, "standing", None)
        if standing and standing.state in {Standing.State.CANCELLED, Standing.State.REVERSED}:
            return "cancelled"
        owed = self.balance
        if owed <= 0:
            return "paid"
        if self.due_on and self.due_on < (today or self.branch.today()):
            return "overdue"
        return "part paid" if owed < self.total else "unpaid"


STATE_WORDS = {
    "draft": pgettext_lazy("invoice", "draft"),
    "cancelled": pgettext_lazy("invoice", "cancelled"),
    "paid": pgettext_lazy("invoice", "paid"),
    "overdue": pgettext_lazy("invoice", "overdue"),
    "part paid": pgettext_lazy("invoice", "part paid"),
    "unpaid": pgettext_lazy("invoice", "unpaid"),
}
"""What people call the states of invoices."""


class InvoiceDocument(Invoice):
    """An invoice as a file: its PDF (see `clinic.invoices.pdf`)."""

    class Meta:
        proxy = True

    @property
    def file_name(self) -> str:
        """The number, without the slashes that no file name can have: "NORTH-2026-00001.pdf"."""
        return f"{str(self).replace('/', '-')}.pdf"


class InvoiceLine(Journalled):
    """One line of an invoice. `discount` is a percentage; the taxes are copied (see `clinic.practice.taxes`)."""

    journal_parent = "invoice"

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    treatment = models.OneToOneField(
        "treatments.Treatment", models.PROTECT, null=True, blank=True, related_name="invoice_line"
    )
    description = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(
        max_digits=9, decimal_places=2, default=Decimal(1), validators=[MinValueValidator(Decimal("0.01"))]
    )
    unit_price = models.DecimalField(**MONEY)
    discount = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    taxes = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ["invoice", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=100, quantity__gt=0),
                name="invoice_line_within_bounds",
            )
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def amounts(self) -> Amounts:
        """What this line comes to, in the invoice's currency and rounded as the invoice is."""
        return line_amounts(self.priced, self.invoice.currency, Rounding(self.invoice.rounding))

    @property
    def priced(self) -> Priced:
        """What this line is computed from."""
        return Priced(self.quantity, self.unit_price, self.discount, of_copies(self.taxes))

    @property
    def tax_rates(self) -> list[Decimal]:
        """The percentages of this line's taxes."""
        return [tax.rate for tax in self.priced.taxes]


class Payment(Journalled):
    """Money received from a payer: at the desk, or found in the books. Its amount and payer never change."""

    class Method(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Bank transfer")

    class Origin(models.TextChoices):
        DESK = "desk", _("Taken at the desk")
        BOOKS = "books", _("Registered in the books")

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="payments")
    payer = models.ForeignKey("patients.Patient", models.PROTECT, related_name="payments")
    amount = models.DecimalField(**MONEY, validators=[MinValueValidator(Decimal("0.001"))])
    currency = models.CharField(max_length=3, validators=[currency_code])
    method = models.CharField(max_length=8, choices=Method.choices)
    origin = models.CharField(max_length=5, choices=Origin.choices, default=Origin.DESK, editable=False)
    received_on = models.DateField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["branch", "received_on"])]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive")]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount} {self.currency}"

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return all: who paid does not change when two patients' records become one."""
        return rows


class Allocation(Journalled):
    """The part of a payment that goes to one invoice. `in_books` once the books were seen to count it."""

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


class Standing(models.Model):
    """What the books were last seen to say of an issued invoice."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("invoice in the books", "Not paid")
        PARTIAL = "partial", pgettext_lazy("invoice in the books", "Partly paid")
        IN_PAYMENT = "in_payment", pgettext_lazy("invoice in the books", "In payment")
        PAID = "paid", pgettext_lazy("invoice in the books", "Paid")
        REVERSED = "reversed", pgettext_lazy("invoice in the books", "Credited")
        CANCELLED = "cancelled", pgettext_lazy("invoice in the books", "Cancelled")

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="standing")
    state = models.CharField(max_length=10, choices=State.choices)
    residual = models.DecimalField(**MONEY)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.residual} open"
