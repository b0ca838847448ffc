"""Payments that no invoice tells of: deposits, and money that a deposit gives back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from clinic.invoices.models import Payment
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.ledger import MOVE
from odoo_bridge.said import _


def _alone(payments: dict[int, Payment]) -> dict[int, Payment]:
    """Return those without an allocation that the books were not seen to have."""
    return {
        odoo_id: payment
        for odoo_id, payment in payments.items()
        if not payment.in_books and not payment.allocations.all()
    }


def give_back(scope: Any, payments: dict[int, Payment]) -> dict[UUID, str]:
    """Reconcile posted money that was paid back, by Odoo's ids, with the payments that it returns.

    Returns why a person has to look at one, by uid.
    """
    refunds = {odoo_id: payment for odoo_id, payment in _alone(payments).items() if payment.returns}
    returned = {scope.odoo_id("payment", payment.returns): payment for payment in refunds.values()}
    if not refunds:
        return {}
    lines = _lines(scope, [*refunds, *returned])
    reasons: dict[UUID, str] = {}
    for odoo_id, payment in refunds.items():
        for _line, entry, _closed in lines.get(scope.odoo_id("payment", payment.returns), []):
            for line, _entry, closed in lines.get(odoo_id, []):
                if closed:
                    continue  # By an earlier call, whose answer was lost.
                try:
                    scope.client.call(MOVE, "js_assign_outstanding_line", [entry], line)
                except (Rejected, Missing) as error:
                    reasons[payment.uid] = _(
                        "Odoo does not count what was paid back against the payment that it returns: %(message)s",
                        message=error.message,
                    )
    return reasons


def _lines(scope: Any, payments: list[int]) -> dict[int, list[tuple[int, int, bool]]]:
    """Return the journal items of payments that change what a customer owes: their ids, entries and if closed."""
    domain = [["payment_id", "in", sorted(payments)], ["account_id.account_type", "=", "asset_receivable"]]
    lines: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for row in scope.client.search_read("account.move.line", domain, ["payment_id", "move_id", "reconciled"]):
        lines[row["payment_id"][0]].append((row["id"], row["move_id"][0], row["reconciled"]))
    return lines


def take_note(scope: Any, payments: dict[int, Payment]) -> dict[UUID, str]:
    """Note which payments without an invoice the books have. Returns why a person has to look at one, by uid."""
    alone = _alone(payments)
    lines = _lines(scope, [odoo_id for odoo_id, payment in alone.items() if payment.returns])
    # A server whose payments have no entries has nothing to count (observed on 19).
    open_ones = {odoo_id for odoo_id, found in lines.items() if not all(closed for *_, closed in found)}
    seen = [payment.pk for odoo_id, payment in alone.items() if odoo_id not in open_ones]
    Payment.objects.filter(pk__in=seen).update(in_books=True)
    return {
        payment.uid: _(
            "Odoo has what was paid back but does not count it against the payment that it returns. Reconcile it in "
            "Odoo."
        )
        for odoo_id, payment in alone.items()
        if odoo_id in open_ones
    }
