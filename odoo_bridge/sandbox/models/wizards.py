"""The two wizards of an invoice: "Register Payment" and "Credit Note"."""

from __future__ import annotations

from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models import reconcile
from odoo_bridge.sandbox.models.totals import INVOICES
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import rounded


class PaymentRegister(BaseModel):
    """``account.payment.register``: not repeatable, twice on one wizard makes two payments (observed)."""

    name = "account.payment.register"

    def _defaults(self) -> Vals:
        return {"payment_date": self.env.today}

    def _before_create(self, vals: Vals) -> Vals:
        context = self.env.context
        if context.get("active_model") not in ("account.move", "account.move.line"):
            raise UserError(
                "The register payment wizard should only be called on account.move or account.move.line records."
            )
        lines = reconcile.open_lines(self.env, self._ids(context.get("active_ids")))
        if not lines and self.profile.wizard_refuses_paid:
            raise UserError(self._text("nothing_left"))
        vals["line_ids"] = [[6, 0, lines]]
        self._complete(vals, lines)
        return vals

    def _complete(self, vals: Vals, lines: list[int]) -> None:
        """What is not given follows from the open lines: all of it, to the first bank journal."""
        total = rounded(sum(self.env["account.move.line"]._column_of(lines, "amount_residual").values()), 1e-6)
        payments = self.env["account.payment"]
        vals["payment_type"] = "inbound" if total >= 0 else "outbound"
        vals["partner_type"] = "customer"
        vals.setdefault("amount", abs(total))
        if "journal_id" not in vals or not (vals["journal_id"] or self.profile.empty_journal_is_error):
            owners = [*self.env["account.move.line"]._column_of(lines, "company_id").values(), self.env.company_id]
            vals["journal_id"] = payments._default_journal(owners[0])
        vals.setdefault("group_payment", False)
        vals.setdefault("payment_difference_handling", "open")
        moves = sorted(set(self.env["account.move.line"]._column_of(lines, "move_id").values()))
        if moves:
            partner, currency, reference, name = self.env["account.move"]._stored(
                moves[0], "partner_id", "currency_id", "payment_reference", "name"
            )
            vals["partner_id"] = partner
            vals.setdefault("currency_id", currency)
            vals.setdefault("communication", reference or name)

    @public
    def action_create_payments(self, ids: Any) -> Vals:
        """Makes, posts and assigns the payments; answers the action that would show them."""
        self._allow("write")
        wizard = self._one(ids)
        self._require([wizard])
        made = [self._pay(wizard, lines, amount) for lines, amount in self._shares(wizard)]
        action: Vals = {"name": "Payments", "type": "ir.actions.act_window", "res_model": "account.payment"}
        action["context"] = {"create": False}
        if len(made) == 1:
            return {**action, "view_mode": "form", "res_id": made[0]}
        return {**action, "view_mode": self._text("view_mode"), "domain": [["id", "in", made]]}

    def _shares(self, wizard: int) -> list[tuple[list[int], float]]:
        """What to pay at once: all lines together, or each invoice by itself."""
        lines = self._fetch_many(self.fields["line_ids"], [wizard])[wizard]
        grouped, amount = self._stored(wizard, "group_payment", "amount")
        owners = self.env["account.move.line"]._column_of(lines, "move_id")
        if grouped or len(set(owners.values())) <= 1:
            return [(lines, amount)]
        residuals = self.env["account.move.line"]._column_of(lines, "amount_residual")
        return [([line], abs(residuals[line])) for line in lines]

    def _pay(self, wizard: int, lines: list[int], amount: float) -> int:
        kind, journal, date, note, currency = self._stored(
            wizard, "payment_type", "journal_id", "payment_date", "communication", "currency_id"
        )
        partner = self.env["account.move.line"]._stored(lines[0], "partner_id")[0] if lines else False
        payments = self.env["account.payment"]
        if not journal:
            raise payments._mandatory(payments.fields["journal_id"])
        vals = {
            "payment_type": kind,
            "journal_id": journal,
            "date": date,
            "amount": amount,
            "partner_id": partner,
        }
        vals.update({self.profile.payment_note: note or False, "currency_id": currency or False})
        (payment,) = payments._create([{**vals, "partner_type": "customer"}])
        payments._post(payment)
        (move,) = payments._stored(payment, "move_id")
        closed = self.env["account.move.line"]._column_of(lines, "reconciled")
        left = [line for line in lines if not closed[line]]
        if move and left:
            reconcile.match(self.env, [*reconcile.open_lines(self.env, [move]), *left])
        return int(payment)


