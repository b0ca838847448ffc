"""What Odoo says of invoices and the payments reconciled with them, taken down in the clinic.

The residual in Odoo is the truth for what is owed. Which payments it counts is read in the same answer, so that a
payment taken at the desk is never subtracted twice nor forgotten. Payments that were registered in Odoo are brought
here, and what credit notes take back that were made there is noted; write-offs and bank lines show in the residual
alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, Sum

from clinic.invoices.models import Allocation, BookCredit, CreditUse, Invoice, Payment, Standing
from clinic.totals import round_money
from odoo_bridge.booked import known_credits, note_credits, read_credits
from odoo_bridge.brought import payments_here, still_held
from odoo_bridge.crediting import is_early, uses_of
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.leases import claim, held
from odoo_bridge.merge import Values
from odoo_bridge.models import Link
from odoo_bridge.said import _
from odoo_bridge.scope import Scope
from odoo_bridge.standings import note_standings

MOVE = "account.move"
READ = ["state", "payment_state", "amount_total", "amount_residual", "invoice_payments_widget"]


@dataclass(frozen=True)
class Reconciled:
    """One payment that Odoo counts towards an invoice."""

    payment_id: int
    amount: Decimal


def take_note(
    scope: Scope, found: list[tuple[Invoice, Values]], lease: UUID | None, *, credited: bool = False
) -> dict[UUID, str]:
    """Record what Odoo answered of issued invoices. Returns why a person has to look at one, by uid.

    `lease`: under which their links are held. What is no longer held when it comes to writing was looked at by somebody
    else meanwhile, who knows better. `credited`: credit notes were made in Odoo that it may count towards nothing.
    """
    reasons: dict[UUID, str] = {
        invoice.uid: _("The invoice was reset to draft in Odoo. Post it there again.")
        for invoice, answer in found
        if answer["state"] == "draft" and hasattr(invoice, "standing")
    }
    # In one order everywhere, so that two workers do not wait for each other's rows.
    found = sorted((one for one in found if one[1]["state"] != "draft"), key=lambda one: one[0].pk)
    counted = {invoice.uid: _reconciled(invoice, answer) for invoice, answer in found}
    wanted = {one.payment_id: invoice for invoice, _ in found for one in counted[invoice.uid]}
    payments = payments_here(scope, wanted, lease)
    ours, known = _credit_notes(scope, found), known_credits(invoice for invoice, _ in found)
    # Before the transaction begins: it is asked of Odoo.
    booked = _booked(scope, found) if credited or known or _moves_of(found) - ours.keys() else []
    with transaction.atomic():
        mine = still_held(scope, lease, [invoice.uid for invoice, _ in found])
        found = [one for one in found if one[0].uid in mine]
        # Residuals and what they count already change together, or the balance would jump in between.
        note_standings(scope.connection, found)
        allocations = _allocations(invoice for invoice, _ in found)
        note_credits((invoice for invoice, _ in found), known, booked)
        uses = uses_of(invoice for invoice, _ in found)
        notes = Notes()
        for invoice, answer in found:
            # A payment that could not be brought here shows in the residual all the same.
            here = {payments[c.payment_id]: c.amount for c in counted[invoice.uid] if c.payment_id in payments}
            used = [] if invoice.is_credit_note else uses[invoice.pk]
            reason = notes.take_uses(used, {ours.get(one) for one in _moves(answer)})
            reason = notes.take(invoice, allocations[invoice.pk], here, uses[invoice.pk]) or reason
            if reason := _changed(invoice, answer) or reason:
                reasons[invoice.uid] = reason
        notes.write()
    return reasons


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


def _moves(answer: Values) -> dict[int, Decimal]:
    """Return how much of which documents Odoo counts towards an invoice: payments have entries of their own."""
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for item in (answer["invoice_payments_widget"] or {}).get("content", []):
        if item.get("move_id") and not item.get("account_payment_id"):
            amounts[item["move_id"]] += Decimal(str(item["amount"]))
    return amounts


def _moves_of(found: list[tuple[Invoice, Values]]) -> set[int]:
    return {one for _, answer in found for one in _moves(answer)}


def _booked(scope: Scope, found: list[tuple[Invoice, Values]]) -> list[BookCredit]:
    """Return what credit notes take back that were made in Odoo, for invoices as they stand there."""
    invoices = [(invoice, answer) for invoice, answer in found if not invoice.is_credit_note]
    return read_credits(scope, invoices, {answer["id"]: _moves(answer) for _, answer in invoices})


def _credit_notes(scope: Scope, found: list[tuple[Invoice, Values]]) -> dict[int, UUID]:
    """Return the uids of our documents that Odoo counts towards others, by Odoo's ids, in one query."""
    ids = _moves_of(found)
    links = (
        Link.objects.filter(connection=scope.connection, mapping="move", odoo_id__in=ids)
        if ids
        else Link.objects.none()
    )
    return {odoo_id: uid for odoo_id, uid in links.values_list("odoo_id", "uid") if odoo_id}


