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
        """A draft invoice for each order; answers nothing from 17 on, an action on 16 (observed)."""
        wizard = self._one(ids)
        self._require([wizard])
        if self._stored(wizard, "advance_payment_method")[0] != "delivered":
            raise UserError("The sandbox makes no down payments: invoice with 'delivered'.")
        orders = self._fetch_many(self.fields["sale_order_ids"], [wizard])[wizard]
        made = [self._invoice(each) for each in orders]
        if not self.profile.invoicing_answers_action:
            return None
        return {"type": "ir.actions.act_window_close"} if made else False

    def _invoice(self, order: int) -> int:
        orders, lines = self.env["sale.order"], self.env["sale.order.line"]
        chosen = [each for each in orders._lines(order) if self._is_due(each)]
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

    def _is_due(self, line: int) -> bool:
        kind, left = self.env["sale.order.line"]._stored(line, "display_type", "qty_to_invoice")
        return bool(left) or kind in ("line_section", "line_subsection", "line_note")
