"""Sale orders: made with their lines, confirmed, cancelled. The user needs the sales rights on all documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from odoo_bridge.client.cells import cells, column
from odoo_bridge.client.commands import Command
from odoo_bridge.client.core import Client
from odoo_bridge.client.model import Model
from odoo_bridge.errors import Rejected

CONFIRMED = ("sale", "done")
"""States of a confirmed order; 'done' (locked) is one of Odoo 16 only, later versions have a field `locked`."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`quantity` of a `product` (id). `price` of one in the order's currency, `text`, `taxes` (ids) and `unit`
    (id) are the product's own where they are None. `discount`: percent."""

    product: int
    quantity: Decimal | int = 1
    price: Decimal | None = None
    text: str | None = None
    discount: Decimal | None = None
    taxes: tuple[int, ...] | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as Odoo holds it. Amounts are in the order's currency. `state`: draft, sent, sale, done, cancel."""

    id: int
    name: str
    state: str
    untaxed: Decimal
    tax: Decimal
    total: Decimal

    @property
    def confirmed(self) -> bool:
        """Whether the customer's order stands."""
        return self.state in CONFIRMED


class Sales:
    """The sale orders of one Odoo. Names of fields that changed with the versions are looked up."""

    def __init__(self, client: Client) -> None:
        self.orders = Model(client, "sale.order")
        self.lines = Model(client, "sale.order.line")

    def read(self, order: int) -> Order:
        """An order. Raises Missing when it is gone."""
        row = self.orders.one(order, ["name", "state", "amount_untaxed", "amount_tax", "amount_total"])
        amounts = (row[name] or Decimal(0) for name in ("amount_untaxed", "amount_tax", "amount_total"))
        return Order(row["id"], row["name"] or "", row["state"], *amounts)

    def create(
        self,
        customer: int,
        lines: Sequence[OrderLine],
        *,
        reference: str | None = None,
        valid_until: date | None = None,
        external_id: str | None = None,
    ) -> int:
        """Make a quotation for a customer (id); its id. `reference`: the customer's.

        With an `external_id` ('module.name'), the call may be repeated after Uncertain: it then gives the same
        order, whose lines are those of the same places; lines that are no longer given stay. Each detail of
        the lines is then given for all of them or for none, since an empty cell would clear it.
        """
        head: dict[str, Any] = {"partner_id": customer}
        if reference is not None:
            head["client_order_ref"] = reference
        if valid_until is not None:
            head["validity_date"] = valid_until
        values = [self._values(line) for line in lines]
        if external_id is not None:
            return self._load(external_id, head, values)
        schema = self.lines.schema
        return self.orders.create({**head, "order_line": [Command.create(schema.values(line)) for line in values]})

    def confirm(self, order: int) -> Order:
        """Confirm an order, unless it is confirmed; the order as it is then.

        Raises Rejected for a cancelled one, and when Odoo left it as it was.
        """
        found = self.read(order)
        if found.confirmed:
            return found
        if found.state == "cancel":
            raise Rejected(f"Order {found.name} is cancelled.", field="state", model="sale.order")
        self.orders.call("action_confirm", [order])
        return self._reached(order, CONFIRMED, "confirmed")

    def cancel(self, order: int) -> Order:
        """Cancel an order, unless it is cancelled; the order as it is then.

        Odoo 16 and 17 answer a confirmed order with a question and change nothing, unless the context says not
        to ask; Odoo 19 cancels (observed). Raises Rejected when Odoo left the order as it was.
        """
        found = self.read(order)
        if found.state == "cancel":
            return found
        self.orders.call("action_cancel", [order], context={"disable_cancel_warning": True})
        return self._reached(order, ("cancel",), "cancelled")

    def _reached(self, order: int, states: Sequence[str], what: str) -> Order:
        found = self.read(order)
        if found.state not in states:
            raise Rejected(f"Odoo has not {what} order {found.name}.", field="state", model="sale.order")
        return found

    # ---- lines

    def _values(self, line: OrderLine) -> dict[str, Any]:
        known = self.lines.schema.fields
        taxes = "tax_ids" if "tax_ids" in known else "tax_id"  # 19, and before
        unit = "product_uom_id" if "product_uom_id" in known else "product_uom"
        details = {
            "price_unit": line.price,
            "name": line.text,
            "discount": line.discount,
            taxes: line.taxes,
            unit: line.unit,
        }
        given = {name: value for name, value in details.items() if value is not None}
        return {"product_id": line.product, "product_uom_qty": line.quantity, **given}

    def _load(self, external_id: str, head: dict[str, Any], lines: list[dict[str, Any]]) -> int:
        names = list(lines[0]) if lines else []
        for line in lines:
            for name in set(line) ^ set(names):
                raise Rejected("Give it for all lines of the order or for none.", field=name, model="sale.order.line")
        columns = ["id", *(column(self.orders.schema, name) for name in head)]
        rows = [[external_id, *cells(self.orders.schema, head)]]
        if lines:
            columns += ["order_line/id", *(f"order_line/{column(self.lines.schema, name)}" for name in names)]
            rows += [[""] * len(rows[0]) for _ in lines[1:]]
            for number, (row, line) in enumerate(zip(rows, lines, strict=True), start=1):
                ordered = {name: line[name] for name in names}
                row += [f"{external_id}_line{number}", *cells(self.lines.schema, ordered)]
        return self.orders.client.load("sale.order", columns, rows).raise_if_refused()[0]
