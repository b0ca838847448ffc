"""Payments that were registered in Odoo, brought to the clinic: those of a page together, each of them once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from clinic.invoices.models import Invoice, Payment
from clinic.totals import round_money
from odoo_bridge import timeline
from odoo_bridge.merge import Values
from odoo_bridge.models import Link
from odoo_bridge.said import _
from odoo_bridge.scope import Scope
from odoo_bridge.timeline import Told, What

PAYMENT = "account.payment"


def payments_here(scope: Scope, wanted: dict[int, Invoice], lease: UUID | None) -> dict[int, Payment]:
    """Return our payments by Odoo's ids; those made in Odoo, for the invoice of each, are brought here first.

    `lease`: under which the invoices' links are held. What is lost to somebody else by now is not brought.
    """
    found = _linked(scope, wanted)
    if missing := wanted.keys() - found.keys():
        ours = _recognise(scope, missing)
        found = _linked(scope, wanted)
        _bring(scope, {odoo_id: wanted[odoo_id] for odoo_id in wanted.keys() - found.keys()}, ours, lease)
        found = _linked(scope, wanted)
    return found


def still_held(scope: Scope, lease: UUID | None, uids: list[UUID]) -> set[UUID]:
    """Return the invoices whose links are held under a lease, and keep others from leasing them until we have written.

    In one order everywhere, so that two workers do not wait for each other's rows.
    """
    links = Link.objects.filter(connection=scope.connection, mapping="move", uid__in=uids, lease=lease)
    return set(links.exclude(lease=None).order_by("pk").select_for_update().values_list("uid", flat=True))


def _linked(scope: Scope, ids: Iterable[int]) -> dict[int, Payment]:
    links = Link.objects.filter(connection=scope.connection, mapping="payment", odoo_id__in=list(ids))
    uids = dict(links.values_list("odoo_id", "uid"))
    payments = {payment.uid: payment for payment in Payment.objects.filter(uid__in=uids.values())}
    return {odoo_id: payments[uid] for odoo_id, uid in uids.items() if odoo_id and uid in payments}


def _recognise(scope: Scope, ids: Iterable[int]) -> dict[int, UUID]:
    """Link payments that carry an external id of ours: we created them, and their answer was lost.

    Returns our uids of all that carry one. A payment that is not here either was lost in a restore of the clinic.
    """
    pattern = re.compile(rf"{re.escape(scope.connection.namespace)}\.payment_([0-9a-f]{{32}})")
    found = {}
    for row in scope.client.call(PAYMENT, "get_metadata", sorted(ids)):
        if ours := pattern.fullmatch(row.get("xmlid") or ""):
            found[row["id"]] = UUID(ours[1])
            links = Link.objects.filter(connection=scope.connection, mapping="payment", uid=UUID(ours[1]))
            links.filter(odoo_id=None).update(odoo_id=row["id"])
    return found


def _bring(scope: Scope, wanted: dict[int, Invoice], ours: dict[int, UUID], lease: UUID | None) -> None:
    """Make a payment here for each one that was registered in Odoo, `ours` under the uid that it had here."""
    if not wanted:
        return
    rows = scope.client.read(PAYMENT, sorted(wanted), ["amount", "date", "journal_id", "currency_id"])
    journals = sorted({row["journal_id"][0] for row in rows if row["journal_id"]})
    cash = {row["id"] for row in scope.client.read("account.journal", journals, ["type"]) if row["type"] == "cash"}
    # Before the transaction begins: a currency's code may have to be asked of Odoo.
    payments = {row["id"]: _payment(scope, row, wanted[row["id"]], cash, ours.get(row["id"])) for row in rows}
    with transaction.atomic():
        held = still_held(scope, lease, [invoice.uid for invoice in wanted.values()])
        payments = {odoo_id: payment for odoo_id, payment in payments.items() if wanted[odoo_id].uid in held}
        now = timezone.now()
        # The unique links come first: of two workers that meet the same payment, one brings it.
        Link.objects.bulk_create(
            (
                Link(
                    connection=scope.connection,
                    mapping="payment",
                    odoo_id=odoo_id,
                    uid=payment.uid,
                    agreed={"ours": {}, "theirs": {}},
                    agreed_at=now,
                    adopted=odoo_id not in ours,
                )
                for odoo_id, payment in payments.items()
            ),
            ignore_conflicts=True,
        )
        links = Link.objects.filter(connection=scope.connection, mapping="payment", odoo_id__in=payments)
        mine = {link.odoo_id: link for link in links}
        # One of ours that had no link is here: linking it is all.
        here = set(Payment.objects.filter(uid__in=list(ours.values())).values_list("uid", flat=True)) if ours else set()
        made = {
            odoo_id: one
            for odoo_id, one in payments.items()
            if odoo_id in mine and mine[odoo_id].uid == one.uid and one.uid not in here
        }
        Payment.objects.bulk_create(made.values())
        timeline.write(_told(mine[odoo_id], payment) for odoo_id, payment in made.items())


def _told(link: Link, payment: Payment) -> Told:
    amount = str(round_money(payment.amount, payment.currency))
    values = {"amount": [None, amount], "date": [None, payment.received_on.isoformat()]}
    return Told(link, What.FETCHED, values, _("Registered in Odoo"), "Odoo")


def _payment(scope: Scope, row: Values, invoice: Invoice, cash: set[int], uid: UUID | None) -> Payment:
    in_cash = bool(row["journal_id"] and row["journal_id"][0] in cash)
    return Payment(
        uid=uid or uuid4(),
        direction=Payment.Direction.OUT if invoice.is_credit_note else Payment.Direction.IN,
        branch=invoice.branch,
        payer=invoice.payer,
        amount=Decimal(str(row["amount"])),
        currency=scope.code_of("res.currency", row["currency_id"][0]),
        method=Payment.Method.CASH if in_cash else Payment.Method.TRANSFER,
        origin=Payment.Origin.BOOKS,
        received_on=date.fromisoformat(row["date"]),
    )
