"""What lies where: quantities on hand, reservations and forecasts, and the places they lie in.

A quantity is a ``stock.quant``: so many of a product in a location. What a move has reserved of which quant
is kept in a table of its own, ``sandbox_reservation``. Consumables and services have no quants.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.orm.core import IN_IDS, marks
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import rounded

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env

STEP = 0.01
PENDING = ("waiting", "confirmed", "partially_available", "assigned")
FAMILY = (
    "WITH RECURSIVE family(id) AS (SELECT ? UNION SELECT l.id FROM stock_location l "
    "JOIN family ON l.location_id = family.id) SELECT id FROM family"
)
INSIDE = "SELECT id FROM stock_location WHERE usage IN ('internal', 'transit')"


def is_stored(env: Env, product: int) -> bool:
    """Whether quantities of a product are kept: storable products only."""
    products = env["product.product"]
    if "is_storable" in products.fields:
        return bool(products._stored(product, "is_storable")[0])
    return bool(products._stored(product, "detailed_type")[0] == "product")


def on_hand(env: Env, product: int) -> tuple[float, float]:
    """How much of a product the clinic has, and how much of it is reserved."""
    row = env.execute(
        "SELECT COALESCE(SUM(quantity), 0), COALESCE(SUM(reserved_quantity), 0) FROM stock_quant "
        f"WHERE product_id = ? AND location_id IN ({INSIDE})",
        (product,),
    ).fetchone()
    return float(row[0]), float(row[1])


def forecast(env: Env, product: int) -> float:
    """On hand, plus what is on its way in, less what is on its way out."""
    states = ", ".join(f"'{state}'" for state in PENDING)
    pending = f"SELECT SUM(product_uom_qty) FROM stock_move WHERE product_id = ? AND state IN ({states})"
    came = env.value(f"{pending} AND location_dest_id IN ({INSIDE}) AND location_id NOT IN ({INSIDE})", (product,))
    goes = env.value(f"{pending} AND location_id IN ({INSIDE}) AND location_dest_id NOT IN ({INSIDE})", (product,))
    return on_hand(env, product)[0] + (came or 0.0) - (goes or 0.0)


def available(env: Env, product: int, location: int) -> float:
    """What is free in a location and the places inside it."""
    found = env.value(
        f"SELECT SUM(quantity - reserved_quantity) FROM stock_quant WHERE product_id = ? AND location_id IN ({FAMILY})",
        (product, location),
    )
    return rounded(found or 0.0, STEP)


def put(env: Env, product: int, location: int, quantity: float) -> None:
    """Adds to what lies in a location; takes away with a negative quantity, below zero if need be."""
    if not is_stored(env, product):
        return
    quants = env["stock.quant"]
    found = env.execute(
        "SELECT id, quantity FROM stock_quant WHERE product_id = ? AND location_id = ? ORDER BY id", (product, location)
    ).fetchone()
    if found:
        quants._set_quantity(found[0], rounded(found[1] + quantity, STEP))
    else:
        fresh = {"product_id": product, "location_id": location, "quantity": rounded(quantity, STEP)}
        env.with_context(inventory_mode=False)["stock.quant"]._create([fresh])


def reserve(env: Env, move: int, product: int, location: int, wanted: float) -> float:
    """Reserves up to ``wanted`` for a move, oldest first; answers how much it got."""
    rows = env.execute(
        "SELECT id, quantity - reserved_quantity FROM stock_quant WHERE product_id = ? "
        f"AND location_id IN ({FAMILY}) AND quantity > reserved_quantity ORDER BY in_date, id",
        (product, location),
    ).fetchall()
    left = wanted
    for quant, free in rows:
        taken = rounded(min(left, free), STEP)
        if taken > 0:
            env.execute(
                "INSERT INTO sandbox_reservation (move, quant, quantity) VALUES (?, ?, ?)", (move, quant, taken)
            )
            _add_reserved(env, quant, taken)
            left = rounded(left - taken, STEP)
    return rounded(wanted - left, STEP)


def _add_reserved(env: Env, quant: int, quantity: float) -> None:
    (before,) = env["stock.quant"]._stored(quant, "reserved_quantity")
    env["stock.quant"]._update([quant], {"reserved_quantity": rounded(before + quantity, STEP)})


def reserved(env: Env, move: int) -> list[tuple[int, float]]:
    """What a move has reserved: (location, quantity)."""
    return env.execute(
        "SELECT q.location_id, SUM(r.quantity) FROM sandbox_reservation r JOIN stock_quant q ON q.id = r.quant "
        "WHERE r.move = ? GROUP BY q.location_id ORDER BY MIN(r.rowid)",
        (move,),
    ).fetchall()


def release(env: Env, moves: Iterable[int]) -> None:
    """Gives back what moves have reserved."""
    listed = (marks(moves),)
    rows = env.execute(f"SELECT quant, quantity FROM sandbox_reservation WHERE move {IN_IDS}", listed).fetchall()
    for quant, quantity in rows:
        _add_reserved(env, quant, -quantity)
    env.execute(f"DELETE FROM sandbox_reservation WHERE move {IN_IDS}", listed)


class StockLocation(BaseModel):
    name = "stock.location"
    rec_name = "complete_name"

    def _after_create(self, ids: list[int], vals_list: list[dict[str, Any]]) -> None:
        self._name_fully(ids)

    def _after_write(self, ids: list[int], vals: dict[str, Any]) -> None:
        if vals.keys() & {"name", "location_id"}:
            self._name_fully(ids)

    def _name_fully(self, ids: list[int]) -> None:
        """ "WH/Stock": a parent that is a mere view at the top is left out."""
        for each in ids:
            name, parent, usage = self._stored(each, "name", "location_id", "usage")
            above = self._stored(parent, "complete_name")[0] if parent and usage != "view" else ""
            self.env.execute(
                "UPDATE stock_location SET complete_name = ? WHERE id = ?", (f"{above}/{name}" if above else name, each)
            )
            self._name_fully(self.env.column("SELECT id FROM stock_location WHERE location_id = ?", (each,)))


class StockWarehouse(BaseModel):
    name = "stock.warehouse"


class StockPickingType(BaseModel):
    name = "stock.picking.type"

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "Clinic: Delivery Orders"."""
        rows = self.env.execute(
            "SELECT t.id, w.name || ': ' || t.name FROM stock_picking_type t "
            f"JOIN stock_warehouse w ON w.id = t.warehouse_id WHERE t.id {IN_IDS}",
            (marks(ids),),
        )
        return dict(rows.fetchall())
