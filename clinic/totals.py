"""What a line and an invoice come to: each line is rounded on its own, halves away from zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: the currencies whose minor unit is not a hundredth, as far as a dental clinic may meet them.
_DECIMALS = {
    **dict.fromkeys(["CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for EUR, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return `amount` rounded to the currency's minor unit, halves away from zero, as Odoo does."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


@dataclass(frozen=True)
class Amounts:
    """Money without tax, the tax, and both together."""

    untaxed: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.untaxed + self.tax


def line_amounts(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal,
    currency: str,
    rate: Decimal = Decimal(0),
    tax_included: bool = False,
) -> Amounts:
    """Return what one line comes to; `discount` and `rate` are percentages."""
    price = round_money(quantity * unit_price * (1 - discount / 100), currency)
    if tax_included:
        untaxed = round_money(price / (1 + rate / 100), currency)
        return Amounts(untaxed, price - untaxed)
    return Amounts(price, round_money(price * rate / 100, currency))


def sum_amounts(parts: Iterable[Amounts]) -> Amounts:
    """Return the sum of several lines' amounts."""
    parts = list(parts)
    return Amounts(sum((p.untaxed for p in parts), Decimal(0)), sum((p.tax for p in parts), Decimal(0)))
