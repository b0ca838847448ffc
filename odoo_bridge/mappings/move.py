"""Issued invoices as posted customer invoices, under our own number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.totals import round_money
from odoo_bridge import ledger
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
    related = ("branch", "payer", "standing")
    prefetched = ("lines",)
    pulled = [["move_type", "=", "out_invoice"]]
    observed = (
        "state",
        "payment_state",
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "amount_residual",
        "invoice_payments_widget",
    )

    move_type = Const("out_invoice")
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
    def belongs(cls) -> Any:
        return cls.model().objects.issued()

    def is_wanted(self, record: Any) -> bool:
        return bool(record.is_issued)

    def is_finished(self, record: Any) -> bool:
        return hasattr(record, "standing")

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        return cutoff is not None and record.issued_on is not None and record.issued_on < cutoff

    def steps(self, record: Any, answer: Values | None) -> list[str]:
        if answer is None:
            return ["post"]
        if self.is_finished(record) or answer["state"] != "draft":
            return []
        if reason := self._difference(record, answer):
            raise Refused(reason)
        return ["post"]

    def worth(self, record: Any) -> tuple[str, Decimal]:
        return record.currency, round_money(record.total, record.currency)

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        drafts = [(invoice, odoo_id, answer) for invoice, odoo_id, answer in found if answer["state"] == "draft"]
        reasons = {
            invoice.uid: reason for invoice, _, answer in drafts if (reason := self._difference(invoice, answer))
        }
        sound = {odoo_id: invoice for invoice, odoo_id, _ in drafts if invoice.uid not in reasons}
        refused = self.act_on(sound, "action_post", _("Odoo does not post it"))
        reasons |= explained(self.scope, refused, sound.values())
        invoices = {odoo_id: invoice for invoice, odoo_id, _ in found if invoice.uid not in reasons}
        answers = self.scope.client.read(self.odoo, list(invoices), self.read_fields) if invoices else []
        return reasons | self.observe([(invoices[answer["id"]], answer) for answer in answers])

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

    def take_back(self, uids: list[UUID], lost: list[UUID]) -> None:
        ledger.forget_invoices(uids)
