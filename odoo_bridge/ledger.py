"""What Odoo says of invoices and the payments reconciled with them, taken down in the clinic.

The residual in Odoo is the truth for what is owed. Which payments it counts is read in the same answer, so that a
payment taken at the desk is never subtracted twice nor forgotten. Payments that were registered in Odoo are brought
here; credit notes, write-offs and bank lines show in the residual alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from clinic.invoices.models import Allocation, Invoice, Payment, Standing
from clinic.totals import round_money
from odoo_bridge import timeline
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.leases import claim, held
from odoo_bridge.merge import Values
from odoo_bridge.models import Link
from odoo_bridge.scope import Scope
from odoo_bridge.standings import note_standings
from odoo_bridge.timeline import Told, What

MOVE, PAYMENT = "account.move", "account.payment"
READ = ["state", "payment_state", "amount_total", "amount_residual", "invoice_payments_widget"]


@dataclass(frozen=True)
class Reconciled:
    """One payment that Odoo counts towards an invoice."""

    payment_id: int
    amount: Decimal


def take_note(scope: Scope, found: list[tuple[Invoice, Values]], lease: UUID | None) -> dict[UUID, str]:
    """Record what Odoo answered of issued invoices. Returns why a person has to look at one, by uid.

    `lease`: under which their links are held. What is no longer held when it comes to writing was looked at by somebody
    else meanwhile, who knows better.
    """
    reasons = {
        invoice.uid: "The invoice was reset to draft in Odoo. Post it there again."
        for invoice, answer in found
        if answer["state"] == "draft" and hasattr(invoice, "standing")
    }
    # In one order everywhere, so that two workers do not wait for each other's rows.
    found = sorted((one for one in found if one[1]["state"] != "draft"), key=lambda one: one[0].pk)
    counted = {invoice.uid: _reconciled(invoice, answer) for invoice, answer in found}
    wanted = {one.payment_id: invoice for invoice, _ in found for one in counted[invoice.uid]}
    payments = _payments(scope, wanted, lease)
    with transaction.atomic():
        mine = _still_held(scope, lease, [invoice.uid for invoice, _ in found])
        found = [one for one in found if one[0].uid in mine]
        # Residuals and what they count already change together, or the balance would jump in between.
        note_standings(scope.connection, found)
        allocations = _allocations(invoice for invoice, _ in found)
        in_books = []
        for invoice, answer in found:
            # A payment that could not be brought here shows in the residual all the same.
            here = {payments[c.payment_id]: c.amount for c in counted[invoice.uid] if c.payment_id in payments}
            in_books += [one.pk for one in allocations[invoice.pk] if one.payment in here and not one.in_books]
            reason = _note_payments(invoice, allocations[invoice.pk], here)
            if reason := _changed(invoice, answer) or reason:
                reasons[invoice.uid] = reason
        if in_books:
            # Journalled, so that a payment that waited for a person, and was reconciled by one, is seen to be done.
            Allocation.objects.filter(pk__in=in_books).update(in_books=True)
    return reasons


def _still_held(scope: Scope, lease: UUID | None, uids: list[UUID]) -> set[UUID]:
    """Return the invoices whose links are held under a lease, and keep others from leasing them until we have written.

    In one order everywhere, so that two workers do not wait for each other's rows.
    """
    links = Link.objects.filter(connection=scope.connection, mapping="move", uid__in=uids, lease=lease)
    return set(links.exclude(lease=None).order_by("pk").select_for_update().values_list("uid", flat=True))


def _allocations(invoices: Iterable[Invoice]) -> dict[int, list[Allocation]]:
    """Return the allocations of many invoices by the invoice's key, in one query."""
    found: dict[int, list[Allocation]] = defaultdict(list)
    for allocation in Allocation.objects.filter(invoice__in=list(invoices)).select_related("payment"):
        found[allocation.invoice_id].append(allocation)
    return found


def _reconciled(invoice: Invoice, answer: Values) -> list[Reconciled]:
    content = (answer["invoice_payments_widget"] or {}).get("content", [])
    amounts: dict[int, Decimal] = {}
    for item in content:
        if payment_id := item.get("account_payment_id"):
            amount = round_money(Decimal(str(item["amount"])), invoice.currency)
            amounts[payment_id] = amounts.get(payment_id, Decimal(0)) + amount
    return [Reconciled(payment_id, amount) for payment_id, amount in amounts.items()]


