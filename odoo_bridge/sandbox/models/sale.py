"""Sales orders: quotations that are confirmed, delivered and invoiced."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
import datetime as dt
from collections.abc import Iterable
from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models.partner import sanitised
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import rounded

VALID_DAYS = 30


class SaleOrder(BaseModel):
    name = "sale.order"
    not_copied = frozenset(
        {"name", "client_order_ref", "date_order", "commitment_date", "validity_date", "reference", "locked"}
    )
    copied_lines = ("order_line",)

    # -- creating and changing

    def _defaults(self) -> Vals:
        until = self.env.now.date() + dt.timedelta(days=VALID_DAYS)
        return {"date_order": self.env.stamp[:19], "validity_date": until.isoformat(), "user_id": self.env.uid}

    def _before_create(self, vals: Vals) -> Vals:
        env = self.env
        vals["name"] = vals.get("name") or self._next_name()
        vals["company_id"] = vals.get("company_id") or env.company_id
        vals["currency_id"] = env["res.company"]._stored(vals["company_id"], "currency_id")[0]
        vals.setdefault("warehouse_id", env.value("SELECT MIN(id) FROM stock_warehouse"))
        vals.setdefault("team_id", env.value("SELECT MIN(id) FROM crm_team"))
        if self.profile.sale_needs_pricelist:
            vals.setdefault("pricelist_id", env.value("SELECT MIN(id) FROM product_pricelist"))
        for address in ("partner_invoice_id", "partner_shipping_id"):
            vals[address] = vals.get(address) or vals.get("partner_id")
        vals.setdefault("invoice_status", "no")
        return self._cleaned(vals)

    def _next_name(self) -> str:
        used = self.env.column("SELECT name FROM sale_order WHERE name GLOB 'S[0-9][0-9][0-9][0-9][0-9]*'")
        numbers = [int(name[1:]) for name in used if name[1:].isdigit()]
        return f"S{max(numbers, default=0) + 1:05}"

    def _cleaned(self, vals: Vals) -> Vals:
        if vals.get("note"):
            vals["note"] = sanitised(vals["note"], "<p>{text}</p>")
        return vals

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        return self._cleaned(vals)

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        if "state" in vals:
            self._refresh(ids)

    def _before_unlink(self, ids: list[int]) -> None:
        if set(self._column_of(ids, "state").values()) - {"draft", "cancel"}:
            raise UserError("You can not delete a sent quotation or a confirmed sales order. You must first cancel it.")

    # -- workflow

    @public
    def action_confirm(self, ids: Any) -> bool:
        """Makes orders of quotations, and a transfer for what is to be delivered."""
        found = self._changeable(ids)
        self._refuse_unconfirmable(found)
        fresh = [each for each, state in self._column_of(found, "state").items() if state != "sale"]
        self._update(fresh, {"state": "sale", "date_order": self.env.stamp[:19]})
        for each in fresh:
            self.env["sale.order.line"]._launch(self._lines(each))
        self._refresh(found)
        return True

    def _refuse_unconfirmable(self, ids: list[int]) -> None:
        allowed = {"draft", "sent"} | ({"sale"} if self.profile.confirms_confirmed_orders else set())
        refused = [each for each, state in self._column_of(ids, "state").items() if state not in allowed]
        if refused:
            names = ", ".join(self._column_of(refused, "name").values())
            raise UserError(self._text("orders_unconfirmable", names=names))

    @public
    def action_cancel(self, ids: Any) -> Any:
        """Cancels orders with their transfers and draft invoices.

        16 and 17 answer a wizard for an order that is no draft, and change nothing, unless
        ``disable_cancel_warning`` is in the context; 19 cancels (observed).
        """
        found = self._changeable(ids)
        if any(self._is_locked(each) for each in found):
            raise UserError("You cannot cancel a locked order. Please unlock it first.")
        asks = self.profile.cancel_needs_confirmation and not self.env.context.get("disable_cancel_warning")
        if asks and set(self._column_of(found, "state").values()) - {"draft"}:
            return self._question(self._one(found))
        self.env["stock.picking"].action_cancel(self._open_pickings(found))
        drafts = self.env["account.move"]._search([["id", "in", self._invoices(found)], ["state", "=", "draft"]])
        self.env["account.move"].button_cancel(drafts)
        self._update(found, {"state": "cancel"})
        self._refresh(found)
        return True

    def _question(self, order: int) -> Vals:
        context = {
            **({"default_use_template": True} if self.profile.version == 16 else {}),
            "default_template_id": 18,
            "default_order_id": order,
            "mark_so_as_canceled": True,
            "default_email_layout_xmlid": "mail.mail_notification_layout_with_responsible_signature",
            "model_description": "Sales Order",
        }
        return {
            "name": "Cancel Sales Order",
            "view_mode": "form",
            "res_model": "sale.order.cancel",
            "view_id": 1085,
            "type": "ir.actions.act_window",
            "context": context,
            "target": "new",
        }

    @public
    def action_draft(self, ids: Any) -> bool:
        """Back to a quotation, from cancelled or sent; an order in another state stays as it is."""
        found = self._changeable(ids)
        back = [each for each, state in self._column_of(found, "state").items() if state in ("cancel", "sent")]
        self._update(back, {"state": "draft"})
        self._refresh(back)
        return True

    @public
    def action_quotation_sent(self, ids: Any) -> None:
        found = self._changeable(ids)
        if set(self._column_of(found, "state").values()) - {"draft"}:
            raise UserError("Only draft orders can be marked as sent directly.")
        self._update(found, {"state": "sent"})
        self._refresh(found)

    @public
    def action_lock(self, ids: Any) -> None:
        self._lock(ids, "action_lock", locked=True)

    @public
    def action_unlock(self, ids: Any) -> None:
        self._lock(ids, "action_unlock", locked=False)

    @public
    def action_done(self, ids: Any) -> bool:
        """16's way to lock: a state of its own."""
        if "locked" in self.fields:
            raise self._unknown_method("action_done")
        self._lock(ids, "action_done", locked=True)
        return True

    def _lock(self, ids: Any, method: str, locked: bool) -> None:
        found = self._changeable(ids)
        if "locked" in self.fields:
            self._update(found, {"locked": int(locked)})
        elif method == "action_lock":
            raise self._unknown_method(method)
        else:
            self._update(found, {"state": "done" if locked else "sale"})
            self._refresh(found)

    def _changeable(self, ids: Any) -> list[int]:
        self._allow("write")
        found = self._ids(ids)
        self._require(found)
        return found

    def _is_locked(self, order: int) -> bool:
        if "locked" in self.fields:
            return bool(self._stored(order, "locked")[0])
        return bool(self._stored(order, "state")[0] == "done")

    # -- what belongs to an order

    def _lines(self, order: int) -> list[int]:
        return self.env.column("SELECT id FROM sale_order_line WHERE order_id = ? ORDER BY sequence, id", (order,))

    def _invoices(self, ids: Iterable[int]) -> list[int]:
        return self.env.column(f"SELECT there FROM rel_sale_order_invoice_ids WHERE here {IN_IDS}", (marks(ids),))

    def _open_pickings(self, ids: Iterable[int]) -> list[int]:
        return self.env.column(
            f"SELECT id FROM stock_picking WHERE sale_id {IN_IDS} AND state NOT IN ('done', 'cancel')", (marks(ids),)
        )

    def _of_invoices(self, moves: Iterable[int]) -> list[int]:
        return self.env.column(
            f"SELECT DISTINCT here FROM rel_sale_order_invoice_ids WHERE there {IN_IDS}", (marks(moves),)
        )

    # -- derived

    def _refresh(self, ids: Iterable[int]) -> None:
        """Brings amounts, invoice status and delivery status of orders up to date."""
        for each in ids:
            lines = self._lines(each)
            self.env["sale.order.line"]._refresh(each, lines)
            columns = {**self._amounts(each, lines), "invoice_status": self._invoice_status(each, lines)}
            columns["delivery_status"] = self._delivery_status(each)
            stored = self._stored(each, *columns)
            changed = {n: v for (n, v), old in zip(columns.items(), stored, strict=True) if v != old}
            if changed:
                self._update([each], changed)

    def _amounts(self, order: int, lines: list[int]) -> Vals:
        step = self.env["res.currency"]._stored(self._stored(order, "currency_id")[0], "rounding")[0]
        untaxed, tax = self.env["sale.order.line"]._sums(lines, step)
        return {"amount_untaxed": untaxed, "amount_tax": tax, "amount_total": rounded(untaxed + tax, step)}

    def _invoice_status(self, order: int, lines: list[int]) -> str:
        if self._stored(order, "state")[0] not in ("sale", "done"):
            return "no"
        rows = self.env.execute(
            f"SELECT DISTINCT invoice_status FROM sale_order_line WHERE id {IN_IDS} AND display_type IS NULL",
            (marks(lines),),
        )
        found = {row[0] for row in rows}
        if "to invoice" in found:
            return "to invoice"
        if found == {"invoiced"}:
            return "invoiced"
        return "upselling" if found and found <= {"invoiced", "upselling"} else "no"

    def _delivery_status(self, order: int) -> str | None:
        rows = self.env.column("SELECT DISTINCT state FROM stock_picking WHERE sale_id = ?", (order,))
        states = set(rows) - {"cancel"}
        if not states:
            return None
        if states == {"done"}:
            return "full"
        return "partial" if "done" in states else "pending"

    def _compute_invoice_count(self, ids: list[int]) -> dict[int, int]:
        return {each: len(self._invoices([each])) for each in ids}