class MoveReversal(BaseModel):
    """``account.move.reversal``: a credit note for an invoice, as a draft."""

    name = "account.move.reversal"

    def _before_create(self, vals: Vals) -> Vals:
        moves = self._ids(self.env.context.get("active_ids"))
        self.env["account.move"]._require(moves)
        vals.setdefault("move_ids", [[6, 0, moves]])
        vals["date"] = vals.get("date") or self.env.today
        vals["company_id"] = self.env.company_id
        if not vals.get("journal_id") and moves:
            vals["journal_id"] = self.env["account.move"]._stored(moves[0], "journal_id")[0]
        return vals

    @public
    def reverse_moves(self, ids: Any, is_modify: bool = False) -> Vals:
        """Credit notes for the wizard's invoices; answers the action that would show them."""
        self._allow("write")
        wizard = self._one(ids)
        self._require([wizard])
        moves = self._fetch_many(self.fields["move_ids"], [wizard])[wizard]
        made = [self._refund(wizard, each) for each in moves]
        self._write([wizard], {"new_move_ids": [[6, 0, made]]})
        action: Vals = {"name": "Reverse Moves", "type": "ir.actions.act_window", "res_model": "account.move"}
        if len(made) == 1:
            kind = self.env["account.move"]._stored(made[0], "move_type")[0]
            return {**action, "view_mode": "form", "res_id": made[0], "context": {"default_move_type": kind}}
        return {**action, "view_mode": self._text("view_mode"), "domain": [["id", "in", made]]}

    @public
    def refund_moves(self, ids: Any) -> Vals:
        """The name of 17 and later for ``reverse_moves``."""
        if self.profile.refund_method != "refund_moves":
            raise self._unknown_method("refund_moves")
        return self.reverse_moves(ids)

    def _refund(self, wizard: int, move: int) -> int:
        date, journal, reason = self._stored(wizard, "date", "journal_id", "reason")
        moves = self.env["account.move"]
        kind, partner, currency, name = moves._stored(move, "move_type", "partner_id", "currency_id", "name")
        if kind not in INVOICES:
            raise UserError("Only invoices can be reversed in the sandbox.")
        vals = {
            "move_type": kind.replace("invoice", "refund"),
            "partner_id": partner,
            "currency_id": currency,
            "journal_id": journal,
            "invoice_date": date,
            "invoice_date_due": date,
            "reversed_entry_id": move,
            "ref": f"Reversal of: {name}, {reason}" if reason else f"Reversal of: {name}",
            "invoice_line_ids": [[0, 0, line] for line in self._refund_lines(move)],
        }
        return int(moves._create([vals])[0])

    def _refund_lines(self, move: int) -> list[Vals]:
        lines = self.env["account.move.line"]
        found = self.env.column(
            "SELECT id FROM account_move_line WHERE move_id = ? AND display_type IN "
            "('product', 'line_section', 'line_note') ORDER BY id",
            (move,),
        )
        names = (
            "name",
            "quantity",
            "price_unit",
            "discount",
            "account_id",
            "product_id",
            "display_type",
            "tax_ids",
        )
        rows = lines._rows(found, [lines.fields[name] for name in names], named=False)
        return [{**{n: row[n] for n in names}, "tax_ids": [[6, 0, row["tax_ids"]]]} for row in rows]
