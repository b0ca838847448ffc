"""Transfers (``stock.picking``) and scrap orders (``stock.scrap``)."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable
from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models import warehouse
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import rounded


class StockPicking(BaseModel):
    name = "stock.picking"

    def _defaults(self) -> Vals:
        return {"user_id": self.env.uid, "scheduled_date": self.env.stamp[:19], "date": self.env.stamp[:19]}

    def _before_create(self, vals: Vals) -> Vals:
        vals.setdefault("company_id", self.env.company_id)
        kind = vals.get("picking_type_id")
        if kind and self.env["stock.picking.type"]._existing([kind]):
            self._take_from_type(vals, int(kind))
        return vals

    def _take_from_type(self, vals: Vals, kind: int) -> None:
        warehouse_id, code, source, target = self.env["stock.picking.type"]._stored(
            kind, "warehouse_id", "sequence_code", "default_location_src_id", "default_location_dest_id"
        )
        vals["location_id"] = vals.get("location_id") or source or self._outside("supplier")
        vals["location_dest_id"] = vals.get("location_dest_id") or target or self._outside("customer")
        if vals.get("name") in (None, False, "/"):
            (short,) = self.env["stock.warehouse"]._stored(warehouse_id, "code")
            vals["name"] = self._next_name(f"{short}/{code}/")

    def _outside(self, usage: str) -> int:
        return int(self.env.value("SELECT MIN(id) FROM stock_location WHERE usage = ?", (usage,)))

    def _next_name(self, prefix: str) -> str:
        used = self.env.column("SELECT name FROM stock_picking WHERE name LIKE ?", (f"{prefix}%",))
        numbers = [int(name[len(prefix) :]) for name in used if name[len(prefix) :].isdigit()]
        return f"{prefix}{max(numbers, default=0) + 1:05}"

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self._follow(ids)

    def _before_unlink(self, ids: list[int]) -> None:
        moves = self._moves(ids)
        self.env["stock.move"]._cancel(moves)
        self.env["stock.move"]._unlink(moves)

    def _moves(self, ids: Iterable[int], *states: str) -> list[int]:
        """The moves of pickings, in the given states or in any."""
        found = self.env.execute(
            f"SELECT id, state FROM stock_move WHERE picking_id {IN_IDS} ORDER BY sequence, id", (marks(ids),)
        )
        return [each for each, state in found if not states or state in states]

    def _follow(self, ids: Iterable[int]) -> None:
        """A picking's state is that of its moves."""
        for each in ids:
            states = set(self.env["stock.move"]._column_of(self._moves([each]), "state").values())
            state, was, done = _state_of(states), *self._stored(each, "state", "date_done")
            if states and state != was:
                now = self.env.stamp[:19]
                self._update([each], {"state": state, "date_done": now if state == "done" else done})
                (order,) = self._stored(each, "sale_id")
                self.env["sale.order"]._refresh([order] if order else [])

    # -- workflow

    @public
    def action_confirm(self, ids: Any) -> bool:
        found = self._required(ids)
        self.env["stock.move"]._confirm(self._moves(found, "draft"))
        self._follow(found)
        return True

    @public
    def action_assign(self, ids: Any) -> bool:
        """Reserves what is there; a ``UserError`` if no move waits for it."""
        found = self._required(ids)
        self.action_confirm(found)
        moves = self._moves(found, *warehouse.PENDING)
        if not moves:
            raise UserError("Nothing to check the availability for.")
        for each in moves:
            self.env["stock.move"]._assign(each)
        self._follow(found)
        return True

    @public
    def do_unreserve(self, ids: Any) -> None:
        found = self._required(ids)
        self.env["stock.move"]._unreserve(self._moves(found))
        self._follow(found)

    @public
    def action_cancel(self, ids: Any) -> bool:
        found = self._required(ids)
        self.env["stock.move"]._cancel(self._moves(found))
        self._update(found, {"state": "cancel"})
        return True

    @public
    def button_validate(self, ids: Any) -> Any:
        """Carries a transfer out.

        Answers ``True``, or the wizard that asks what to do about the rest; with ``skip_backorder`` in the
        context the rest becomes a transfer of its own, or none for those in ``picking_ids_not_to_backorder``.
        """
        found = self._required(ids)
        for each in found:
            self._check_ready(each)
        incomplete = [each for each in found if self._missing(each)]
        if incomplete and not self.env.context.get("skip_backorder"):
            return self._question(incomplete)
        forgotten: list[int] = self._ids(self.env.context.get("picking_ids_not_to_backorder"))
        rests = [self._split_off_rest(each) for each in incomplete if each not in forgotten]
        self.env["stock.move"]._finish(self._moves(found))
        self._follow(found)
        self.action_confirm(rests)
        return True

    def _required(self, ids: Any) -> list[int]:
        self._allow("write")
        found = self._ids(ids)
        self._require(found)
        return found

    def _check_ready(self, picking: int) -> None:
        """Raises ``UserError`` for a transfer of nothing. A draft is done as it stands (observed on 17)."""
        moves = self.env["stock.move"]
        if not self._moves([picking]):
            raise UserError(
                "You can\u2019t validate an empty transfer. Please add some products to move before proceeding."
            )
        drafts = self._moves([picking], "draft")
        self.action_confirm([picking])
        for each in drafts:
            demand, done = moves._stored(each, "product_uom_qty", moves.done_column)
            if not done:
                moves._write([each], {moves.done_column: demand})
        open_moves = self._moves([picking], *warehouse.PENDING)
        if not any(moves._column_of(open_moves, moves.done_column).values()):
            raise UserError(self._text("nothing_reserved"))

    def _missing(self, picking: int) -> dict[int, float]:
        """What each move of a transfer leaves undone."""
        moves = self.env["stock.move"]
        wanted = moves._column_of(self._moves([picking], *warehouse.PENDING), "product_uom_qty")
        done = moves._column_of(wanted, moves.done_column)
        rest = {each: rounded(demand - (done[each] or 0.0), warehouse.STEP) for each, demand in wanted.items()}
        return {each: left for each, left in rest.items() if left > 0}

    def _question(self, pickings: list[int]) -> Vals:
        context = {"button_validate_picking_ids": pickings, "default_show_transfers": len(pickings) > 1}
        return {
            "name": "Create Backorder?",
            "type": "ir.actions.act_window",
            "view_mode": "form",
            "res_model": "stock.backorder.confirmation",
            "target": "new",
            "context": {**context, "default_pick_ids": [[4, each] for each in pickings]},
        }

    def _split_off_rest(self, picking: int) -> int:
        """A draft transfer of what this one leaves undone."""
        columns = ("picking_type_id", "location_id", "location_dest_id", "origin", "partner_id", "sale_id")
        vals = dict(zip(columns, self._stored(picking, *columns), strict=True))
        (rest,) = self._create([{**vals, "backorder_id": picking, "user_id": False}])
        moves = self.env["stock.move"]
        for move, left in self._missing(picking).items():
            (demand,) = moves._stored(move, "product_uom_qty")
            if left == demand:
                (name,) = self._stored(rest, "name")
                moves._update([move], {"picking_id": rest, "reference": name})
                moves._unreserve([move])
                continue
            moves._copy(move, {"product_uom_qty": left, "picking_id": rest, "state": "draft", moves.done_column: 0.0})
            moves._update([move], {"product_uom_qty": rounded(demand - left, warehouse.STEP)})
        return rest


