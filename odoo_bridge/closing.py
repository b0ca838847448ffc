"""Periods of the books that are closed in Odoo: said in our words, since Odoo says it in its user's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from odoo_bridge.said import When, _
from odoo_bridge.scope import Scope

LOCKS = ("period_lock_date", "fiscalyear_lock_date", "tax_lock_date", "sale_lock_date", "hard_lock_date")
"""The days up to which a company's books are closed: the first is 16's and 17's, the last two came with 18 (read)."""


def explained(scope: Scope, refused: dict[UUID, str], invoices: Iterable[Any]) -> dict[UUID, str]:
    """Return why invoices were refused, by uid: where they lie in a closed period that is the reason, in our words.

    Odoo 16 and 17 refuse to post an invoice of a closed period; the date of a payment they silently put off to the
    first open day (observed on 17).
    """
    if not refused:
        return refused
    until = _closed_until(scope)
    closed = {}
    for invoice in invoices:
        company = scope.company_of(invoice.branch_id)
        day = until.get(company) if company else max(until.values(), default=None)
        if invoice.uid in refused and day and invoice.issued_on <= day:
            closed[invoice.uid] = _(
                "Odoo’s books are closed up to %(until)s, and the invoice is of %(issued)s. Ask whoever keeps the "
                "books to open that period, then try again.",
                until=When(day.isoformat()),
                issued=When(invoice.issued_on.isoformat()),
            )
    return refused | closed


def _closed_until(scope: Scope) -> dict[int, date]:
    """Return the last closed day of each company that the user works for, by Odoo's id, where there is one."""
    names = [name for name in LOCKS if scope.has("res.company", name)]
    rows = scope.client.search_read("res.company", [], names)
    found = {row["id"]: [date.fromisoformat(row[name]) for name in names if row[name]] for row in rows}
    return {company: max(days) for company, days in found.items() if days}
