"""Taxes as lines keep them: copies that never change, in a JSON column, so that reading lines takes no more queries.

A copy is {"name": "VAT 13.5%", "rate": "13.5", "included": false}; the rate is a percentage in plain decimal notation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import totals

if TYPE_CHECKING:
    from clinic.practice.models import Tax


def copied(taxes: Iterable[Tax]) -> list[dict[str, Any]]:
    """Return copies of taxes, for a line to keep, in their order."""
    return [
        {"name": tax.name, "rate": f"{Decimal(tax.rate).normalize():f}", "included": tax.included_in_price}
        for tax in taxes
    ]


def of_copies(copies: Iterable[dict[str, Any]]) -> tuple[totals.Tax, ...]:
    """Return what a line's copies of its taxes are computed by."""
    return tuple(totals.Tax(Decimal(copy["rate"]), copy["included"]) for copy in copies)


def refuse_unworkable(taxes: Iterable[Tax]) -> None:
    """Raise ValidationError for taxes that Odoo cannot compute together as the clinic does.

    Equal ones would be one and the same there. Of several that are included in the price, together with one on top,
    Odoo 19 makes something else than 16 and 17, by the order that they have in Odoo (its published source).
    """
    taxes = list(taxes)
    kinds = Counter((tax.rate, tax.included_in_price) for tax in taxes)
    if twice := [rate for (rate, _included), count in kinds.items() if count > 1]:
        raise ValidationError(
            _("Two of these taxes are of %(rate)s %%, and Odoo cannot tell one from the other."),
            params={"rate": f"{Decimal(twice[0]).normalize():f}"},
        )
    included = sum(tax.included_in_price for tax in taxes)
    if included > 1 and included < len(taxes):
        raise ValidationError(
            _(
                "Several taxes that are included in the price cannot be together with one on top: "
                "Odoo 19 computes them otherwise than 17."
            )
        )
