"""The books as somebody sees them who works in Odoo, and what that person does there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import mapping_for

ALL = {"active_test": False}


def link_of(record: Any, connection: Connection) -> Link:
    mapping = mapping_for(type(record))
    assert mapping
    return Link.objects.get(connection=connection, mapping=mapping.key, uid=record.uid)


class Books:
    def __init__(self, odoo: Client, connection: Connection) -> None:
        self.odoo, self.connection = odoo, connection

    def link(self, record: Any) -> Link:
        return link_of(record, self.connection)

    def model(self, record: Any) -> str:
        mapping = mapping_for(type(record))
        assert mapping
        return mapping.odoo

    def odoo_id(self, record: Any) -> int:
        found = self.link(record).odoo_id
        assert found, f"{record!r} is not in Odoo: {self.link(record).reason}"
        return int(found)

    def of(self, record: Any, *fields: str) -> dict[str, Any]:
        """Return what Odoo has of one of the clinic's records."""
        [answer] = self.odoo.read(self.model(record), [self.odoo_id(record)], list(fields))
        return answer

    def count(self, record: Any, domain: list[Any]) -> int:
        return self.odoo.search_count(self.model(record), domain, context=ALL)

    def edit(self, record: Any, **values: Any) -> None:
        """Change a record in Odoo."""
        self.odoo.write(self.model(record), [self.odoo_id(record)], values, context={"no_mail_to_attendees": True})

    def delete(self, record: Any) -> None:
        self.odoo.unlink(self.model(record), [self.odoo_id(record)])

    def pay(self, invoice: Any, amount: str | None = None) -> int:
        """Register a payment for an invoice as people do in Odoo: by the wizard. Returns the payment's id."""
        context = {"active_model": "account.move", "active_ids": [self.odoo_id(invoice)]}
        values = {} if amount is None else {"amount": float(Decimal(amount))}
        wizard = self.odoo.create("account.payment.register", values, context=context)
        action = self.odoo.call("account.payment.register", "action_create_payments", [wizard], context=context)
        return int(action["res_id"])

    def credit(self, invoice: Any, price: str | None = None, *, count: bool = True) -> int:
        """Credit an invoice as people do in Odoo: by the dialogue, the one line lowered to `price` if one is given.

        `count`: see to it that it is counted towards the invoice, which 16 leaves to people. Returns its id.
        """
        context = {"active_model": "account.move", "active_ids": [self.odoo_id(invoice)]}
        move = self.of(invoice, "journal_id")
        wizard = self.odoo.create(
            "account.move.reversal", {"journal_id": move["journal_id"][0], "reason": "Agreed"}, context=context
        )
        method = "reverse_moves" if self.odoo.version().major == 16 else "refund_moves"
        action = self.odoo.call("account.move.reversal", method, [wizard], context=context)
        note = int(action["res_id"])
        if price is not None:
            [row] = self.odoo.read("account.move", [note], ["invoice_line_ids"])
            [line] = row["invoice_line_ids"]
            self.odoo.write("account.move", [note], {"invoice_line_ids": [[1, line, {"price_unit": float(price)}]]})
        self.odoo.call("account.move", "action_post", [note])
        if count:
            self.reconcile(invoice, note)
        return note

    def reconcile(self, invoice: Any, note: int) -> None:
        """Count what is left of a credit note towards an invoice."""
        open_lines = [["move_id", "=", note], ["account_id.account_type", "=", "asset_receivable"]]
        for row in self.odoo.search_read("account.move.line", [*open_lines, ["reconciled", "=", False]], ["id"]):
            self.odoo.call("account.move", "js_assign_outstanding_line", [self.odoo_id(invoice)], row["id"])
