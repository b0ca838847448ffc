"""How invoices stand in Odoo's books, taken down in the clinic and told in their timelines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from clinic.invoices.models import Invoice, Standing
from clinic.totals import round_money
from odoo_bridge import timeline
from odoo_bridge.merge import Values
from odoo_bridge.models import Connection, Link
from odoo_bridge.said import pgettext
from odoo_bridge.timeline import Change, Told, What

_STATES = {
    "partial": Standing.State.PARTIAL,
    "in_payment": Standing.State.IN_PAYMENT,
    "paid": Standing.State.PAID,
    "reversed": Standing.State.REVERSED,
}


def note_standings(connection: Connection, found: list[tuple[Invoice, Values]]) -> None:
    """Record how invoices stand, those that stand differently from before, in one statement."""
    changed: list[Standing] = []
    told: dict[UUID, Change] = {}
    for invoice, answer in found:
        # Asked for first: a new standing takes the invoice's place for it as soon as it is made.
        before = getattr(invoice, "standing", None)
        now = _standing(invoice, answer)
        if before is None or (before.state, before.residual) != (now.state, now.residual):
            changed.append(now)
            if change := _change(before, now):
                told[invoice.uid] = change
    Standing.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["invoice"],
        update_fields=["state", "residual", "seen_at"],
    )
    _tell(connection, told)


def _standing(invoice: Invoice, answer: Values) -> Standing:
    residual = round_money(Decimal(str(answer["amount_residual"])), invoice.currency)
    state = _STATES.get(answer["payment_state"], Standing.State.OPEN)
    if answer["state"] == "cancel":
        state = Standing.State.CANCELLED
    elif state == Standing.State.PAID and residual:
        # Odoo 19 can say "paid" with the whole residual open (observed): the money is what counts.
        state = Standing.State.PARTIAL if residual < invoice.total else Standing.State.OPEN
    return Standing(invoice=invoice, state=state, residual=residual, seen_at=timezone.now())


def _label(standing: Standing) -> str:
    return pgettext("invoice in the books", str(standing.get_state_display()))


def _tell(connection: Connection, told: dict[UUID, Change]) -> None:
    """Write down what is owed now and was not before, in a fixed number of queries."""
    if told:
        links = Link.objects.filter(connection=connection, mapping="move", uid__in=told)
        timeline.write([Told(link, What.FETCHED, told[link.uid], actor="Odoo") for link in links])


def _change(before: Any, now: Standing) -> Change:
    """Return how an invoice stood before and stands now, under Odoo's names; nothing for one that is simply open."""
    if before is None and now.state == Standing.State.OPEN:
        return {}
    was: tuple[str | None, str | None] = (None, None)
    if before is not None:
        was = (_label(before), str(round_money(before.residual, now.invoice.currency)))
    pairs = {"payment_state": [was[0], _label(now)], "amount_residual": [was[1], str(now.residual)]}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
