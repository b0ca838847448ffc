"""Credit notes that were made in Odoo for invoices of the clinic's: which there are, and how much they take back.

Odoo tells of them in two ways. A credit note names the invoice that it reverses, and takes back all that it comes to,
whether or not it is counted towards that invoice: one that was paid has nothing left to count it towards. A credit note
that names none takes back what of it is reconciled with the invoice. One that names another invoice is money of the
customer's like a payment, and takes nothing back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.invoices.actions import go_on_after
from clinic.invoices.models import BookCredit, Invoice
from clinic.totals import round_money
from odoo_bridge.merge import Values
from odoo_bridge.models import Link

READ = ["name", "move_type", "state", "invoice_date", "amount_total", "reversed_entry_id"]
_FACTS = ("number", "issued_on", "amount")


def known_credits(invoices: Iterable[Invoice]) -> dict[int, list[BookCredit]]:
    """Return what is on record of the books' own credit notes, by the invoice's key, in one query."""
    found: dict[int, list[BookCredit]] = defaultdict(list)
    for one in BookCredit.objects.filter(invoice__in=list(invoices)):
        found[one.invoice_id].append(one)
    return found


def read_credits(
    scope: Any, found: list[tuple[Invoice, Values]], counted: Mapping[int, Mapping[int, Decimal]]
) -> list[BookCredit]:
    """Ask Odoo for the credit notes that were made there for invoices, in one call.

    `found`: the invoices with Odoo's answers; `counted`: what other documents count towards each, by Odoo's ids.
    """
    invoices = {answer["id"]: invoice for invoice, answer in found}
    others = sorted({one for parts in counted.values() for one in parts})
    # One that is counted counts, also as a draft: 19 does not undo that when somebody resets it (observed).
    about = ["|", ["id", "in", others], "&", ["state", "=", "posted"], ["reversed_entry_id", "in", sorted(invoices)]]
    rows = scope.client.search_read("account.move", [["move_type", "=", "out_refund"], *about], READ)
    ours = _ours(scope, rows)
    credits = []
    for row in (row for row in rows if row["id"] not in ours):
        reverses = row["reversed_entry_id"][0] if row["reversed_entry_id"] else None
        for odoo_id, invoice in invoices.items():
            amount = Decimal(0)
            if reverses == odoo_id:
                amount = Decimal(str(row["amount_total"]))
            elif reverses is None:
                amount = counted.get(odoo_id, {}).get(row["id"], Decimal(0))
            if (amount := round_money(amount, invoice.currency)) > 0:
                day = date.fromisoformat(row["invoice_date"])
                credits.append(BookCredit(invoice=invoice, number=row["name"], issued_on=day, amount=amount))
    return credits


def _ours(scope: Any, rows: list[Values]) -> set[int]:
    """Return Odoo's ids of the credit notes that the clinic made, those too whose answer was lost, in two queries."""
    links = Link.objects.filter(connection=scope.connection, mapping="move", odoo_id__in=[row["id"] for row in rows])
    notes = Invoice.objects.credit_notes().filter(number__in=[row["name"] for row in rows])
    totals = {note.number: round_money(note.total, note.currency) for note in notes}
    alike = {row["id"] for row in rows if totals.get(row["name"]) == Decimal(str(row["amount_total"]))}
    return alike | {odoo_id for odoo_id in links.values_list("odoo_id", flat=True) if odoo_id}


def note_credits(found: Iterable[Invoice], before: Mapping[int, list[BookCredit]], now: Iterable[BookCredit]) -> None:
    """Keep what the books credit of invoices, where it is something else than before."""
    keys = {invoice.pk for invoice in found}
    there = {_key(one): one for one in now if one.invoice_id in keys}
    here = {_key(one): one for key, some in before.items() if key in keys for one in some}
    if gone := [one.pk for key, one in here.items() if key not in there]:
        BookCredit.objects.filter(pk__in=gone).delete()
    fresh = [one for key, one in there.items() if key not in here or _facts(one) != _facts(here[key])]
    if fresh:
        for one in fresh:
            # Odoo goes on with the numbers of the journal that is ours.
            go_on_after(one.invoice.branch, one.number)
        unique, others = ["invoice", "number"], ["issued_on", "amount"]
        BookCredit.objects.bulk_create(fresh, update_conflicts=True, unique_fields=unique, update_fields=others)


def _key(one: BookCredit) -> tuple[int, str]:
    return one.invoice_id, one.number


def _facts(one: BookCredit) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in _FACTS)


def credited_by(scope: Any, answers: Iterable[Values]) -> list[Invoice]:
    """Return our invoices that credit notes made in Odoo reverse, those of which it is not on record, in two queries.

    `answers`: documents of which the clinic has none.
    """
    notes = [one for one in answers if one["move_type"] == "out_refund" and one["reversed_entry_id"]]
    if not notes:
        return []
    links = Link.objects.filter(connection=scope.connection, mapping="move")
    links = links.filter(odoo_id__in=[one["reversed_entry_id"][0] for one in notes])
    uids = dict(links.values_list("odoo_id", "uid"))
    invoices = Invoice.objects.filter(uid__in=uids.values()).prefetch_related("book_credits").select_related("standing")
    by_uid = {one.uid: one for one in invoices}
    found = {}
    for note in notes:
        invoice = by_uid.get(uids.get(note["reversed_entry_id"][0]))
        if invoice and _is_news(note, invoice):
            found[invoice.pk] = invoice
    return list(found.values())


def _is_news(note: Values, invoice: Invoice) -> bool:
    known = {one.number: one.amount for one in invoice.book_credits.all()}
    amount = round_money(Decimal(str(note["amount_total"])), invoice.currency)
    return bool((known.get(note["name"]) == amount) != (note["state"] == "posted"))
