"""Credit notes counted towards invoices in Odoo, as payments are (see `ledger`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from clinic.invoices.models import CreditUse, Invoice
from odoo_bridge import ledger
from odoo_bridge.crediting import is_early
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.said import _


def _open_uses(notes: Iterable[Invoice]) -> list[CreditUse]:
    return [use for note in notes for use in note.uses.all() if not use.in_books]


def assign(scope: Any, moves: dict[int, Invoice]) -> dict[UUID, str]:
    """Count posted credit notes, by Odoo's ids, towards the invoices they are used for, where Odoo does not yet.

    Returns why a person has to look at one, by uid.
    """
    ids = {one.pk: odoo_id for odoo_id, one in moves.items()}
    uses = [use for use in _open_uses(moves.values()) if hasattr(use.invoice, "standing") and not is_early(use)]
    if not uses:
        return {}
    scope.know("move", [use.invoice.uid for use in uses])
    lines = _open_lines(scope, {ids[use.credit_note_id] for use in uses})
    counted = counted_moves(scope, {scope.odoo_id("move", use.invoice) for use in uses})
    reasons: dict[UUID, str] = {}
    for use in uses:
        note, invoice = ids[use.credit_note_id], scope.odoo_id("move", use.invoice)
        if note in counted.get(invoice, {note}):
            continue
        try:
            for line in lines.get(note, []):
                scope.client.call(ledger.MOVE, "js_assign_outstanding_line", [invoice], line)
        except (Rejected, Missing) as error:
            reasons[moves[note].uid] = _(
                "Odoo does not count the credit note towards %(invoice)s: %(message)s",
                invoice=use.invoice,
                message=error.message,
            )
    return reasons


def _open_lines(scope: Any, notes: set[int]) -> dict[int, list[int]]:
    """Return the journal items that reduce what a customer owes and are not used up, by credit note."""
    domain = [
        ["move_id", "in", sorted(notes)],
        ["account_id.account_type", "=", "asset_receivable"],
        ["reconciled", "=", False],
    ]
    lines: dict[int, list[int]] = defaultdict(list)
    for row in scope.client.search_read("account.move.line", domain, ["move_id"]):
        lines[row["move_id"][0]].append(row["id"])
    return lines


def counted_moves(scope: Any, moves: set[int]) -> dict[int, set[int]]:
    """Return which documents, and entries of payments, Odoo counts towards each document, by Odoo's ids."""
    rows = scope.client.read(ledger.MOVE, sorted(moves), ["invoice_payments_widget"])
    return {
        row["id"]: {item.get("move_id") for item in (row["invoice_payments_widget"] or {}).get("content", [])}
        for row in rows
    }


def look_again(scope: Any, moves: list[Invoice]) -> dict[UUID, str]:
    """Read the invoices that credit notes were just counted towards. Returns why a person has to look at a note.

    An empty reason: it is to be looked at again soon.
    """
    uses = _open_uses(moves)
    if not uses:
        return {}
    looked_at = ledger.look_at(scope, {use.invoice.uid: use.invoice for use in uses})
    left = CreditUse.objects.filter(pk__in=[use.pk for use in uses], in_books=False)
    return {
        use.credit_note.uid: (
            _(
                "Odoo has the credit note but does not count it towards %(invoice)s, which may have been paid there "
                "already. Reconcile it in Odoo, or use it for another invoice.",
                invoice=use.invoice,
            )
            if use.invoice.uid in looked_at and not is_early(use)
            else ""
        )
        for use in left.select_related("credit_note", "invoice")
    }
