"""What Odoo has to choose from for its books, and whether what was chosen is still there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.posting import MOST, OFFERS, Offer, Row, companies_of, fitting, purposes, stale, tax_of
from odoo_bridge.said import _, listed
from odoo_bridge.scope import Scope


def offered(scope: Scope) -> Iterator[Finding]:
    """Note what there is to choose from, and tell where several fit, or where what was chosen is gone."""
    scope.connection.offered = {model: _read(scope, model, offer) for model, offer in OFFERS.items()}
    for posting, purpose in stale(scope.connection):
        says = _("%(name)s, which was chosen, does not fit any more: %(what)s.", name=posting.name, what=purpose.label)
        yield Finding("books", False, says, _("Choose again on the page of the books."))
    chosen = set(scope.connection.postings.values_list("company_id", "purpose"))
    for company, _name in companies_of(scope.connection):
        for purpose in purposes():
            rows = fitting(scope.connection, company, purpose)
            if tax_of(purpose.key) and len(rows) > 1 and (company, purpose.key) not in chosen:
                names = listed((row["name"] for row in rows), ", ")
                says = _("%(what)s: Odoo has several, %(names)s. The first is used.", what=purpose.label, names=names)
                yield Finding("books", True, says, _("Choose another on the page of the books if that is wrong."))


def _read(scope: Scope, model: str, offer: Offer) -> list[Row]:
    """Return the records of a model that can be chosen, the oldest first; none where the user may not see them."""
    try:
        company = next((name for name in ("company_id", "company_ids") if scope.has(model, name)), None)
        fields = ["display_name", *offer.reads, *([company] if company else [])]
        rows = scope.client.search_read(model, list(offer.domain), fields, order="id", limit=MOST)
    except (Denied, Incompatible):
        return []
    return [
        {"id": row["id"], "name": row["display_name"], "companies": _companies(row.get(company) if company else None)}
        | {name: row[name] for name in offer.reads}
        for row in rows
    ]


def _companies(value: Any) -> list[int]:
    """Return the ids of the companies that a record belongs to; none if all may use it.

    Odoo 16 and 17 say [id, name] of an account, 18 and newer a list of ids.
    """
    if not value:
        return []
    return [value[0]] if len(value) == 2 and isinstance(value[1], str) else list(value)
