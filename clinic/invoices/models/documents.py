"""Invoices and credit notes, their lines, and what the books say of them."""

from __future__ import annotations

import operator
from datetime import date
from decimal import Decimal
from functools import reduce

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least
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


class Kind(models.TextChoices):
    """What kind of document an invoice is."""

    INVOICE = "invoice", pgettext_lazy("document", "Invoice")
    CREDIT_NOTE = "credit", _("Credit note")


class NumberSeries(models.Model):
    """The last number given to a kind of document at a branch in a year.

    Locked while a number is given, so none is skipped.
    """

    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.INVOICE)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="number_series")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [models.UniqueConstraint("branch", "year", "kind", name="one_number_series_per_branch_and_year")]

    def __str__(self) -> str:
        return f"{self.branch.code}/{self.year} {self.kind}"


class InvoiceQuerySet(JournalledQuerySet):
    def issued(self) -> InvoiceQuerySet:
        return self.filter(status=Invoice.Status.ISSUED)

    def invoices(self) -> InvoiceQuerySet:
        return self.filter(kind=Kind.INVOICE)

    def credit_notes(self) -> InvoiceQuerySet:
        return self.filter(kind=Kind.CREDIT_NOTE)

    def standing_void(self, *, void: bool = True) -> InvoiceQuerySet:
        """Return the invoices that the books took back and we did not, or all others with `void=False`."""
        credited_here = Q(Exists(Invoice.objects.filter(credits=OuterRef("pk"))))
        credited = Q(standing__state=Standing.State.REVERSED)
        if void:
            return self.filter(Q(standing__state=Standing.State.CANCELLED) | (credited & ~credited_here))
        # Said without a negation around it all: of an invoice that the books have not been seen with nothing is known.
        other = ~Q(standing__state__in=[Standing.State.CANCELLED, Standing.State.REVERSED])
        return self.filter(Q(standing=None) | other | (credited & credited_here))

    def with_balance(self) -> InvoiceQuerySet:
        """Annotate `owed`: what is still to be paid, in the invoice's currency (see `Invoice.balance`).

        And `credited`: what its credit notes come to, those that were made in the books among them.
        """
        related = {name: getattr(Invoice, name).rel.related_model.objects for name in ("allocations", "uses")}
        used = related["uses"].filter(Q(invoice=OuterRef("pk")) | Q(credit_note=OuterRef("pk")))
        parts = (related["allocations"].filter(invoice=OuterRef("pk")), used)
        every = reduce(operator.add, (sum_of(part) for part in parts))
        unseen = reduce(operator.add, (sum_of(part.filter(in_books=False)) for part in parts))
        return self.annotate(
            owed=Case(
                When(status=Invoice.Status.DRAFT, then=_ZERO),
                # The books say it of a credit note after they have counted it here and there: what is less holds.
                When(
                    Q(kind=Kind.CREDIT_NOTE, standing__isnull=False),
                    then=Least(F("standing__residual") - unseen, F("total") - every),
                ),
                When(standing__isnull=False, then=F("standing__residual") - unseen),
                default=F("total") - every,
                output_field=DecimalField(**MONEY),
            ),
            credited=sum_of(Invoice.objects.filter(credits=OuterRef("pk")), "total")
            + sum_of(Invoice.book_credits.rel.related_model.objects.filter(invoice=OuterRef("pk"))),
        )

    def unpaid(self) -> InvoiceQuerySet:
        return self.invoices().with_balance().filter(owed__gte=Decimal("0.001"))


def sum_of(rows: models.QuerySet, name: str = "amount") -> Coalesce:
    """Return the sum of a column over rows that depend on an outer query, zero if there are none."""
    # Without a value to group by, the database sums all rows.
    sums = rows.order_by().annotate(alike=Value(1)).values("alike").annotate(sum=Sum(name)).values("sum")
    return Coalesce(Subquery(sums), _ZERO, output_field=DecimalField(**MONEY))


class Invoice(Journalled):
    """What a payer owes for a patient's treatment. Issuing gives it a number and freezes it.

    A credit note `credits` an issued invoice, for a `reason`; its lines say what of it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        ISSUED = "issued"

    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.INVOICE, editable=False)
    credits = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes", editable=False
    )
    reason = models.CharField(max_length=200, blank=True, editable=False)
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
            models.CheckConstraint(
                condition=Q(kind=Kind.INVOICE, credits=None)
                | (Q(kind=Kind.CREDIT_NOTE, credits__isnull=False) & ~Q(reason="")),
                name="credit_note_says_what_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number or (gettext("Draft credit note") if self.is_credit_note else gettext("Draft invoice"))

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return those that keep their patient and payer when two patients' records become one: the issued ones."""
        return rows.filter(status=cls.Status.ISSUED)

    @property
    def is_issued(self) -> bool:
        return self.status == self.Status.ISSUED

    @property
    def is_credit_note(self) -> bool:
        return self.kind == Kind.CREDIT_NOTE

    @property
    def sign(self) -> int:
        """With which sign the document's amounts count in what the payer owes."""
        return -1 if self.is_credit_note else 1

    @property
    def balance(self) -> Decimal:
        """What is still to be paid, in the invoice's currency; of a credit note what is left of it.

        Once the books have been seen they are the truth, less what was taken here and has not reached them yet.
        """
        if not self.is_issued:
            return Decimal(0)
        owed = getattr(self, "owed", None)
        if owed is None:
            owed = Invoice.objects.with_balance().values_list("owed", flat=True).get(pk=self.pk)
        # SQLite computes in binary floating point.
        return round_money(owed, self.currency)

    @property
    def is_credited(self) -> bool:
        """Whether all of it was taken back, here or in the books."""
        standing = getattr(self, "standing", None)
        if standing and standing.state == Standing.State.REVERSED:
            return True
        credited = getattr(self, "credited", None)
        if credited is None:
            credited = self.total - self.not_credited
        return bool(self.total) and round_money(credited, self.currency) >= self.total

    @property
    def not_credited(self) -> Decimal:
        """What may still be credited, in the invoice's currency: what neither a credit note nor the books took back."""
        here = self.credit_notes.aggregate(sum=Sum("total"))["sum"] or Decimal(0)
        there = self.book_credits.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        # SQLite adds in binary floating point.
        return max(round_money(self.total - here - there, self.currency), Decimal(0))

    def state(self, today: date | None = None) -> str:
        """Return one of `STATE_WORDS`, as a person would say it."""
        if not self.is_issued:
            return "draft"
        standing = getattr(self, "standing", None)
        if standing and standing.state == Standing.State.CANCELLED:
            return "cancelled"
        owed = self.balance
        if self.is_credit_note:
            return "credit left" if owed > 0 else "credit used"
        if self.is_credited:
            return "credited"
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
    "credited": pgettext_lazy("invoice", "credited"),
    "credit left": pgettext_lazy("credit note", "credit left"),
    "credit used": pgettext_lazy("credit note", "settled"),
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
    # What a credit note's line takes back, in whole or in part.
    credited_line = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credits")
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
