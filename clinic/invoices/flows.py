"""What came in and what went out: the one place that knows with which sign money counts."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Case, F, When

from clinic.invoices.models import Payment
from clinic.totals import round_money


def signed(amount: str = "amount", direction: str = "direction") -> Case:
    """Return what money counts in a sum: what was received is added, what was paid back taken off.

    The arguments name the amount, and the direction of its payment, in the query.
    """
    return Case(When(**{direction: Payment.Direction.OUT}, then=-F(amount)), default=F(amount))


def worth(fee: Decimal, quantity: int, discount: Decimal, currency: str) -> Decimal:
    """Return what a treatment comes to at its fee, less its discount in per cent, without taxes on top."""
    return round_money(fee * quantity * (1 - discount / 100), currency)
