"""``stock.move``: so many of a product from one location to another.

16 keeps what is reserved and what is done apart (``reserved_availability``, ``quantity_done``); from 17 on
``quantity`` is both, and ``picked`` tells that it was taken.
"""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models import warehouse
from odoo_bridge.sandbox.models.warehouse import PENDING, STEP
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import is_zero, rounded


class StockMove(BaseModel):
    name = "stock.move"
    not_copied = frozenset({"picked", "quantity", "quantity_done"})
    marks_copies = False

    @property
    def done_column(self) -> str:
        return "quantity" if "quantity" in self.fields else "quantity_done"

    # -- creating and changing

    def _before_create(self, vals: Vals) -> Vals:
        product = vals.get("product_id")
        if product and self.env["product.product"]._existing([product]):
            unit, title = self.env["product.product"]._stored(product, "uom_id", "name")
            vals["product_uom"] = vals.get("product_uom") or unit
            vals.setdefault("description_picking", title)
        vals.setdefault("product_uom_qty", 0.0)
        vals.setdefault("company_id", self.env.company_id)
        vals["date"] = vals.get("date") or self.env.stamp[:19]
        vals.setdefault(self.done_column, 0.0)
        self._take_from_picking(vals)
        vals.setdefault("reference", vals.get("name") or False)
        return vals

    def _take_from_picking(self, vals: Vals) -> None:
        if vals.get("picking_id"):
            columns = ("picking_type_id", "location_id", "location_dest_id")
            name, *shared = self.env["stock.picking"]._stored(int(vals["picking_id"]), "name", *columns)
            vals["reference"] = name
            for column, value in zip(columns, shared, strict=True):
                vals[column] = vals.get(column) or value

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        for each, vals in zip(ids, vals_list, strict=True):
            if vals.get(self.done_column):
                self._hold(each, float(vals[self.done_column]))

    def _write(self, ids: list[int], vals: Vals) -> None:
        before = self._column_of(ids, self.done_column)
        super()._write(ids, vals)
        for each in ids:
            if self.done_column in vals:
                self._change_done(each, before[each] or 0.0)
        self.env["stock.picking"]._follow(self._pickings(ids))

    def _change_done(self, move: int, before: float) -> None:
        """A new quantity: what is reserved follows, and of a move that was done the stock itself."""
        state, product, source, target, now = self._stored(
            move, "state", "product_id", "location_id", "location_dest_id", self.done_column
        )
        if state == "done":
            warehouse.put(self.env, product, source, before - now)
            warehouse.put(self.env, product, target, now - before)
        elif state != "cancel":
            self._hold(move, now)

    def _before_unlink(self, ids: list[int]) -> None:
        if "done" in self._column_of(ids, "state").values():
            raise UserError(
                "You can not delete product moves if the picking is done. You can only correct the done quantities."
            )
        warehouse.release(self.env, ids)

    # -- the way of a move

    def _confirm(self, ids: list[int]) -> None:
        drafts = [each for each, state in self._column_of(ids, "state").items() if state == "draft"]
        self._update(drafts, {"state": "confirmed"})
        for each in drafts:
            self._assign(each)

    def _assign(self, move: int) -> None:
        """Reserves what is missing and there. From where nothing is kept everything can be had."""
        state, product, source, demand = self._stored(move, "state", "product_id", "location_id", "product_uom_qty")
        if state not in PENDING or is_zero(demand, STEP):
            return
        has = sum(quantity for _location, quantity in warehouse.reserved(self.env, move))
        if self._is_unlimited(product, source):
            has = demand
        elif demand > has:
            has += warehouse.reserve(self.env, move, product, source, rounded(demand - has, STEP))
        if self.done_column == "quantity":
            self._update([move], {"quantity": max(has, self._stored(move, "quantity")[0] or 0.0)})
        self._settle(move, has)

    def _is_unlimited(self, product: int, location: int) -> bool:
        usage = self.env.value("SELECT usage FROM stock_location WHERE id = ?", (location,))
        return usage not in ("internal", "transit") or not warehouse.is_stored(self.env, product)

    def _hold(self, move: int, quantity: float) -> None:
        """From 17 on a quantity that is written is reserved as far as it is there."""
        if self.done_column == "quantity_done":
            self._write_lines(move)
            return
        warehouse.release(self.env, [move])
        product, source = self._stored(move, "product_id", "location_id")
        if not self._is_unlimited(product, source):
            warehouse.reserve(self.env, move, product, source, quantity)
        self._settle(move, quantity)

    def _settle(self, move: int, has: float) -> None:
        """State and lines after a change of what is reserved."""
        state, demand = self._stored(move, "state", "product_uom_qty")
        columns: Vals = {}
        if state in PENDING:
            partly = "partially_available" if has > 0 else "confirmed"
            columns["state"] = "assigned" if has >= demand else partly
        if "reserved_availability" in self.fields:
            columns["reserved_availability"] = has
        if columns:
            self._update([move], columns)
        self._write_lines(move)

    def _unreserve(self, ids: list[int]) -> None:
        waiting = [each for each, state in self._column_of(ids, "state").items() if state in PENDING]
        warehouse.release(self.env, waiting)
        for each in waiting:
            if self.done_column == "quantity":
                self._update([each], {"quantity": 0.0, "picked": 0})
            self._settle(each, 0.0)

    def _cancel(self, ids: list[int]) -> None:
        if "done" in self._column_of(ids, "state").values():
            raise UserError(
                "You cannot cancel a stock move that has been set to 'Done'. "
                "Create a return in order to reverse the moves which took place."
            )
        self._unreserve(ids)
        self._update(ids, {"state": "cancel"})

    def _finish(self, ids: list[int]) -> None:
        """Carries moves out, as far as their quantity says; a move of nothing is cancelled."""
        for each in ids:
            state, done = self._stored(each, "state", self.done_column)
            if state not in ("done", "cancel"):
                self._carry_out(each, done or 0.0)
        self.env["sale.order.line"]._deliver(ids)

    def _carry_out(self, move: int, quantity: float) -> None:
        product, source, target = self._stored(move, "product_id", "location_id", "location_dest_id")
        taken = self._shares(move, quantity) if quantity else []
        warehouse.release(self.env, [move])
        for location, part in taken:
            warehouse.put(self.env, product, location, -part)
        if quantity:
            warehouse.put(self.env, product, target, quantity)
        columns: Vals = {"state": "done" if quantity else "cancel", "date": self.env.stamp[:19]}
        if "picked" in self.fields:
            columns["picked"] = 1
        self._update([move], columns)
        self._write_lines(move, taken or [(source, quantity)])

    def _shares(self, move: int, quantity: float) -> list[tuple[int, float]]:
        """Where a quantity is taken from: what is reserved first, the rest from the move's own location."""
        (source,) = self._stored(move, "location_id")
        shares, left = [], quantity
        for location, part in warehouse.reserved(self.env, move):
            if left > 0:
                shares.append((location, min(part, left)))
                left = rounded(left - part, STEP)
        return [*shares, (source, left)] if left > 0 else shares

    def _adjust(self, product: int, quantity: float, places: tuple[int, int], title: str) -> int:
        """A move that is done at once, without a picking."""
        vals = {"product_id": product, "product_uom_qty": quantity, "is_inventory": True, "reference": title}
        vals |= {"name": title, "location_id": places[0], "location_dest_id": places[1], "state": "confirmed"}
        made = self._create([{name: value for name, value in vals.items() if name in self.fields}])
        self._update(made, {self.done_column: quantity})
        self._carry_out(made[0], quantity)
        self._update(made, {"state": "done"})
        return made[0]

    # -- lines

    def _write_lines(self, move: int, shares: list[tuple[int, float]] | None = None) -> None:
        """One line for each location a move takes from; nothing changes if they are right already."""
        (done,) = self._stored(move, self.done_column)
        lines = self.env["stock.move.line"]
        if shares is None:
            shares = self._shares(move, done or 0.0) if self.done_column == "quantity" else self._shares_16(move, done)
        kept = [(location, part) for location, part in shares if part > 0]
        lines._replace(move, kept)

    def _shares_16(self, move: int, done: float | None) -> list[tuple[int, float]]:
        held = warehouse.reserved(self.env, move)
        return self._shares(move, max(done or 0.0, sum(part for _location, part in held)))

    def _pickings(self, ids: Iterable[int]) -> list[int]:
        return self.env.column(
            f"SELECT DISTINCT picking_id FROM stock_move WHERE id {IN_IDS} AND picking_id IS NOT NULL", (marks(ids),)
        )

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "V/Stock>Customers": where from and where to, after the picking's origin."""
        rows = self.env.execute(
            "SELECT m.id, COALESCE(p.origin || '/', ''), s.name, t.name FROM stock_move m "
            "JOIN stock_location s ON s.id = m.location_id JOIN stock_location t ON t.id = m.location_dest_id "
            f"LEFT JOIN stock_picking p ON p.id = m.picking_id WHERE m.id {IN_IDS}",
            (marks(ids),),
        )
        return {each: f"{origin}{source}>{target}" for each, origin, source, target in rows}