def _changed(invoice: Invoice, answer: Values) -> str | None:
    if answer.get("name", invoice.number) != invoice.number:
        return f"Odoo has this invoice as {answer['name']}. Put it right in Odoo, or credit one of the two."
    total = round_money(Decimal(str(answer["amount_total"])), invoice.currency)
    if total == invoice.total:
        return None
    return (
        f"The posted invoice was changed in Odoo: it comes to {total} {invoice.currency} there, "
        f"and was issued for {round_money(invoice.total, invoice.currency)}. Put it right in Odoo, or credit it."
    )


def _note_payments(invoice: Invoice, allocations: list[Allocation], counted: dict[Payment, Decimal]) -> str | None:
    """Make the invoice's allocations follow what Odoo counts. Returns why a person has to look at them."""
    known = {one.payment_id: one for one in allocations}
    reason = None
    for allocation in allocations:
        if allocation.payment in counted:
            continue
        if allocation.payment.origin == Payment.Origin.BOOKS:
            _undo(allocation)
        elif allocation.in_books:
            reason = (
                f"{allocation.payment} was taken at the desk, but Odoo no longer counts it towards this invoice. "
                "Reconcile it there again, or refund it here."
            )
    for payment, amount in counted.items():
        if payment.pk not in known:
            _allocate(invoice, payment, amount)
    return reason


def _undo(allocation: Allocation) -> None:
    payment = allocation.payment
    allocation.delete()
    if not payment.allocations.exists():
        let_go_of([payment])


def let_go_of(payments: Iterable[Payment]) -> None:
    """Forget payments that were brought here from Odoo and are undone there."""
    for payment in payments:
        Link.objects.filter(mapping="payment", uid=payment.uid).delete()
        payment.delete()


def _allocate(invoice: Invoice, payment: Payment, amount: Decimal) -> None:
    room = min(
        amount,
        invoice.total - _sum(invoice.allocations),
        payment.amount - _sum(payment.allocations),
    )
    if room > 0 and payment.currency == invoice.currency:
        Allocation.objects.create(payment=payment, invoice=invoice, amount=room, in_books=True)


def _sum(allocations: Any) -> Decimal:
    return allocations.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


# Payments by their id in Odoo


def _payments(scope: Scope, wanted: dict[int, Invoice], lease: UUID | None) -> dict[int, Payment]:
    """Return our payments by Odoo's ids; those made in Odoo are brought here first."""
    found = _linked(scope, wanted)
    if missing := wanted.keys() - found.keys():
        ours = _recognise(scope, missing)
        found = _linked(scope, wanted)
        _bring(scope, {odoo_id: wanted[odoo_id] for odoo_id in wanted.keys() - found.keys()}, ours, lease)
        found = _linked(scope, wanted)
    return found


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
    for row in rows:
        # Before the transaction begins: the code may have to be asked of Odoo.
        currency = scope.code_of("res.currency", row["currency_id"][0])
        in_cash = bool(row["journal_id"] and row["journal_id"][0] in cash)
        with transaction.atomic():
            if _still_held(scope, lease, [wanted[row["id"]].uid]):
                _bring_one(scope, row, wanted[row["id"]], currency, in_cash, ours.get(row["id"]))


def _bring_one(scope: Scope, row: Values, invoice: Invoice, currency: str, in_cash: bool, uid: UUID | None) -> None:
    payment = Payment(
        uid=uid or uuid4(),
        branch=invoice.branch,
        payer=invoice.payer,
        amount=Decimal(str(row["amount"])),
        currency=currency,
        method=Payment.Method.CASH if in_cash else Payment.Method.TRANSFER,
        origin=Payment.Origin.BOOKS,
        received_on=date.fromisoformat(row["date"]),
    )
    # The unique link comes first: of two workers that meet the same payment, one brings it.
    link, created = Link.objects.get_or_create(
        connection=scope.connection,
        mapping="payment",
        odoo_id=row["id"],
        defaults={
            "uid": payment.uid,
            "agreed": {"ours": {}, "theirs": {}},
            "agreed_at": timezone.now(),
            "adopted": uid is None,
        },
    )
    if created:
        payment.save()
        brought = {"amount": [None, str(payment.amount)], "date": [None, payment.received_on.isoformat()]}
        timeline.write([Told(link, What.FETCHED, brought, "Registered in Odoo", "Odoo")])


# After a restore of Odoo


def forget_invoices(uids: list[UUID]) -> None:
    """Forget how invoices stood in an Odoo that was restored: it is looked at anew, and drafts are posted again."""
    Standing.objects.filter(invoice__uid__in=uids).delete()
    Allocation.objects.filter(invoice__uid__in=uids, payment__origin=Payment.Origin.DESK).update(in_books=False)


