"""What was done and is on no issued invoice."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from clinic.invoices.flows import worth
from clinic.invoices.models import Invoice
from clinic.invoices.queries import Money
from clinic.practice.models import Branch
from clinic.treatments.models import Treatment


def unbilled(branches: list[Branch]) -> QuerySet[Treatment]:
    """Return the treatments of the branches that no invoice has or only a draft, the oldest first."""
    here = Q(appointment__chair__branch__in=branches) | Q(appointment=None, patient__branch__in=branches)
    open_ = Q(invoice_line=None) | Q(invoice_line__invoice__status=Invoice.Status.DRAFT)
    found = Treatment.objects.filter(here & open_).order_by("done_at", "pk")
    return found.select_related("patient", "practitioner", "procedure", "appointment__chair__branch", "invoice_line")


def worth_of(treatment: Treatment) -> Money:
    """Return what a treatment comes to at its fee, less its discount."""
    currency = treatment.procedure.currency
    return Money(worth(treatment.fee, treatment.quantity, treatment.discount, currency), currency)


def worth_together(treatments: QuerySet[Treatment]) -> list[Money]:
    """Return what treatments come to, by currency. The database counts those that cost the same: sums are exact."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    alike = treatments.order_by().values_list("procedure__currency", "fee", "quantity", "discount")
    for currency, fee, quantity, discount, number in alike.annotate(number=Count("pk")):
        sums[currency] += worth(fee, quantity, discount, currency) * number
    return [Money(amount, currency) for currency, amount in sorted(sums.items())]
