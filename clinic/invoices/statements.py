"""What a payer was billed and paid at a branch in a period, and what is open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from clinic.invoices.flows import signed
from clinic.invoices.models import BookCredit, Invoice, InvoiceQuerySet, Kind, Payment
from clinic.patients.models import Patient
from clinic.patients.queries import records_of
from clinic.practice.models import Branch
from clinic.totals import round_money

AGES = (0, 30, 60, 90)
"""Days past due up to which an open amount counts in a column of its own; the last column is for what is older."""


@dataclass(frozen=True)
class Entry:
    """An invoice or money paid back, or a credit note, here or in the books, or a payment, whose `amount` is negative.

    `balance` is what was owed after it.
    """

    day: date
    of: Invoice | BookCredit | Payment
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Account:
    """One currency of a statement. `ages` are the open amounts: not due yet, then by `AGES`, as of now."""

    currency: str
    opening: Decimal
    entries: list[Entry]
    ages: list[Decimal]

    @property
    def closing(self) -> Decimal:
        return self.entries[-1].balance if self.entries else self.opening


def statement(payer: Patient, branch: Branch, first: date, last: date) -> list[Account]:
    """Return what happened from `first` to `last`, both inclusive, by currency, in a fixed number of queries.

    Invoices that the books cancelled or credited are left out, as they are where balances are shown.
    """
    records = records_of(payer)
    invoices = Invoice.objects.issued().filter(branch=branch, payer__in=records).standing_void(void=False)
    payments = Payment.objects.filter(branch=branch, payer__in=records)
    opening = _opening(invoices, payments, first)
    happened: dict[str, list[tuple[date, int, Invoice | BookCredit | Payment, Decimal]]] = defaultdict(list)
    for invoice in invoices.filter(issued_on__range=(first, last)).select_related("patient"):
        happened[invoice.currency].append((invoice.issued_on, 0, invoice, invoice.sign * invoice.total))
    for one in _booked(invoices).filter(issued_on__range=(first, last)).select_related("invoice"):
        happened[one.invoice.currency].append((one.issued_on, 1, one, -one.amount))
    for payment in payments.filter(received_on__range=(first, last)):
        happened[payment.currency].append((payment.received_on, 2, payment, -payment.signed_amount))
    ages = _ages(invoices, branch.today())
    currencies = sorted({branch.currency, *opening, *happened, *ages})
    found = [_account(currency, opening[currency], happened[currency], ages[currency]) for currency in currencies]
    return [one for one in found if one.entries or one.opening or any(one.ages)] or found[:1]


def _opening(invoices: InvoiceQuerySet, payments: QuerySet, first: date) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    billed = invoices.filter(issued_on__lt=first).order_by().values_list("currency", "kind").annotate(Sum("total"))
    paid = payments.filter(received_on__lt=first).order_by().values_list("currency").annotate(sum=Sum(signed()))
    booked = _booked(invoices).filter(issued_on__lt=first).order_by().values_list("invoice__currency")
    for currency, amount in booked.annotate(Sum("amount")):
        sums[currency] -= round_money(amount, currency)
    for currency, kind, amount in billed:
        sums[currency] += round_money(-amount if kind == Kind.CREDIT_NOTE else amount, currency)
    for currency, amount in paid:
        sums[currency] -= round_money(amount, currency)
    return sums


def _booked(invoices: InvoiceQuerySet) -> QuerySet[BookCredit]:
    return BookCredit.objects.filter(invoice__in=invoices.order_by().values("pk"))


def _account(
    currency: str,
    opening: Decimal,
    happened: list[tuple[date, int, Invoice | BookCredit | Payment, Decimal]],
    ages: list[Decimal],
) -> Account:
    entries, balance = [], opening
    for day, _, of, amount in sorted(happened, key=lambda one: (one[0], one[1], one[2].pk)):
        balance += amount
        entries.append(Entry(day, of, amount, balance))
    return Account(currency, opening, entries, ages)


def _ages(invoices: InvoiceQuerySet, today: date) -> dict[str, list[Decimal]]:
    ages: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * (len(AGES) + 1))
    for currency, due, owed in invoices.unpaid().values_list("currency", "due_on", "owed"):
        late = (today - due).days
        ages[currency][sum(late > limit for limit in AGES)] += round_money(owed, currency)
    return ages
