"""Money taken at the desk as posted payments, assigned to their invoices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.invoices.models import Invoice
from clinic.totals import round_money
from odoo_bridge import ledger, returning
from odoo_bridge.fields import Char, Const, Date, Lookup, NotYet, Number, Ref
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.said import _


def journal(payment: Any, scope: Any) -> tuple[str, int | None, str]:
    """Return the key of the journal that the method's money goes into: one of the company that has the invoice.

    Odoo counts no payment of one company towards an invoice of another, and says nothing (observed on 17).
    """
    paid = next(iter((payment.returns or payment).allocations.all()), None)
    company = scope.company_of_invoice(paid.invoice) if paid else scope.company_of(payment.branch_id)
    return ("method", company, payment.method)


def invoice_numbers(payment: Any, scope: Any) -> str:
    return ", ".join(allocation.invoice.number for allocation in payment.allocations.all())


def direction(payment: Any, scope: Any) -> str:
    return "outbound" if payment.is_refund else "inbound"


class Payment(Mapping):
    """Created by `load`, posted, assigned: each step may be repeated without harm (observed on 16, 17 and 19).

    The wizard that people use in Odoo is not repeatable: called twice, it pays twice.
    """

    key, odoo, local = "payment", "account.payment", "invoices.Payment"
    person = "payer__uid"
    batch = 50
    branch, follows = "branch", ("move", "allocations__invoice__uid")
    finishing = _("Posted and counted towards its invoice")
    consequences = {
        "post": _("Payments are registered in Odoo's bank and cash journals, and reduce what its customers owe."),
    }
    identity = ("partner_id", "amount", "date", "ref", "memo")
    fixed = {"*": _("Money that was received is a fact: it is posted once, and undone only by a refund.")}
    one, called = _("payment"), _("payments")
    labels = {
        "payment_type": _("direction"),
        "partner_type": _("customer or supplier"),
        "journal_id": _("journal"),
        "ref": _("invoice numbers"),
        "memo": _("invoice numbers"),
        "state": _("posted or not"),
        "partner_id": _("payer"),
        "amount": _("amount"),
        "currency_id": _("currency"),
        "date": _("received on"),
    }
    related = ("payer", "branch", "returns")
    prefetched = (
        "allocations__invoice__standing",
        "allocations__invoice__branch",
        "returns__allocations__invoice__branch",
    )
    observed = ("state",)

    payment_type = Const(direction, "inbound", "outbound")
    partner_type = Const("customer")
    partner_id = Ref("partner", "payer", once=True)
    amount = Number("amount", once=True)
    currency_id = Lookup("res.currency", "currency", once=True)
    date = Date("received_on", once=True)
    journal_id = Lookup("account.journal", journal, once=True)
    ref = Char(invoice_numbers, once=True, optional=True)
    memo = Char(invoice_numbers, once=True, optional=True)

    @classmethod
    def refers_to(cls) -> set[str]:
        return {"partner", "move"}

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.filter(origin="desk")

    def is_wanted(self, record: Any) -> bool:
        return bool(record.origin == "desk")

    def fetch(self, uids: Iterable[UUID]) -> dict[UUID, Any]:
        found = super().fetch(uids)
        self.scope.know("payment", [payment.returns.uid for payment in found.values() if payment.returns])
        invoices = [paid.invoice for payment in found.values() for paid in payment.allocations.all()]
        self.scope.know_companies({invoice.uid for invoice in invoices})
        return found

    @classmethod
    def sent_over(cls, connection: Any) -> Any:
        """Payments of an invoice that stays here have nothing to be counted towards in Odoo."""
        records = cls.belongs()
        if connection.history_from:
            kept = Invoice.objects.filter(issued_on__lt=connection.history_from, standing=None)
            records = records.exclude(allocations__invoice__in=kept)
        return records

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        return cutoff is not None and any(
            one.invoice.issued_on < cutoff and not hasattr(one.invoice, "standing") for one in record.allocations.all()
        )

    def steps(self, record: Any, answer: Values | None) -> list[str]:
        posts = ["post"] if answer is None or answer["state"] == "draft" else []
        return posts + ([] if self.is_finished(record) else ["assign"])

    def worth(self, record: Any) -> tuple[str, Decimal]:
        return record.currency, round_money(record.amount, record.currency)

    def is_finished(self, record: Any) -> bool:
        allocations = record.allocations.all()
        # A deposit has no invoice that would tell, nor has money that a deposit gives back.
        return all(one.in_books for one in allocations) and (record.in_books or bool(allocations))

    def ours(self, record: Any, *, new: bool = False) -> Values:
        for allocation in record.allocations.all():
            invoice = allocation.invoice
            if not hasattr(invoice, "standing") and not self.scope.expects("move", invoice.uid):
                raise NotYet(
                    _("Waits until invoice %(invoice)s is posted in Odoo.", invoice=invoice), "move", invoice.uid
                )
        if record.returns and not self.scope.expects("payment", record.returns.uid):
            self.scope.odoo_id("payment", record.returns)
        return super().ours(record, new=new)

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        drafts = {odoo_id: payment for payment, odoo_id, answer in found if answer["state"] == "draft"}
        reasons = self.act_on(drafts, "action_post", _("Odoo does not post it"))
        posted = {odoo_id: payment for payment, odoo_id, _ in found if payment.uid not in reasons}
        refused = ledger.assign(self.scope, posted) | returning.give_back(self.scope, posted)
        open_ones = ledger.look_again(self.scope, list(posted.values())) | returning.take_note(self.scope, posted)
        # Odoo also refuses what is in the books by an earlier call, whose answer was lost: that is no refusal.
        return reasons | open_ones | {uid: reason for uid, reason in refused.items() if uid in open_ones}

    def amounts(self, record: Any, answer: Values) -> dict[str, dict[str, str]]:
        theirs = round_money(Decimal(str(answer["amount"])), record.currency)
        return {"amount": {"ours": str(round_money(record.amount, record.currency)), "theirs": str(theirs)}}

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        undone = {"draft", "cancel", "canceled", "rejected"}
        # One that was brought here and counts towards nothing here: there is no invoice that would tell of it.
        ledger.let_go_of(
            payment
            for payment, answer in found
            if payment.origin == "books" and answer["state"] in undone and not payment.allocations.all()
        )
        return {
            payment.uid: _("This payment was undone in Odoo. Put it right there, or refund it here.")
            for payment, answer in found
            if payment.origin == "desk" and self.is_finished(payment) and answer["state"] in undone
        }

    @classmethod
    def forget(cls, uids: list[UUID]) -> None:
        ledger.forget_counted(uids)

    def take_back(self, uids: list[UUID], lost: list[UUID]) -> None:
        ledger.forget_payments(self.scope, uids, lost)
