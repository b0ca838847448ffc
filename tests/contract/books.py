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
