"""What came in and what went out: the one place that knows with which sign money counts."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F

from clinic.totals import round_money


def signed(amount: str = "amount") -> F:
    """Return what a payment counts in a sum: what was received is added. `amount` names its amount in the query."""
    return F(amount)


def worth(fee: Decimal, quantity: int, discount: Decimal, currency: str) -> Decimal:
    """Return what a treatment comes to at its fee, less its discount in per cent, without taxes on top."""
    return round_money(fee * quantity * (1 - discount / 100), currency)
