"""``stock.quant``: how many of a product lie in a location, and counting them anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.errors import UserError, ValidationError
from odoo_bridge.sandbox.models import warehouse
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import rounded

# What may be written while counting (context ``inventory_mode``).
COUNTED = {"inventory_quantity", "inventory_quantity_set", "inventory_diff_quantity", "inventory_date", "user_id"}


class StockQuant(BaseModel):
    name = "stock.quant"

    @property
    def _is_counting(self) -> bool:
        return bool(self.env.context.get("inventory_mode"))

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        """While counting, a count of what is known already goes to the quant that is there (observed)."""
        return [self._count_or_create(dict(vals)) for vals in vals_list]

    def _count_or_create(self, vals: Vals) -> int:
        if not self._is_counting or "inventory_quantity" not in vals:
            return super()._create([vals])[0]
        counted = {"inventory_quantity": vals.pop("inventory_quantity"), "inventory_quantity_set": True}
        counted |= {"user_id": vals.pop("user_id", self.env.uid), "inventory_date": self.env.today}
        known = self.env.value(
            "SELECT MIN(id) FROM stock_quant WHERE product_id = ? AND location_id = ?",
            (vals.get("product_id") or 0, vals.get("location_id") or 0),
        )
        quant = known or super()._create([vals])[0]
        self._write([quant], counted)
        return int(quant)

    def _before_create(self, vals: Vals) -> Vals:
        product, location = int(vals.get("product_id") or 0), vals.get("location_id")
        known = self.env["product.product"]._existing([product]) if product else ()
        if product in known and not warehouse.is_stored(self.env, product):
            raise ValidationError("Quants cannot be created for consumables or services.")
        vals.setdefault("in_date", self.env.stamp[:19])
        vals.setdefault("company_id", self.env.company_id)
        if location and self._usage(location) in ("internal", "transit"):
            vals.setdefault("inventory_date", f"{self.env.today[:4]}-12-31")
        return vals

    def _usage(self, location: int) -> str:
        return str(self.env.value("SELECT usage FROM stock_location WHERE id = ?", (location,)))

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self._tell_difference(ids)

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if self._is_counting and vals.keys() - COUNTED:
            raise UserError("Quant's editing is restricted, you can't do this operation.")
        if "inventory_quantity" in vals:
            vals.setdefault("inventory_quantity_set", True)
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        if vals.keys() & {"inventory_quantity", "inventory_quantity_set"}:
            self._tell_difference(ids)

    def _tell_difference(self, ids: list[int]) -> None:
        for each in ids:
            counted, quantity = self._stored(each, "inventory_quantity", "quantity")
            difference = rounded((counted or 0.0) - (quantity or 0.0), warehouse.STEP)
            self._update([each], {"inventory_diff_quantity": difference})

    def _set_quantity(self, quant: int, quantity: float) -> None:
        self._update([quant], {"quantity": quantity, "in_date": self.env.stamp[:19]})

    @public
    def action_apply_inventory(self, ids: Any) -> None:
        """Makes the counted quantity the quantity on hand, by a move from or to "Inventory adjustment"."""
        found = self._ids(ids)
        self._require(found)
        if self.profile.only_managers_apply_inventory and not self.env.is_admin:
            raise UserError("Only a stock manager can validate an inventory adjustment.")
        for each in found:
            self._apply(each)

    def _apply(self, quant: int) -> None:
        product, location, counted, quantity, counter = self._stored(
            quant, "product_id", "location_id", "inventory_quantity", "quantity", "user_id"
        )
        difference = rounded((counted or 0.0) - (quantity or 0.0), warehouse.STEP)
        lost = self.env.value("SELECT MIN(id) FROM stock_location WHERE usage = 'inventory' AND active = 1")
        places = (lost, location) if difference >= 0 else (location, lost)
        title = "Product Quantity Updated" if difference else "Product Quantity Confirmed"
        if counter:
            title += f" ({self.env['res.users']._display([counter])[counter]})"
        self.env["stock.move"]._adjust(product, abs(difference), places, title)
        cleared: Vals = {"inventory_quantity": 0.0, "inventory_quantity_set": 0, "inventory_diff_quantity": 0.0}
        self._update([quant], {**cleared, "user_id": None, "inventory_date": f"{self.env.today[:4]}-12-31"})

    @public
    def action_clear_inventory_quantity(self, ids: Any) -> None:
        found = self._ids(ids)
        self._require(found)
        self._update(found, {"inventory_quantity": 0.0, "inventory_quantity_set": 0, "user_id": None})
        self._tell_difference(found)

    def _compute_available_quantity(self, ids: list[int]) -> dict[int, float]:
        held = self._column_of(ids, "reserved_quantity")
        return {
            each: rounded((quantity or 0.0) - (held[each] or 0.0), warehouse.STEP)
            for each, quantity in self._column_of(ids, "quantity").items()
        }

    def _compute_warehouse_id(self, ids: list[int]) -> dict[int, Any]:
        row = self.env.execute("SELECT id, name FROM stock_warehouse ORDER BY id LIMIT 1").fetchone()
        inside = {
            each: self._usage(location) in ("internal", "transit")
            for each, location in self._column_of(ids, "location_id").items()
        }
        return {each: list(row) if row and within else False for each, within in inside.items()}

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """By its location: "WH/Stock"."""
        located = self._column_of(ids, "location_id")
        names = self.env["stock.location"]._display(set(located.values()))
        return {each: names[place] for each, place in located.items()}
