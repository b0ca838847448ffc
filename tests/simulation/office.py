"""What people do in Odoo: another user than the bridge's, with all rights. What Odoo refuses is not done, and said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from odoo_bridge.sandbox import Sandbox
from odoo_bridge.sandbox.errors import OdooError
from odoo_bridge.sandbox.seed import ADMIN_UID
from tests.simulation.desk import FIRST_DAY, value_of

LUNCH = "Lunch"
"""What people in Odoo call an event; in the end none of ours is called so."""
CLEARABLE = ("city", "zip")
QUIET = {"no_mail_to_attendees": True}
"""People's own mails are Odoo's; without them every mail in the end is the bridge's."""


MODELS = {
    "partner": "res.partner",
    "event": "calendar.event",
    "move": "account.move",
    "payment": "account.payment",
    "order": "sale.order",
}


class Office:
    def __init__(self, sandbox: Sandbox, namespace: str) -> None:
        self._sandbox, self._namespace = sandbox, namespace

    def _do(self, model: str, method: str, *args: Any, context: dict[str, Any] | None = None) -> Any:
        return self._sandbox.as_user(ADMIN_UID, model, method, *args, context={**QUIET, **(context or {})})

    def ours(self, kind: str) -> list[int]:
        """Ids of what the bridge put here, in their order."""
        model = MODELS[kind]
        rows = self._sandbox.query(
            "SELECT DISTINCT res_id FROM ir_model_data WHERE module = ? AND model = ? AND name LIKE ? ORDER BY res_id",
            (self._namespace, model, f"{kind}_%"),
        )
        return [row[0] for row in rows]

    def _one(self, kind: str, number: int) -> int | None:
        found = self.ours(kind)
        return found[number % len(found)] if found else None

    def _change(self, model: str, record: int | None, values: dict[str, Any]) -> str:
        if record is None:
            return "nothing there"
        try:
            self._do(model, "write", [record], values)
        except OdooError as error:
            return f"refused: {error.message}"
        return f"{model} {record} {values}"

    # Contacts

    def edit(self, who: int, field: str, number: int) -> str:
        return self._change("res.partner", self._one("partner", who), {field: value_of(field, number)})

    def edit_badly(self, who: int, number: int) -> str:
        return self._change("res.partner", self._one("partner", who), {"email": f"no address {number}"})

    def rename(self, who: int, number: int) -> str:
        return self._change("res.partner", self._one("partner", who), {"name": f"Somebody {number}"})

    def clear(self, who: int, field: str) -> str:
        return self._change("res.partner", self._one("partner", who), {field: False})

    def archive(self, who: int) -> str:
        return self._change("res.partner", self._one("partner", who), {"active": False})

    def bring_back(self, who: int) -> str:
        return self._change("res.partner", self._one("partner", who), {"active": True})

    def write_as_it_is(self, who: int, field: str) -> str:
        record = self._one("partner", who)
        if record is None:
            return "nothing there"
        [row] = self._do("res.partner", "read", [record], [field])
        return self._change("res.partner", record, {field: row[field]})

    def delete(self, who: int) -> str:
        return self._delete("res.partner", self._one("partner", who))

    def _delete(self, model: str, record: int | None) -> str:
        if record is None:
            return "nothing there"
        try:
            self._do(model, "unlink", [record])
        except OdooError as error:
            return f"refused: {error.message}"
        return f"{model} {record} is deleted"

    def merge(self, who: int, other: int) -> str:
        """As Odoo's merge does: what referred to the second refers to the first; the second is deleted."""
        kept, lost = self._one("partner", who), self._one("partner", other)
        if kept is None or lost is None or kept == lost:
            return "nothing to merge"
        parameters = (kept, lost)
        for table, column in (
            ("ir_model_data", "res_id"),
            ("account_move", "partner_id"),
            ("account_move_line", "partner_id"),
            ("account_payment", "partner_id"),
            ("calendar_attendee", "partner_id"),
            ("rel_calendar_event_partner_ids", "there"),
        ):
            where = " AND model = 'res.partner'" if table == "ir_model_data" else ""
            self._sandbox.query(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {column} = ?{where}", parameters)
        self._sandbox.query("DELETE FROM rel_calendar_event_partner_ids WHERE there = ?", (lost,))
        self._sandbox.query("DELETE FROM res_partner WHERE id = ?", (lost,))
        return f"res.partner {lost} is merged into {kept}"

    def make_unrelated(self, number: int) -> str:
        partner = self._do("res.partner", "create", {"name": f"Supplier {number}"})
        self._do(
            "calendar.event",
            "create",
            {"name": f"Meeting {number}", "start": "2026-04-02 08:00:00", "stop": "2026-04-02 09:00:00"},
        )
        return f"res.partner {partner} and a meeting are made"

    # The calendar

    def move(self, which: int, slot: int, minutes: int) -> str:
        start = FIRST_DAY + timedelta(days=slot // 8 % 20, hours=slot % 8, minutes=10)
        stop = start + timedelta(minutes=minutes)
        times = {"start": f"{start:%Y-%m-%d %H:%M:%S}", "stop": f"{stop:%Y-%m-%d %H:%M:%S}"}
        return self._change("calendar.event", self._one("event", which), times)

    def shorten(self, which: int, minutes: int) -> str:
        record = self._one("event", which)
        if record is None:
            return "nothing there"
        [row] = self._do("calendar.event", "read", [record], ["start"])
        stop = f"{row['start'][:14]}{minutes % 60:02d}:30"
        return self._change("calendar.event", record, {"stop": stop})

    def rename_event(self, which: int, number: int) -> str:
        return self._change("calendar.event", self._one("event", which), {"name": f"{LUNCH} {number}"})

    def archive_event(self, which: int) -> str:
        return self._change("calendar.event", self._one("event", which), {"active": False})

    def delete_event(self, which: int) -> str:
        return self._delete("calendar.event", self._one("event", which))

    # Sales and stock

    def confirm_order(self, which: int) -> str:
        return self._press("sale.order", self._one("order", which), "action_confirm")

    def cancel_order(self, which: int) -> str:
        return self._press("sale.order", self._one("order", which), "action_cancel")

    def reprice_order(self, which: int, cents: int) -> str:
        order = self._one("order", which)
        if order is None:
            return "nothing there"
        [row] = self._do("sale.order", "read", [order], ["order_line"])
        line = next(iter(row["order_line"]), None)
        return self._change("sale.order.line", line, {"price_unit": cents / 100})

    def recount(self, which: int, quantity: int) -> str:
        """Count what lies on a shelf: nobody writes how much there is, Odoo does when the count is applied."""
        quants = self._sandbox.query("SELECT id, product_id, location_id FROM stock_quant ORDER BY id")
        _, product, place = quants[which % len(quants)]
        counted = {"product_id": product, "location_id": place, "inventory_quantity": quantity}
        quant = self._do("stock.quant", "create", counted, context={"inventory_mode": True})
        self._do("stock.quant", "action_apply_inventory", [quant])
        return f"stock.quant {quant} holds {quantity}"

    # The books

    def pay(self, which: int, cents: int) -> str:
        move = self._one("move", which)
        if move is None:
            return "no invoice"
        context = {"active_model": "account.move", "active_ids": [move]}
        try:
            [row] = self._do("account.move", "read", [move], ["amount_residual", "state"])
            amount = min(cents / 100, row["amount_residual"])
            if row["state"] != "posted" or amount <= 0:
                return "nothing to pay"
            wizard = self._do("account.payment.register", "create", {"amount": amount}, context=context)
            self._do("account.payment.register", "action_create_payments", [wizard], context=context)
        except OdooError as error:
            return f"refused: {error.message}"
        return f"account.move {move} is paid {amount}"

    def settle_by_hand(self, which: int) -> str:
        """What accountants do with a draft payment that they find: post it, and take it for the invoice it names."""
        payment = self._one("payment", which)
        if payment is None:
            return "no payment"
        said = self._press("account.payment", payment, "action_post")
        lines = self._sandbox.query(
            "SELECT l.id, m.id FROM account_move_line l JOIN account_payment p ON p.move_id = l.move_id "
            "JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable' "
            "JOIN account_move m ON m.name = p.ref AND m.state = 'posted' WHERE p.id = ?",
            (payment,),
        )
        try:
            for line, move in lines:
                self._do("account.move", "js_assign_outstanding_line", [move], line)
        except OdooError as error:
            return f"{said}; refused: {error.message}"
        return f"{said}, for {[move for _, move in lines]}"

    def reset_invoice(self, which: int) -> str:
        return self._press("account.move", self._one("move", which), "button_draft")

    def post_invoice(self, which: int) -> str:
        return self._press("account.move", self._one("move", which), "action_post")

    def put_right(self, kind: str, record: int) -> str:
        """Do something about what the clinic does not know any more: the number of an invoice may be another's."""
        return self._cancel(record) if kind == "move" else "as it is"

    def cancel_invoice(self, which: int) -> str:
        return self._cancel(self._one("move", which))

    def _cancel(self, move: int | None) -> str:
        said = self._press("account.move", move, "button_draft")
        return said if said.startswith("refused") else self._press("account.move", move, "button_cancel")

    def undo_payment(self, which: int) -> str:
        rows = self._sandbox.query("SELECT id FROM account_payment ORDER BY id")
        if not rows:
            return "no payment"
        return self._press("account.payment", rows[which % len(rows)][0], "action_draft")

    def _press(self, model: str, record: int | None, button: str) -> str:
        if record is None:
            return "nothing there"
        try:
            self._do(model, button, [record])
        except OdooError as error:
            return f"refused: {error.message}"
        return f"{model} {record} {button}"

    def post_all_drafts(self) -> list[str]:
        """What people do once they see that an invoice was reset: post it again."""
        rows = self._sandbox.query(
            "SELECT m.id FROM account_move m JOIN ir_model_data d ON d.model = 'account.move' AND d.res_id = m.id "
            "WHERE d.module = ? AND m.state = 'draft' ORDER BY m.id",
            (self._namespace,),
        )
        return [self._press("account.move", row[0], "action_post") for row in rows]