def _changed(invoice: Invoice, answer: Values) -> str | None:
    if answer.get("name", invoice.number) != invoice.number:
        return _(
            "Odoo has this invoice as %(name)s. Put it right in Odoo, or credit one of the two.", name=answer["name"]
        )
    total = round_money(Decimal(str(answer["amount_total"])), invoice.currency)
    if total == invoice.total:
        return None
    return _(
        "The posted invoice was changed in Odoo: it comes to %(total)s %(currency)s there, and was "
        "issued for %(issued)s. Put it right in Odoo, or credit it.",
        total=total,
        currency=invoice.currency,
        issued=round_money(invoice.total, invoice.currency),
    )


class Notes:
    """How allocations are to follow what Odoo counts: collected invoice by invoice, written all at once."""

    def __init__(self) -> None:
        self._counted: list[int] = []
        self._undone: list[Allocation] = []
        self._new: list[tuple[Invoice, Payment, Decimal, Decimal]] = []
        self._used: list[int] = []

    def take_uses(self, uses: list[CreditUse], counted: set[UUID | None]) -> str | None:
        """Compare what credit notes are used for with what Odoo counts. Returns why a person has to look at it."""
        reason = None
        for use in uses:
            if use.credit_note.uid in counted:
                if not use.in_books:
                    self._used.append(use.pk)
            elif use.in_books:
                reason = _(
                    "Credit note %(note)s was used for this invoice, but Odoo no longer counts it. Reconcile it there "
                    "again.",
                    note=use.credit_note,
                )
        return reason

    def take(
        self,
        invoice: Invoice,
        allocations: list[Allocation],
        counted: dict[Payment, Decimal],
        uses: Iterable[CreditUse] = (),
    ) -> str | None:
        """Compare a document's allocations with what Odoo counts. Returns why a person has to look at them.

        `uses`: of credit notes for it, or of the credit note itself; what they take is not there for payments.
        """
        known = {one.payment_id for one in allocations}
        reason, kept = None, sum((use.amount for use in uses), Decimal(0))
        for allocation in allocations:
            if allocation.payment in counted:
                if not allocation.in_books:
                    self._counted.append(allocation.pk)
            elif allocation.payment.origin == Payment.Origin.BOOKS:
                self._undone.append(allocation)
                continue
            elif allocation.in_books:
                reason = _(
                    "%(payment)s was taken at the desk, but Odoo no longer counts it towards this invoice. Reconcile "
                    "it there again, or refund it here.",
                    payment=allocation.payment,
                )
            kept += allocation.amount
        for payment, amount in counted.items():
            if payment.pk not in known and payment.currency == invoice.currency:
                room = min(amount, invoice.total - kept)
                self._new.append((invoice, payment, room, payment.amount))
                kept += max(room, Decimal(0))
        return reason

    def write(self) -> None:
        """Write what was collected, in a fixed number of statements. Journalled, so that payments are looked at again:
        one that waited for a person, and was reconciled by one, is seen to be done."""
        if self._counted:
            Allocation.objects.filter(pk__in=self._counted).update(in_books=True)
        if self._used:
            CreditUse.objects.filter(pk__in=self._used).update(in_books=True)
        if self._undone:
            Allocation.objects.filter(pk__in=[one.pk for one in self._undone]).delete()
            undone = {one.payment_id for one in self._undone}
            let_go_of(Payment.objects.filter(pk__in=undone, allocations=None))
        if self._new:
            self._allocate()

    def _allocate(self) -> None:
        """Allocate the new payments, no more of each than it has left."""
        payments = {payment.pk for _, payment, *_ in self._new}
        sums = Allocation.objects.filter(payment__in=payments).order_by().values_list("payment")
        spent: dict[int, Decimal] = defaultdict(Decimal, sums.annotate(Sum("amount")))
        fresh = []
        for invoice, payment, room, whole in self._new:
            if (amount := min(room, whole - spent[payment.pk])) > 0:
                spent[payment.pk] += amount
                fresh.append(Allocation(payment=payment, invoice=invoice, amount=amount, in_books=True))
        Allocation.objects.bulk_create(fresh)


