"""Issued invoices and credit notes as posted customer documents, under our own number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.totals import round_money
from odoo_bridge import booked, counting, crediting, ledger
from odoo_bridge.closing import explained
from odoo_bridge.disclosure import described, taxes
from odoo_bridge.entering import Chosen
from odoo_bridge.fields import Char, Const, Date, Lookup, Lookups, Number, Ref, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.parts import Lines
from odoo_bridge.posting import FISCAL_POSITION, INCOME, PRODUCT
from odoo_bridge.said import _

STANDS = _("What is paid and owed is what Odoo's books say.")
ALIKE = _("Both sides compute it, and a difference of a cent is never posted.")


def company(invoice: Any, scope: Any) -> int | None:
    """Return the company whose books an invoice is in."""
    found: int | None = scope.company_of(invoice.branch_id)
    return found


def kind_of_move(document: Any, scope: Any) -> str:
    return "out_refund" if document.is_credit_note else "out_invoice"


def credited(document: Any, scope: Any) -> str:
    """Return what Odoo's own dialogue writes on a credit note: what it reverses, and why."""
    return f"{document.credits.number}, {document.reason}" if document.is_credit_note else ""


def company_of_line(line: Any, scope: Any) -> int | None:
    return company(line.invoice, scope)


class Move(Mapping):
    """Created as a draft, compared to the cent, posted, and from then on only read.

    Odoo 16 and 17 let a posted invoice be changed over the API (observed), so it is the bridge that must not: every
    field is sent once, on creation.
    """

    key, odoo, local = "move", "account.move", "invoices.Invoice"
    person = "payer__uid"
    batch = 50
    branch = "branch"
    finishing = _("Posted")
    dated = "issued_on"
    consequences = {
        "post": _("A posted invoice cannot be taken back, only credited. Odoo mails none of them to patients."),
    }
    identity = ("name",)
    fixed = {
        "*": _("An issued invoice is a document: it is posted once, under its number, and from then on only credited."),
        "state": STANDS,
        "payment_state": STANDS,
        "amount_residual": STANDS,
        "invoice_payments_widget": STANDS,
        "amount_untaxed": ALIKE,
        "amount_tax": ALIKE,
        "amount_total": ALIKE,
    }
    one, called = _("invoice"), _("invoices")
    labels = {
        "move_type": _("kind of document"),
        "reversed_entry_id": _("credited invoice"),
        "ref": _("credited invoice and reason"),
        "name": _("number"),
        "journal_id": _("journal"),
        "invoice_line_ids": _("lines"),
        "state": _("posted or not"),
        "payment_state": _("paid or not"),
        "amount_untaxed": _("total before tax"),
        "amount_tax": _("tax"),
        "amount_total": _("total"),
        "amount_residual": _("still owed"),
        "invoice_payments_widget": _("payments counted"),
        "partner_id": _("payer"),
        "invoice_date": _("issued on"),
        "invoice_date_due": _("due on"),
        "currency_id": _("currency"),
        "fiscal_position_id": _("fiscal position"),
    }
    related = ("branch", "payer", "standing", "credits__standing")
    prefetched = ("lines", "uses__invoice__standing")
    pulled = [["move_type", "in", ["out_invoice", "out_refund"]]]
    observed = (
        "state",
        "payment_state",
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "amount_residual",
        "invoice_payments_widget",
    )

    move_type = Const(kind_of_move, "out_invoice", "out_refund")
    reversed_entry_id = Ref("move", "credits", once=True)
    ref = Char(credited, once=True)
    partner_id = Ref("partner", "payer", once=True)
    name = Char("number", once=True)
    journal_id = Lookup("account.journal", lambda invoice, scope: ("branch", invoice.branch.code), once=True)
    invoice_date = Date("issued_on", once=True)
    invoice_date_due = Date("due_on", once=True)
    currency_id = Lookup("res.currency", "currency", once=True)
    fiscal_position_id = Chosen("account.fiscal.position", FISCAL_POSITION, company)
    invoice_line_ids = Lines(
        "line",
        "lines",
        {
            "name": Char(described),
            "product_id": Chosen("product.product", PRODUCT, company_of_line),
            "account_id": Chosen("account.account", INCOME, company_of_line),
            "quantity": Number("quantity"),
            "price_unit": Number("unit_price"),
            "discount": Number("discount"),
            "tax_ids": Lookups("account.tax", lambda line, scope: taxes(line, line.invoice.branch_id, scope)),
        },
    )

    @classmethod
    def refers_to(cls) -> set[str]:
        # A credit note waits for its own invoice by itself.
        return super().refers_to() - {cls.key}

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.issued()

    @classmethod
    def sent_over(cls, connection: Any) -> Any:
        """What credits an invoice that stays here stays here as well."""
        records = super().sent_over(connection)
        if connection.history_from:
            records = records.exclude(credits__issued_on__lt=connection.history_from, credits__standing=None)
        return records

    def is_wanted(self, record: Any) -> bool:
        return bool(record.is_issued)

    def is_finished(self, record: Any) -> bool:
        return hasattr(record, "standing") and all(use.in_books for use in record.uses.all())

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        if cutoff is None or record.issued_on is None:
            return False
        of = record.credits
        return record.issued_on < cutoff or (of is not None and of.issued_on < cutoff and not hasattr(of, "standing"))

    def ours(self, record: Any, *, new: bool = False) -> Values:
        if new and record.is_credit_note:
            crediting.wait_for(self.scope, record)
        return super().ours(record, new=new)

    def steps(self, record: Any, answer: Values | None) -> list[str]:
        assigns = [] if all(use.in_books for use in record.uses.all()) else ["assign"]
        if answer is None:
            return ["post", *assigns]
        if self.is_finished(record) or answer["state"] != "draft":
            return assigns
        if reason := self._difference(record, answer):
            raise Refused(reason)
        return ["post", *assigns]

    def worth(self, record: Any) -> tuple[str, Decimal]:
        return record.currency, round_money(record.total, record.currency)

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        drafts = [(invoice, odoo_id, answer) for invoice, odoo_id, answer in found if answer["state"] == "draft"]
        reasons = {
            invoice.uid: reason for invoice, _, answer in drafts if (reason := self._difference(invoice, answer))
        }
        sound = {odoo_id: invoice for invoice, odoo_id, _ in drafts if invoice.uid not in reasons}
        for together in crediting.apart(sound):
            refused = self.act_on(together, "action_post", _("Odoo does not post it"))
            reasons |= explained(self.scope, refused, together.values())
        invoices = {odoo_id: invoice for invoice, odoo_id, _ in found if invoice.uid not in reasons}
        refused = counting.assign(self.scope, invoices)
        open_ones = counting.look_again(self.scope, list(invoices.values()))
        # As with payments: what Odoo refuses and yet counts is no refusal.
        open_ones |= {uid: reason for uid, reason in refused.items() if uid in open_ones}
        answers = self.scope.client.read(self.odoo, list(invoices), self.read_fields) if invoices else []
        noted = self.observe([(invoices[answer["id"]], answer) for answer in answers])
        return reasons | open_ones | noted

    def _difference(self, invoice: Any, answer: Values) -> str | None:
        """Say how Odoo's amounts differ from ours, if they do: a difference is never posted."""
        ours = tuple(round_money(amount, invoice.currency) for amount in (invoice.untaxed, invoice.tax, invoice.total))
        names = ("amount_untaxed", "amount_tax", "amount_total")
        theirs = tuple(round_money(Decimal(str(answer[name])), invoice.currency) for name in names)
        if ours == theirs:
            return None
        return _(
            "Odoo computes %(total)s with %(tax)s tax %(currency)s, the invoice says "
            "%(our_total)s with %(our_tax)s tax. "
            "It waits as a draft in Odoo.",
            total=theirs[2],
            tax=theirs[1],
            currency=invoice.currency,
            our_total=ours[2],
            our_tax=ours[1],
        )

    def amounts(self, record: Any, answer: Values) -> dict[str, dict[str, str]]:
        ours = {"amount_untaxed": record.untaxed, "amount_tax": record.tax, "amount_total": record.total}
        if hasattr(record, "standing"):
            ours["amount_residual"] = record.standing.residual
        return {
            name: {
                "ours": str(round_money(amount, record.currency)),
                "theirs": str(round_money(Decimal(str(answer[name])), record.currency)),
            }
            for name, amount in ours.items()
        }

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        return ledger.take_note(self.scope, found, self.lease)

    def strangers(self, answers: list[Values]) -> None:
        """Look at the invoices that credit notes made in Odoo reverse: Odoo may not have changed the invoices."""
        if invoices := booked.credited_by(self.scope, answers):
            ledger.look_at(self.scope, {one.uid: one for one in invoices}, credited=True)

    @classmethod
    def forget(cls, uids: list[UUID]) -> None:
        ledger.forget_invoices(uids)

    def take_back(self, uids: list[UUID], lost: list[UUID]) -> None:
        self.forget(uids)