@transaction.atomic
def forget_payments(scope: Scope, uids: list[UUID], lost: list[UUID]) -> None:
    """Forget which payments an Odoo that was restored counts.

    What was registered there and is lost with it was received all the same: it becomes a payment of the desk's, which
    is sent like any other.
    """
    Allocation.objects.filter(payment__uid__in=uids, payment__origin=Payment.Origin.DESK).update(in_books=False)
    for payment in Payment.objects.filter(uid__in=lost, origin=Payment.Origin.BOOKS):
        allocations = list(payment.allocations.all())
        Link.objects.filter(connection=scope.connection, mapping="payment", uid=payment.uid).delete()
        payment.allocations.all().delete()
        payment.delete()
        payment.pk, payment.uid, payment.origin = None, uuid4(), Payment.Origin.DESK
        payment._state.adding = True
        payment.save()
        for allocation in allocations:
            Allocation.objects.create(payment=payment, invoice=allocation.invoice, amount=allocation.amount)


# Our payments towards our invoices


def assign(scope: Scope, payments: dict[int, Payment]) -> dict[UUID, str]:
    """Reconcile posted payments, by Odoo's ids, with the invoices they are for, where Odoo does not count them yet.

    Returns why a person has to look at a payment, by uid.
    """
    scope.know("move", [one.invoice.uid for payment in payments.values() for one in payment.allocations.all()])
    wanted = [
        (odoo_id, payment, scope.odoo_id("move", allocation.invoice))
        for odoo_id, payment in payments.items()
        for allocation in payment.allocations.all()
        if not allocation.in_books
    ]
    if not wanted:
        return {}
    lines = _receivable_lines(scope, [odoo_id for odoo_id, *_ in wanted])
    counted = _counted(scope, {invoice_id for *_, invoice_id in wanted})
    reasons = {}
    for odoo_id, payment, invoice_id in wanted:
        if odoo_id in counted.get(invoice_id, {odoo_id}):
            continue  # It is counted, or there is no such invoice any more, which shows when it is looked at again.
        try:
            for line in lines.get(odoo_id, []):
                scope.client.call(MOVE, "js_assign_outstanding_line", [invoice_id], line)
        except (Rejected, Missing) as error:
            reasons[payment.uid] = f"Odoo does not count the payment towards its invoice: {error.message}"
    return reasons


def _receivable_lines(scope: Scope, payment_ids: list[int]) -> dict[int, list[int]]:
    """Return the journal items that reduce what a customer owes, by payment."""
    domain = [["payment_id", "in", payment_ids], ["account_id.account_type", "=", "asset_receivable"]]
    lines: dict[int, list[int]] = defaultdict(list)
    for row in scope.client.search_read("account.move.line", domain, ["payment_id"]):
        lines[row["payment_id"][0]].append(row["id"])
    return lines


def _counted(scope: Scope, invoice_ids: set[int]) -> dict[int, set[int]]:
    """Return which payments Odoo counts towards each invoice."""
    rows = scope.client.read(MOVE, sorted(invoice_ids), ["invoice_payments_widget"])
    return {
        row["id"]: {
            item.get("account_payment_id") for item in (row["invoice_payments_widget"] or {}).get("content", [])
        }
        for row in rows
    }


def look_again(scope: Scope, payments: list[Payment]) -> dict[UUID, str]:
    """Read the invoices of payments that were just assigned. Returns why a person has to look at a payment.

    An empty reason: somebody else holds one of its invoices at this moment; the payment is to be looked at again.
    """
    paid = {one.invoice.uid: one.invoice for payment in payments for one in payment.allocations.all()}
    links = Link.objects.filter(connection=scope.connection, mapping="move", uid__in=paid, odoo_id__isnull=False)
    lease, mine = claim(links.order_by("pk"), len(paid))
    with held(lease):
        ids = {link.odoo_id: paid[link.uid] for link in mine if link.odoo_id}
        answers = scope.client.read(MOVE, sorted(ids), READ) if ids else []
        take_note(scope, [(ids[answer["id"]], answer) for answer in answers], lease)
        # What the link has seen is older now: should Odoo go back to that, it must not look as if nothing had changed.
        Link.objects.filter(lease=lease).update(seen="")
    looked_at = {link.uid for link in mine}
    open_ones = Allocation.objects.filter(payment__in=payments, in_books=False).select_related("payment", "invoice")
    return {
        allocation.payment.uid: (
            f"Odoo has the payment but does not count it towards {allocation.invoice}, which may have been paid "
            "there already. Reconcile it in Odoo, or refund it here."
            if allocation.invoice.uid in looked_at
            else ""
        )
        for allocation in open_ones
    }
