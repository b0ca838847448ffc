"""What each practitioner produced, what of it was invoiced, and what was paid.

Produced are the treatments done in the period, at their fee less discount and without taxes on top. Invoiced is what
the invoices of the period come to, with taxes, less its credit notes; collected is what was paid in it less what was
paid back, for invoices of whatever age. An
invoice with treatments of several practitioners, and what is paid for it, is shared among them in proportion to its
lines, by the method of the largest remainder, so that not a cent is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from clinic.invoices.flows import signed, worth
from clinic.invoices.models import Allocation, BookCredit, Invoice, InvoiceLine, Kind
from clinic.practice.models import Branch
from clinic.reports.periods import Period, within
from clinic.staff.models import Practitioner
from clinic.totals import minor_unit, round_money
from clinic.treatments.models import Treatment

Sums = dict[tuple[int | None, str], Decimal]
"""Amounts by practitioner, or None for lines that are no treatment, and currency."""


@dataclass(frozen=True)
class Produced:
    """A practitioner's period in one currency; without a practitioner, what was invoiced besides treatments."""

    practitioner: Practitioner | None
    currency: str
    produced: Decimal
    invoiced: Decimal
    collected: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """How much was collected of what was invoiced, in per cent with one decimal."""
        return (self.collected / self.invoiced * 100).quantize(Decimal("0.1")) if self.invoiced else None


def split(amount: Decimal, weights: Mapping[Hashable, Decimal], unit: Decimal) -> dict[Hashable, Decimal]:
    """Share an amount, a multiple of `unit`, in proportion to `weights`; the parts add up to it exactly.

    The largest remainders get what is left over; of equal ones those that come first. If all weights are zero, the
    parts are equal.
    """
    if not any(weights.values()):
        weights = dict.fromkeys(weights, Decimal(1))
    whole, units = sum(weights.values()), abs(amount) / unit
    exact = {key: units * weight / whole for key, weight in weights.items()}
    parts = {key: int(share) for key, share in exact.items()}
    over = int(units) - sum(parts.values())
    for key in sorted(exact, key=lambda key: parts[key] - exact[key])[:over]:
        parts[key] += 1
    sign = -1 if amount < 0 else 1
    return {key: sign * unit * part for key, part in parts.items()}


def done(branches: list[Branch], period: Period) -> QuerySet[Treatment]:
    """Return the treatments done in the period at the branches."""
    booked = within(branches, period, "done_at", "appointment__chair__branch")
    unbooked = Q(appointment=None) & within(branches, period, "done_at", "patient__branch")
    return Treatment.objects.filter(booked | unbooked)


def produced(branches: list[Branch], period: Period) -> Sums:
    """Return what was produced. The database counts treatments that cost the same, so that the sums are exact."""
    alike = ("practitioner", "procedure__currency", "fee", "quantity", "discount")
    sums: Sums = defaultdict(Decimal)
    rows = done(branches, period).order_by().values_list(*alike).annotate(number=Count("pk"))
    for practitioner, currency, fee, quantity, discount, number in rows:
        sums[practitioner, currency] += worth(fee, quantity, discount, currency) * number
    return sums


class Shares:
    """Whose treatments invoices are for: the weights by which money for an invoice is shared, in two queries."""

    def __init__(self, invoices: QuerySet[Invoice]) -> None:
        # A credit note's lines are for the treatments of the lines that they take back.
        who = Coalesce("lines__treatment__practitioner", "lines__credited_line__treatment__practitioner")
        none = Q(lines__treatment=None, lines__credited_line__treatment=None)
        whose = invoices.order_by().annotate(first=Min(who), last=Max(who), others=Count("lines", filter=none))
        # Nearly all invoices are for one practitioner; only of the rest the lines are needed.
        alone = Q(others=0, first=F("last")) | Q(first=None)
        self._of_one = dict(whose.filter(alone).values_list("pk", "first"))
        self._of_several: dict[int, dict[int | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        lines = InvoiceLine.objects.filter(invoice__in=whose.exclude(alone).values("pk"))
        lines = lines.select_related("invoice", "treatment", "credited_line__treatment")
        for line in lines.order_by("invoice", "position", "pk"):
            treatment = line.treatment or (line.credited_line and line.credited_line.treatment)
            weights = self._of_several[line.invoice_id]
            weights[treatment.practitioner_id if treatment else None] += line.amounts.total

    def add(self, sums: Sums, invoice: int, amount: Decimal, currency: str) -> None:
        """Add an amount for an invoice to the sums of those who treated."""
        amount = round_money(amount, currency)
        weights = self._of_several.get(invoice)
        if not weights:
            sums[self._of_one.get(invoice), currency] += amount
            return
        for practitioner, part in split(amount, weights, minor_unit(currency)).items():
            sums[practitioner, currency] += part


def report(branches: list[Branch], period: Period) -> list[Produced]:
    """Return each practitioner's period, by currency and name, in as many queries whatever the data."""
    invoices = Invoice.objects.issued().filter(branch__in=branches)
    issued = invoices.filter(issued_on__range=period.days).standing_void(void=False)
    paid = Allocation.objects.filter(invoice__branch__in=branches, payment__received_on__range=period.days)
    booked = BookCredit.objects.filter(issued_on__range=period.days)
    booked = booked.filter(invoice__in=invoices.standing_void(void=False).values("pk"))
    parts = (issued.values("pk"), paid.values("invoice"), booked.values("invoice"))
    shares = Shares(invoices.filter(Q(pk__in=parts[0]) | Q(pk__in=parts[1]) | Q(pk__in=parts[2])))
    invoiced: Sums = defaultdict(Decimal)
    for invoice, kind, currency, total in issued.order_by().values_list("pk", "kind", "currency", "total"):
        shares.add(invoiced, invoice, -total if kind == Kind.CREDIT_NOTE else total, currency)
    for invoice, currency, amount in booked.order_by().values_list("invoice", "invoice__currency", "amount"):
        shares.add(invoiced, invoice, -amount, currency)
    collected: Sums = defaultdict(Decimal)
    by_invoice = (
        paid.order_by()
        .values_list("invoice", "payment__currency")
        .annotate(sum=Sum(signed("amount", "payment__direction")))
    )
    for invoice, currency, amount in by_invoice:
        shares.add(collected, invoice, amount, currency)
    return _rows(produced(branches, period), invoiced, collected)


def _rows(made: Sums, invoiced: Sums, collected: Sums) -> list[Produced]:
    keys = {*made, *invoiced, *collected}
    people = Practitioner.objects.in_bulk({practitioner for practitioner, _ in keys if practitioner})
    none = Decimal(0)
    rows = [
        Produced(people.get(key[0]), key[1], made.get(key, none), invoiced.get(key, none), collected.get(key, none))
        for key in keys
    ]
    return sorted(rows, key=lambda row: (row.currency, row.practitioner is None, str(row.practitioner or "")))


def totals(rows: Iterable[Produced]) -> list[Produced]:
    """Return the sums of the rows, one for each currency."""
    by_currency: dict[str, list[Produced]] = defaultdict(list)
    for row in rows:
        by_currency[row.currency].append(row)
    return [
        Produced(
            None,
            currency,
            sum((row.produced for row in some), Decimal(0)),
            sum((row.invoiced for row in some), Decimal(0)),
            sum((row.collected for row in some), Decimal(0)),
        )
        for currency, some in sorted(by_currency.items())
    ]
