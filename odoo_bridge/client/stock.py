"""Products in stock: how many there are, and taking some out. The user needs *Inventory: user*.

Quantities of `stock.quant` are never written: Odoo lets a plain stock user do so, and leaves no trace of it
(observed on Odoo 16, 17 and 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo_bridge.client.cells import cells, column
from odoo_bridge.client.core import Client
from odoo_bridge.client.domains import F
from odoo_bridge.client.model import Model
from odoo_bridge.errors import Rejected


@dataclass(frozen=True, slots=True)
class Available:
    """What lies of a product (id) in one location (id), in the product's unit. One product may lie there in
    several lots."""

    product: int
    location: int
    quantity: Decimal
    reserved: Decimal

    @property
    def free(self) -> Decimal:
        """What is not promised to somebody."""
        return self.quantity - self.reserved


class Stock:
    """The stock of one Odoo."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._quants = Model(client, "stock.quant")
        self._moves = Model(client, "stock.move")
        self._pickings = Model(client, "stock.picking")
        self._scraps = Model(client, "stock.scrap")

    def available(self, products: Sequence[int] = (), *, within: int | None = None) -> list[Available]:
        """What is in the internal locations: of all products or of those (ids); `within`: of one location
        (id) and those below it."""
        domain = F("location_id.usage") == "internal"
        if products:
            domain &= F("product_id").in_(products)
        if within is not None:
            domain &= F("location_id").child_of(within)
        fields = ["product_id", "location_id", "quantity", "reserved_quantity"]
        return [
            Available(
                row["product_id"].id, row["location_id"].id, _exact(row["quantity"]), _exact(row["reserved_quantity"])
            )
            for row in self._quants.each(domain, fields)
        ]

    def scrap(
        self, external_id: str, product: int, quantity: Decimal | int, location: int, *, origin: str | None = None
    ) -> int:
        """Take `quantity` of a product out of a location for good; the id of the scrap order.

        May be repeated with the same `external_id` ('module.name') after any error: what is done stays done
        once. Raises Rejected when there is not enough; the order then waits in Odoo as a draft.
        """
        values = {"product_id": product, "scrap_qty": quantity, "location_id": location, "origin": origin}
        scrap = self._made(self._scraps, external_id, values)
        if self._state(self._scraps, scrap) != "done":
            self._scraps.call("action_validate", [scrap])
            if self._state(self._scraps, scrap) != "done":  # Odoo answered with a question instead
                raise Rejected("There is not enough of the product in stock.", field="scrap_qty", model="stock.scrap")
        return scrap

    def consume(
        self,
        external_id: str,
        product: int,
        quantity: Decimal | int,
        location: int,
        destination: int,
        operation: int,
        *,
        origin: str | None = None,
    ) -> int:
        """Move `quantity` of a product from a location to another by a transfer; the transfer's id.

        `operation`: the id of the operation type (`stock.picking.type`). May be repeated with the same
        `external_id` ('module.name') after any error, and goes on where it stopped. Raises Rejected when
        there is not enough; the transfer then waits in Odoo.
        """
        picking = self._transfer(external_id, product, quantity, location, destination, operation, origin)
        if self._state(self._pickings, picking) == "draft":
            self._pickings.call("action_confirm", [picking])
        if self._state(self._pickings, picking) != "done":
            self._reserve(picking)
            self._fill_in(picking)
            self._pickings.call("button_validate", [picking])
            self._refuse_unless_done(picking)
        return picking

    def _reserve(self, picking: int) -> None:
        """A transfer counts as ready when a part of it is there (observed on Odoo 17): its moves tell."""
        if self._ready(picking):
            return
        self._pickings.call("action_assign", [picking])
        if not self._ready(picking):
            raise Rejected("There is not enough of the product in stock.", field="product_uom_qty", model="stock.move")

    def _ready(self, picking: int) -> bool:
        return all(move["state"] == "assigned" for move in self._moves.find(F("picking_id") == picking, ["state"]))

    def _refuse_unless_done(self, picking: int) -> None:
        state = self._state(self._pickings, picking)
        if state != "done":  # Odoo answered with a question instead
            raise Rejected(f"The transfer is {state} in Odoo.", field="state", model="stock.picking")

    def _transfer(
        self,
        external_id: str,
        product: int,
        quantity: Decimal | int,
        location: int,
        destination: int,
        operation: int,
        origin: str | None,
    ) -> int:
        places = {"location_id": location, "location_dest_id": destination}
        move: dict[str, Any] = {
            "product_id": product,
            "product_uom_qty": quantity,
            "product_uom": self._unit(product),
            **places,
        }
        if "name" in self._moves.schema.fields:
            move["name"] = origin or external_id  # required on Odoo 16 and 17, gone on 19 (observed)
        values = {"picking_type_id": operation, **places, "origin": origin}
        return self._made(self._pickings, external_id, values, move)

    def _made(self, model: Model, external_id: str, values: dict[str, Any], move: dict[str, Any] | None = None) -> int:
        """The record of that external id, made if there is none: a second `load()` would write on what is done."""
        found = self._client.resolve(external_id)
        if found:
            if found[0] != model.name:
                raise Rejected(f"{external_id} belongs to a record of {found[0]}.", field="id", model=model.name)
            return found[1]
        columns = ["id", *(column(model.schema, name) for name in values)]
        row = [external_id, *cells(model.schema, values)]
        if move:
            columns += ["move_ids/id", *(f"move_ids/{column(self._moves.schema, name)}" for name in move)]
            row += [f"{external_id}_move", *cells(self._moves.schema, move)]
        return self._client.load(model.name, columns, [row]).raise_if_refused()[0]

    def _fill_in(self, picking: int) -> None:
        """All that was asked for is done: `quantity_done` on Odoo 16, `quantity` and `picked` later (observed)."""
        known = self._moves.schema.fields
        for move in self._moves.find(F("picking_id") == picking, ["product_uom_qty"]):
            wanted = move["product_uom_qty"]
            done = {"quantity_done": wanted} if "quantity_done" in known else {"quantity": wanted, "picked": True}
            self._moves.write(move["id"], done)

    def _unit(self, product: int) -> int:
        unit: int = Model(self._client, "product.product").one(product, ["uom_id"])["uom_id"].id
        return unit

    def _state(self, model: Model, record: int) -> str:
        return str(model.one(record, ["state"])["state"])


def _exact(value: Decimal | float | None) -> Decimal:
    """A quantity, also where Odoo does not tell its digits."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))
