"""The lines of sales orders."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.errors import CheckViolation, UserError
from odoo_bridge.sandbox.models.tax import Priced, Tax, priced_as_configured, sums, taxes_of
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks
from odoo_bridge.sandbox.orm.model import BaseModel

# What a locked order protects.
PROTECTED = (
    "product_id",
    "name",
    "price_unit",
    "product_uom",
    "product_uom_id",
    "product_uom_qty",
    "tax_id",
    "tax_ids",
)


class SaleOrderLine(BaseModel):
    name = "sale.order.line"
    not_copied = frozenset({"invoice_lines", "qty_delivered"})
    marks_copies = False

    @property
    def tax_column(self) -> str:
        """19 renamed the taxes and the unit."""
        return "tax_ids" if "tax_ids" in self.fields else "tax_id"

    @property
    def unit_column(self) -> str:
        return "product_uom_id" if "product_uom_id" in self.fields else "product_uom"

    # -- creating and changing

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        ids = super()._create(vals_list)
        orders = self._orders(ids)
        confirmed = {e for e, state in self.env["sale.order"]._column_of(orders, "state").items() if state == "sale"}
        late = [each for each, order in self._column_of(ids, "order_id").items() if order in confirmed]
        self._launch(late)
        self.env["sale.order"]._refresh(orders)
        return ids

    def _write(self, ids: list[int], vals: Vals) -> None:
        self._refuse_locked(ids, vals)
        super()._write(ids, vals)
        self.env["sale.order"]._refresh(self._orders(ids))

    def _unlink(self, ids: list[int]) -> None:
        orders = self._orders(ids)
        super()._unlink(ids)
        self.env["sale.order"]._refresh(self.env["sale.order"]._existing(orders))

    def _orders(self, ids: Iterable[int]) -> list[int]:
        return sorted({order for order in self._column_of(ids, "order_id").values() if order})

    def _before_create(self, vals: Vals) -> Vals:
        order = vals.get("order_id")
        if not order:
            raise self._mandatory(self.fields["order_id"])
        shared = ("company_id", "currency_id", "partner_id", "user_id", "state")
        company, currency, partner, user, state = self.env["sale.order"]._stored(int(order), *shared)
        vals |= {"company_id": company, "currency_id": currency, "order_partner_id": partner}
        vals |= {"salesman_id": user, "state": state, "customer_lead": vals.get("customer_lead") or 0.0}
        if vals.get("display_type"):
            self._check_free_of_money(vals)
            vals |= {"product_uom_qty": 0.0, "price_unit": 0.0}
        else:
            self._complete(vals)
        return vals

    def _check_free_of_money(self, vals: Vals) -> None:
        """A section or a note carries nothing that could be invoiced."""
        if vals.get("product_id") or vals.get("price_unit"):
            raise CheckViolation("Forbidden values on non-accountable sale order line")

    def _complete(self, vals: Vals) -> None:
        product = vals.get("product_id")
        if not product:
            if self.profile.sale_line_needs_product and not vals.get("is_downpayment"):
                raise CheckViolation("Missing required fields on accountable sale order line.")
            return
        products = self.env["product.product"]
        if not products._existing([product]):
            raise self._foreign_key(self.fields["product_id"])
        unit, list_price = products._stored(int(product), "uom_id", "list_price")
        vals.setdefault("name", products._display([int(product)])[int(product)])
        vals.setdefault("price_unit", list_price)
        vals[self.unit_column] = vals.get(self.unit_column) or unit
        if vals.get(self.tax_column) is None:
            taxes = products._fetch_many(products.fields["taxes_id"], [int(product)])[int(product)]
            vals[self.tax_column] = [[6, 0, taxes]]

    def _refuse_locked(self, ids: list[int], vals: Vals) -> None:
        touched = [self.fields[name].string for name in PROTECTED if name in vals and name in self.fields]
        if touched and any(self.env["sale.order"]._is_locked(order) for order in self._orders(ids)):
            listed = "\n".join(touched)
            raise UserError(f"It is forbidden to modify the following fields in a locked order:\n{listed}")

    def _before_unlink(self, ids: list[int]) -> None:
        rows = self.env.execute(
            "SELECT 1 FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id "
            f"WHERE l.id {IN_IDS} AND o.state IN ('sale', 'done') AND l.display_type IS NULL",
            (marks(ids),),
        )
        if rows.fetchone():
            raise UserError(
                "Once a sales order is confirmed, you can't remove one of its lines (we need to track if "
                "something gets invoiced or delivered).\n                Set the quantity to 0 instead."
            )

    # -- amounts

    def _priced(self, line: int, step: float) -> Priced:
        unit, quantity, discount = self._stored(line, "price_unit", "product_uom_qty", "discount")
        taxes: list[Tax] = taxes_of(self.env, self.fields[self.tax_column].table, line)
        return priced_as_configured(self.env, unit or 0.0, quantity or 0.0, discount or 0.0, taxes, step)

    def _sums(self, lines: Iterable[int], step: float) -> tuple[float, float]:
        """What lines come to: (without tax, tax)."""
        return sums([self._priced(each, step) for each in lines], step)

    def _refresh(self, order: int, lines: list[int]) -> None:
        currency, state = self.env["sale.order"]._stored(order, "currency_id", "state")
        (step,) = self.env["res.currency"]._stored(currency, "rounding")
        for each in lines:
            priced = self._priced(each, step)
            columns = {"price_subtotal": priced.subtotal, "price_total": priced.total, "state": state}
            columns["price_tax"] = priced.total - priced.subtotal
            columns |= self._invoicing(each, state)
            stored = self._stored(each, *columns)
            if list(stored) != list(columns.values()):
                self._update([each], columns)

    # -- invoicing

    def _invoicing(self, line: int, state: str) -> Vals:
        """How much was invoiced, how much can be, and what that makes the line's status."""
        wanted, delivered, product = self._stored(line, "product_uom_qty", "qty_delivered", "product_id")
        invoiced = self._invoiced(line)
        by_delivery = product and self.env["product.product"]._stored(product, "invoice_policy")[0] == "delivery"
        due = (delivered if by_delivery else wanted) or 0.0
        left = due - invoiced if state in ("sale", "done") else 0.0
        return {
            "qty_invoiced": invoiced,
            "qty_to_invoice": left,
            "invoice_status": _status(state, left, invoiced, wanted or 0.0, delivered or 0.0, bool(by_delivery)),
        }

    def _invoiced(self, line: int) -> float:
        table = self.fields["invoice_lines"].table
        found = self.env.value(
            "SELECT SUM(CASE m.move_type WHEN 'out_refund' THEN -l.quantity ELSE l.quantity END) "
            f"FROM {table} r JOIN account_move_line l ON l.id = r.there JOIN account_move m ON m.id = l.move_id "
            "WHERE r.here = ? AND m.state <> 'cancel'",
            (line,),
        )
        return float(found or 0.0)

    def _as_invoice_line(self, line: int) -> Vals:
        names = ("name", "display_type", "sequence", "product_id", "price_unit", "discount", "qty_to_invoice")
        vals: Vals = dict(zip(names, self._stored(line, *names), strict=True))
        quantity = vals.pop("qty_to_invoice")
        if vals["display_type"]:
            return {name: vals[name] for name in ("name", "display_type", "sequence")}
        taxes = self._fetch_many(self.fields[self.tax_column], [line])[line]
        vals |= {"display_type": "product", "quantity": quantity, "tax_ids": [[6, 0, taxes]]}
        return {**vals, "sale_line_ids": [[6, 0, [line]]]}

    # -- delivery

    def _launch(self, lines: list[int]) -> None:
        """A transfer to the customer for what lines sell, of goods and not of services."""
        goods = [each for each in lines if self._is_goods(each)]
        for order in self._orders(goods):
            partner, name = self.env["sale.order"]._stored(order, "partner_shipping_id", "name")
            kind = self.env.value("SELECT MIN(out_type_id) FROM stock_warehouse")
            vals = {"picking_type_id": kind, "partner_id": partner, "origin": name, "sale_id": order, "user_id": False}
            (picking,) = self.env["stock.picking"]._create([vals])
            mine = [each for each in goods if self._stored(each, "order_id")[0] == order]
            self.env["stock.move"]._create([self._as_move(each, picking) for each in mine])
            self.env["stock.picking"].action_confirm([picking])

    def _is_goods(self, line: int) -> bool:
        product, quantity = self._stored(line, "product_id", "product_uom_qty")
        return bool(product and quantity) and self.env["product.product"]._stored(product, "type")[0] != "service"

    def _as_move(self, line: int, picking: int) -> Vals:
        product, quantity, unit, name = self._stored(line, "product_id", "product_uom_qty", self.unit_column, "name")
        vals = {"picking_id": picking, "product_id": product, "product_uom_qty": quantity, "product_uom": unit}
        vals |= {"name": name, "sale_line_id": line, "origin": self.env["stock.picking"]._stored(picking, "origin")[0]}
        return {key: value for key, value in vals.items() if key in self.env["stock.move"].fields}

    def _deliver(self, moves: Iterable[int]) -> None:
        """Counts what moves that were done have delivered."""
        lines = self.env.column(
            f"SELECT DISTINCT sale_line_id FROM stock_move WHERE id {IN_IDS} AND sale_line_id IS NOT NULL",
            (marks(moves),),
        )
        column = self.env["stock.move"].done_column
        for each in lines:
            total: Any = self.env.value(
                f"SELECT SUM({column}) FROM stock_move WHERE sale_line_id = ? AND state = 'done'", (each,)
            )
            self._update([each], {"qty_delivered": total or 0.0})
        self.env["sale.order"]._refresh(self._orders(lines))

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "S00001 - [TREAT] Dental treatment (Ann Lee)"."""
        rows = self.env.execute(
            "SELECT l.id, o.name, l.name, p.name FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id "
            f"LEFT JOIN res_partner p ON p.id = o.partner_id WHERE l.id {IN_IDS}",
            (marks(ids),),
        )
        return {each: f"{order} - {(name or '').splitlines()[0]} ({partner})" for each, order, name, partner in rows}


def _status(state: str, left: float, invoiced: float, wanted: float, delivered: float, by_delivery: bool) -> str:
    if state not in ("sale", "done"):
        return "no"
    if left:
        return "to invoice"
    if not by_delivery and wanted >= 0 and delivered > wanted:
        return "upselling"
    return "invoiced" if invoiced >= wanted else "no"