class StockMoveLine(BaseModel):
    name = "stock.move.line"

    def _replace(self, move: int, shares: list[tuple[int, float]]) -> None:
        """Makes the lines of a move say where it takes how much."""
        moves = self.env["stock.move"]
        picking, product, unit, target, done, company = moves._stored(
            move, "picking_id", "product_id", "product_uom", "location_dest_id", moves.done_column, "company_id"
        )
        present = self.env.column("SELECT id FROM stock_move_line WHERE move_id = ? ORDER BY id", (move,))
        shared = {"picking_id": picking, "product_id": product, "product_uom_id": unit, "location_dest_id": target}
        shared |= {"move_id": move, "company_id": company, "date": self.env.stamp[:19]}
        left = done or 0.0
        for at, (location, part) in enumerate(shares):
            vals = {**shared, "location_id": location, **self._amounts(move, part, min(part, left))}
            left = max(left - part, 0.0)
            if at < len(present):
                super()._update([present[at]], vals)
            else:
                super()._create([vals])
        if present[len(shares) :]:
            super()._unlink(present[len(shares) :])

    def _amounts(self, move: int, part: float, done: float) -> Vals:
        if "quantity" not in self.fields:
            (state,) = self.env["stock.move"]._stored(move, "state")
            return {"reserved_uom_qty": 0.0 if state == "done" else part, "qty_done": done}
        (picked,) = self.env["stock.move"]._stored(move, "picked")
        return {"quantity": part, "picked": picked or 0}

    def _write(self, ids: list[int], vals: Vals) -> None:
        """A quantity on a line is a quantity on its move."""
        super()._write(ids, vals)
        column = "quantity" if "quantity" in self.fields else "qty_done"
        moves = self.env["stock.move"]
        for each in ids:
            (move,) = self._stored(each, "move_id")
            if move and column in vals:
                total = self.env.value(f"SELECT SUM({column}) FROM stock_move_line WHERE move_id = ?", (move,))
                moves._write([move], {moves.done_column: total})
            if move and "picked" in vals:
                moves._write([move], {"picked": vals["picked"]})

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        products = self._column_of(ids, "product_id")
        names = self.env["product.product"]._display(set(products.values()))
        return {each: names.get(product, "") for each, product in products.items()}