def let_go_of(payments: Iterable[Payment]) -> None:
    """Forget payments that were brought here from Odoo and are undone there."""
    payments = list(payments)
    Link.objects.filter(mapping="payment", uid__in=[payment.uid for payment in payments]).delete()
    Payment.objects.filter(pk__in=[payment.pk for payment in payments]).delete()


# After a restore of Odoo


def forget_invoices(uids: list[UUID]) -> None:
    """Forget how invoices stood in an Odoo that was restored: it is looked at anew, and drafts are posted again."""
    Standing.objects.filter(invoice__uid__in=uids).delete()
    BookCredit.objects.filter(invoice__uid__in=uids).delete()
    Allocation.objects.filter(invoice__uid__in=uids, payment__origin=Payment.Origin.DESK).update(in_books=False)
    CreditUse.objects.filter(Q(credit_note__uid__in=uids) | Q(invoice__uid__in=uids)).update(in_books=False)


def forget_counted(uids: list[UUID]) -> None:
    """Forget that Odoo has payments taken here, and what it counts them towards: they are posted and counted again."""
    Allocation.objects.filter(payment__uid__in=uids, payment__origin=Payment.Origin.DESK).update(in_books=False)
    Payment.objects.filter(uid__in=uids).update(in_books=False)


@transaction.atomic
def forget_payments(scope: Scope, uids: list[UUID], lost: list[UUID]) -> None:
    """Forget which payments an Odoo that was restored counts.

    What was registered there and is lost with it was received all the same: it becomes a payment of the desk's, which
    is sent like any other.
    """
    forget_counted(uids)
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
        if not allocation.in_books and not is_early(allocation)
    ]
    if not wanted:
        return {}
    lines = _receivable_lines(scope, [odoo_id for odoo_id, *_ in wanted])
    counted = _counted(scope, {invoice_id for *_, invoice_id in wanted})
    reasons: dict[UUID, str] = {}
    for odoo_id, payment, invoice_id in wanted:
        if odoo_id in counted.get(invoice_id, {odoo_id}):
            continue  # It is counted, or there is no such invoice any more, which shows when it is looked at again.
        try:
            for line in lines.get(odoo_id, []):
                scope.client.call(MOVE, "js_assign_outstanding_line", [invoice_id], line)
        except (Rejected, Missing) as error:
            reasons[payment.uid] = _(
                "Odoo does not count the payment towards its invoice: %(message)s", message=error.message
            )
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
    looked_at = look_at(
        scope, {one.invoice.uid: one.invoice for payment in payments for one in payment.allocations.all()}
    )
    open_ones = Allocation.objects.filter(payment__in=payments, in_books=False).select_related("payment", "invoice")
    return {
        allocation.payment.uid: (
            _(
                "Odoo has the payment but does not count it towards %(invoice)s, which may have been paid there "
                "already. Reconcile it in Odoo, or refund it here.",
                invoice=allocation.invoice,
            )
            if allocation.invoice.uid in looked_at and not is_early(allocation)
            else ""
        )
        for allocation in open_ones
    }


def look_at(scope: Scope, invoices: dict[UUID, Invoice], *, credited: bool = False) -> set[UUID]:
    """Read invoices by uid and take note of what Odoo says. Returns those that nobody else holds at this moment.

    `credited`: see `take_note`.
    """
    links = Link.objects.filter(connection=scope.connection, mapping="move", uid__in=invoices, odoo_id__isnull=False)
    lease, mine = claim(links.order_by("pk"), len(invoices))
    with held(lease):
        ids = {link.odoo_id: invoices[link.uid] for link in mine if link.odoo_id}
        answers = scope.client.read(MOVE, sorted(ids), READ) if ids else []
        take_note(scope, [(ids[answer["id"]], answer) for answer in answers], lease, credited=credited)
        # What the link has seen is older now: should Odoo go back to that, it must not look as if nothing had changed.
        Link.objects.filter(lease=lease).update(seen="")
    return {link.uid for link in mine}