def _state_of(states: set[str]) -> str:
    """A transfer's state by those of its moves."""
    if states <= {"cancel"}:
        return "cancel"
    if states <= {"done", "cancel"}:
        return "done"
    if "draft" in states:
        return "draft"
    return "assigned" if states & {"assigned", "partially_available"} else "confirmed"


class StockScrap(BaseModel):
    name = "stock.scrap"

    def _before_create(self, vals: Vals) -> Vals:
        product = vals.get("product_id")
        if product and self.env["product.product"]._existing([product]):
            vals["product_uom_id"] = (
                vals.get("product_uom_id") or self.env["product.product"]._stored(product, "uom_id")[0]
            )
        vals.setdefault("company_id", self.env.company_id)
        vals["location_id"] = vals.get("location_id") or self.env.value("SELECT MIN(lot_stock_id) FROM stock_warehouse")
        vals["scrap_location_id"] = vals.get("scrap_location_id") or self.env.value(
            "SELECT MAX(id) FROM stock_location WHERE usage = 'inventory' AND active = 1"
        )
        return vals

    @public
    def action_validate(self, ids: Any) -> Any:
        """Scraps, or answers the wizard that warns of too small a quantity on hand."""
        scrap = self._one(ids)
        self._require([scrap])
        product, quantity, location = self._stored(scrap, "product_id", "scrap_qty", "location_id")
        if quantity <= 0:
            raise UserError("You can only enter positive quantities.")
        short = warehouse.available(self.env, product, location) < quantity
        if short and warehouse.is_stored(self.env, product):
            return self._warning(scrap, product, quantity, location)
        return self.do_scrap([scrap])

    def _warning(self, scrap: int, product: int, quantity: float, location: int) -> Vals:
        name = self.env["product.product"]._display([product])[product]
        context = {"default_product_id": product, "default_location_id": location, "default_scrap_id": scrap}
        return {
            "name": f"{name}: Insufficient Quantity To Scrap",
            "view_mode": "form",
            "res_model": "stock.warn.insufficient.qty.scrap",
            "type": "ir.actions.act_window",
            "context": {**context, "default_quantity": quantity, "default_product_uom_name": "Units"},
            "target": "new",
        }

    @public
    def do_scrap(self, ids: Any) -> bool:
        self._allow("write")
        for each in self._ids(ids):
            product, quantity, source, target = self._stored(
                each, "product_id", "scrap_qty", "location_id", "scrap_location_id"
            )
            number = self.env.value("SELECT COUNT(*) FROM stock_scrap WHERE state = 'done'") + 1
            title = f"SP/{number:05}"
            move = self.env["stock.move"]._adjust(product, quantity, (source, target), title)
            marks_of: Vals = {"is_inventory": 0, "origin": title}
            if "scrapped" in self.env["stock.move"].fields:
                marks_of["scrapped"] = 1
            self.env["stock.move"]._update([move], marks_of)
            self._update([each], {"name": title, "state": "done", "date_done": self.env.stamp[:19]})
            self._write([each], {"move_id": move} if "move_id" in self.fields else {"move_ids": [[6, 0, [move]]]})
        return True

    def _before_unlink(self, ids: list[int]) -> None:
        if "done" in self._column_of(ids, "state").values():
            raise UserError("You cannot delete a scrap which is done.")
