"""Credit notes and what they are used for, before Odoo is asked: when they may be posted, and whose turn it is.

Odoo 17 and 19 count a credit note towards the invoice it reverses as soon as it is posted; 16 waits to be told. What
is left of one is counted towards other invoices by `js_assign_outstanding_line`, as a payment is (observed).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from clinic.invoices.models import Allocation, CreditUse, Invoice
from odoo_bridge.fields import NotYet
from odoo_bridge.said import _


def wait_for(scope: Any, note: Invoice) -> None:
    """Raise `NotYet` until a credit note may be posted.

    Its invoice has to be posted. And if there is more of it than was owed, all else that pays the invoice has to be
    counted: Odoo takes as much of a credit note as it sees to be owed, and would take what a payment is on its way for.
    """
    invoice: Any = note.credits
    if not hasattr(invoice, "standing"):
        if scope.expects("move", invoice.uid):
            return
        raise NotYet(_("Waits until invoice %(invoice)s is posted in Odoo.", invoice=invoice), "move", invoice.uid)
    if any(use.amount == note.total for use in note.uses.all() if use.invoice_id == invoice.pk):
        return
    if not invoice.standing.residual:
        return  # Somebody paid it in Odoo: nothing of the credit note is taken, and a person is asked what it is for.
    for of in (invoice.allocations, invoice.credit_uses.exclude(credit_note=note)):
        if of.filter(in_books=False).exists():
            raise NotYet(_("Waits until Odoo counts what was paid of invoice %(invoice)s.", invoice=invoice))


def apart(moves: dict[int, Invoice]) -> Iterator[dict[int, Invoice]]:
    """Yield what is posted in one call: invoices together, each credit note by itself.

    Of several credit notes that are posted at once, Odoo 17 counts some towards the invoice of another (observed).
    """
    if invoices := {odoo_id: one for odoo_id, one in moves.items() if not one.is_credit_note}:
        yield invoices
    for odoo_id, one in moves.items():
        if one.is_credit_note:
            yield {odoo_id: one}


def is_early(of: CreditUse | Allocation) -> bool:
    """Tell whether money waits its turn: there is more of it than its part, and others of the invoice are on their way.

    Odoo takes as much of it as it sees to be owed, so that the others would find nothing left.
    """
    whole = of.credit_note.total if isinstance(of, CreditUse) else of.payment.amount
    standing = getattr(of.invoice, "standing", None)
    # Where the books say that nothing is owed any more, nothing can be taken away from others either.
    if of.amount == whole or (standing and not standing.residual):
        return False
    parts = (of.invoice.allocations, of.invoice.credit_uses)
    return any(
        part.filter(in_books=False).exclude(pk=of.pk if isinstance(of, part.model) else None).exists() for part in parts
    )


def uses_of(documents: Iterable[Invoice]) -> dict[int, list[CreditUse]]:
    """Return how credit notes are used, by the key of the invoice and by that of the credit note, in one query."""
    documents = list(documents)
    found: dict[int, list[CreditUse]] = defaultdict(list)
    either = Q(invoice__in=documents) | Q(credit_note__in=documents)
    for use in CreditUse.objects.filter(either).select_related("credit_note"):
        found[use.invoice_id].append(use)
        found[use.credit_note_id].append(use)
    return found
