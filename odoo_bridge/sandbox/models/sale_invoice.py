"""The wizard that invoices sales orders (``sale.advance.payment.inv``)."""

from __future__ import annotations

from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.model import BaseModel

SHARED = ("partner_invoice_id", "currency_id", "note", "name", "client_order_ref", "user_id")


class SaleAdvancePaymentInv(BaseModel):
    """Invoices what can be invoiced; down payments are not imitated."""

    name = "sale.advance.payment.inv"

    def _before_create(self, vals: Vals) -> Vals:
        if "sale_order_ids" not in vals:
            vals["sale_order_ids"] = [[6, 0, self._ids(self.env.context.get("active_ids"))]]
        return vals

    @public
    def create_invoices(self, ids: Any) -> Any:
        """A draft invoice for each order; answers the action that shows it, on 16 one that closes the wizard."""
        wizard = self._one(ids)
        self._require([wizard])
        if self._stored(wizard, "advance_payment_method")[0] != "delivered":
            raise UserError("The sandbox makes no down payments: invoice with 'delivered'.")
        orders = self._fetch_many(self.fields["sale_order_ids"], [wizard])[wizard]
        made = [self._invoice(each) for each in orders]
        if self.profile.invoicing_closes_window:
            return {"type": "ir.actions.act_window_close"}
        return self._view(made)

    def _view(self, made: list[int]) -> Vals:
        """The action that would show the invoices. The ``None`` in it is what XML-RPC cannot carry (observed)."""
        partner = self.env["account.move"]._stored(made[0], "partner_id")[0]
        action: Vals = {"name": "Invoices", "type": "ir.actions.act_window", "res_model": "account.move"}
        action["domain"] = "[('move_type', '=', 'out_invoice')]"
        context = {"default_move_type": "out_invoice", "default_partner_id": partner}
        action |= {"target": "current", "context": {**context, "default_invoice_payment_term_id": None}}
        if len(made) == 1:
            return {**action, "view_mode": "form", "res_id": made[0]}
        return {**action, "view_mode": self._text("view_mode"), "domain": [["id", "in", made]]}

    def _invoice(self, order: int) -> int:
        orders, lines = self.env["sale.order"], self.env["sale.order.line"]
        chosen = self._due(orders._lines(order))
        if not any(lines._stored(each, "product_uom_qty")[0] for each in chosen):
            raise UserError(
                "Cannot create an invoice. No items are available to invoice.\n\n"
                "To resolve this issue, please ensure that the products were delivered or ordered."
            )
        partner, currency, note, name, reference, user = orders._stored(order, *SHARED)
        vals = {
            "move_type": "out_invoice",
            "partner_id": partner,
            "currency_id": currency,
            "narration": note or False,
            "invoice_origin": name,
            "ref": reference or "",
            "invoice_user_id": user,
            "invoice_line_ids": [[0, 0, lines._as_invoice_line(each)] for each in chosen],
        }
        (made,) = self.env["account.move"]._create([vals])
        orders._write([order], {"invoice_ids": [[4, made]]})
        orders._refresh([order])
        return int(made)

    def _due(self, lines: list[int]) -> list[int]:
        """The lines to invoice, notes always, and sections that have any."""
        chosen: list[int] = []
        section: list[int] = []
        for each in lines:
            kind, left = self.env["sale.order.line"]._stored(each, "display_type", "qty_to_invoice")
            if kind in ("line_section", "line_subsection"):
                section = [each]
            elif left or kind == "line_note":
                chosen += [*section, each]
                section = []
        return chosen
