"""Payments, and the journal entry behind each."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models import widgets
from odoo_bridge.sandbox.models.companies import account_of, company_of
from odoo_bridge.sandbox.models.totals import holding
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.model import BaseModel

# Kept on the payment and on its entry alike: payment's name -> entry's name.
ENTRY = {"name": "name", "date": "date", "journal_id": "journal_id", "partner_id": "partner_id"}
MONEY = {
    "amount",
    "date",
    "partner_id",
    "journal_id",
    "payment_type",
    "currency_id",
    "payment_method_line_id",
}


class AccountPayment(BaseModel):
    name = "account.payment"

    # -- creating and changing

    def _before_create(self, vals: Vals) -> Vals:
        kind = vals.get("payment_type") or "inbound"
        vals["payment_type"] = kind
        vals["date"] = vals.get("date") or self.env.today
        vals["journal_id"] = vals.get("journal_id") or self._default_journal(self.env.company_id)
        vals["company_id"] = company_of(self.env, vals["journal_id"])
        moves = self.env["account.move"]
        vals["currency_id"] = vals.get("currency_id") or moves._currency(vals["journal_id"])
        vals["payment_method_line_id"] = vals.get("payment_method_line_id") or self._method(vals["journal_id"], kind)
        vals["destination_account_id"] = vals.get("destination_account_id") or self._destination(vals)
        vals["outstanding_account_id"] = self._outstanding(vals)
        if vals.get("name") == "/":
            vals["name"] = False
        return vals

    def _default_journal(self, company: int) -> int:
        own = [["type", "in", ["bank", "cash"]], ["company_id", "=", company]]
        found = self.env["account.journal"]._search(own, limit=1)
        if not found:
            raise UserError("No journal of type bank or cash exists.")
        return int(found[0])

    def _method(self, journal: int, kind: str) -> Any:
        lines = self.env["account.payment.method.line"]._search(
            [["journal_id", "=", journal], ["payment_type", "=", kind]], limit=1
        )
        return lines[0] if lines else False

    def _destination(self, vals: Vals) -> Any:
        kind = "asset_receivable" if vals.get("partner_type", "customer") == "customer" else "liability_payable"
        return account_of(self.env, vals["company_id"], kind)

    def _outstanding(self, vals: Vals) -> Any:
        """Where the money waits for the bank: the method's account; up to 17 the company's, without one."""
        account = self.env.value(
            "SELECT payment_account_id FROM account_payment_method_line WHERE id = ?",
            (vals["payment_method_line_id"] or 0,),
        )
        if account or self.profile.payment_needs_method_account:
            return account
        way = "debit" if vals["payment_type"] == "inbound" else "credit"
        column = f"account_journal_payment_{way}_account_id"
        return self.env.value(f"SELECT {column} FROM res_company WHERE id = ?", (vals["company_id"],))

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        for each, vals in zip(ids, vals_list, strict=True):
            # On 19 a payment without an account on its method has no entry (observed).
            if vals["outstanding_account_id"]:
                self._make_entry(each, vals)

    def _make_entry(self, payment: int, vals: Vals) -> None:
        moves = self.env["account.move"]
        entry = {
            "move_type": "entry",
            "journal_id": vals["journal_id"],
            "date": vals["date"],
            "ref": vals.get(self.profile.payment_note) or False,
            "partner_id": vals.get("partner_id") or False,
            "currency_id": vals["currency_id"],
            "name": vals.get("name") or False,
            moves.payment_column: payment,
            "line_ids": [[0, 0, line] for line in self._entry_lines(payment)],
        }
        (move,) = moves._create([entry])
        self._update([payment], {"move_id": move})
        self._follow([move])

    def _entry_lines(self, payment: int) -> list[Vals]:
        """The money that waits for the bank, and what the customer no longer owes."""
        kind, amount, waiting, owed, partner, date = self._stored(
            payment,
            "payment_type",
            "amount",
            "outstanding_account_id",
            "destination_account_id",
            "partner_id",
            "date",
        )
        incoming = amount if kind == "inbound" else -amount
        label = self._label(payment)
        shared = {"partner_id": partner, "name": label, "date_maturity": date, "payment_id": payment}
        return [
            {**shared, "account_id": waiting, "balance": incoming, "display_type": "product"},
            {**shared, "account_id": owed, "balance": -incoming, "display_type": "product"},
        ]

    def _label(self, payment: int) -> str:
        """``Customer Payment $ 40.00 - Ann Lee - 05/11/2024``."""
        kind, side, amount, currency, partner, date = self._stored(
            payment, "payment_type", "partner_type", "amount", "currency_id", "partner_id", "date"
        )
        who = "Customer" if side == "customer" else "Vendor"
        what = "Payment" if (kind == "inbound") == (side == "customer") else "Reimbursement"
        if self.profile.texts["payment_label"]:
            return self._short_label(payment)
        names = self.env["res.partner"]._display([partner or 0])
        day = f"{date[5:7]}/{date[8:]}/{date[:4]}"
        parts = [
            f"{who} {what} {widgets.money(self.env, amount, currency)}",
            names.get(partner or 0, ""),
            day,
        ]
        return " - ".join(part for part in parts if part)

    def _short_label(self, payment: int) -> str:
        """``Manual Payment: CLINIC-PAY-1`` (19)."""
        method, note = self._stored(payment, "payment_method_line_id", self.profile.payment_note)
        name = self.env.value("SELECT name FROM account_payment_method_line WHERE id = ?", (method or 0,)) or ""
        return self._text("payment_label", method=name, note=note) if note else str(name)

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if "journal_id" in vals or "payment_type" in vals:
            for each in ids:
                journal, kind = self._stored(each, "journal_id", "payment_type")
                found = self._method(vals.get("journal_id") or journal, vals.get("payment_type") or kind)
                vals["payment_method_line_id"] = vals.get("payment_method_line_id") or found
                chosen = {
                    "payment_method_line_id": vals["payment_method_line_id"],
                    "payment_type": kind,
                    **vals,
                }
                vals["outstanding_account_id"] = self._outstanding(chosen)
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        note = self.profile.payment_note
        entry = {ENTRY[name]: value for name, value in vals.items() if name in ENTRY}
        if note in vals:
            entry["ref"] = vals[note]
        for each in ids:
            (move,) = self._stored(each, "move_id")
            if not move:
                continue
            changed = self._changes(move, entry)
            if changed:
                self.env["account.move"]._write([move], changed)
            if vals.keys() & MONEY:
                self._rewrite_lines(each, move)
            self._follow([move])

    def _changes(self, move: int, entry: Vals) -> Vals:
        """What differs from the entry: writing a payment as it is leaves a posted entry alone (observed)."""
        current = self.env["account.move"]._stored(move, *entry) if entry else ()
        return {n: v for (n, v), old in zip(entry.items(), current, strict=True) if (v or None) != (old or None)}

    def _rewrite_lines(self, payment: int, move: int) -> None:
        lines = self.env["account.move.line"]
        with holding(self.env):
            present = self.env.column("SELECT id FROM account_move_line WHERE move_id = ? ORDER BY id", (move,))
            for line, vals in zip(present, self._entry_lines(payment), strict=False):
                changed = [
                    name for name, old in zip(vals, lines._stored(line, *vals), strict=True) if vals[name] != old
                ]
                if changed:
                    lines._write([line], vals)

    # -- the entry's life is the payment's

    @public
    def action_post(self, ids: Any) -> None:
        """Posts the entries; again is a ``UserError`` on 16 and 17 and nothing on 19 (observed)."""
        self._allow("write")
        for each in self._ids(ids):
            self._post(each)

    def _post(self, payment: int) -> None:
        move, state = self._one_stored(payment)
        if state != "draft" and self.profile.repeats_are_ignored:
            return
        if move:
            self.env["account.move"]._post([move])
        else:
            self._update([payment], {"state": self.profile.payment_states["posted"]})

    def _one_stored(self, payment: int) -> tuple[Any, ...]:
        self._require([payment])
        return self._stored(payment, "move_id", "state")

    @public
    def action_draft(self, ids: Any) -> None:
        """Back to draft; the invoices it paid are open again."""
        self._allow("write")
        for each in self._ids(ids):
            move, _state = self._one_stored(each)
            if move:
                self.env["account.move"]._set_state([move], "draft")
            else:
                self._update([each], {"state": "draft"})

    @public
    def action_cancel(self, ids: Any) -> None:
        self._allow("write")
        for each in self._ids(ids):
            move, _state = self._one_stored(each)
            if move:
                self.env["account.move"]._set_state([move], "cancel")
            else:
                self._update([each], {"state": self.profile.payment_states["cancelled"]})

    def _follow(self, moves: Sequence[int]) -> None:
        """Copies name, state and reconciliation from entries to their payments."""
        column = self.env["account.move"].payment_column
        for move in moves:
            payment, name, state = self.env["account.move"]._stored(move, column, "name", "state")
            if payment:
                self._follow_one(payment, name, state)

    def _follow_one(self, payment: int, name: str | None, state: str) -> None:
        states = {"draft": "draft", "cancel": self.profile.payment_states["cancelled"]}
        settled = self.env.value(
            "SELECT MIN(COALESCE(l.reconciled, 0)) FROM account_move_line l JOIN account_account a "
            "ON a.id = l.account_id WHERE l.payment_id = ? "
            "AND a.account_type IN ('asset_receivable', 'liability_payable')",
            (payment,),
        )
        posted = self.profile.payment_states["paid" if self._invoices_are_paid(payment) else "posted"]
        columns = {"name": name, "state": states.get(state, posted), "is_reconciled": int(bool(settled))}
        if tuple(columns.values()) != self._stored(payment, *columns):
            self._update([payment], columns)

    def _invoices_are_paid(self, payment: int) -> bool:
        invoices = self._reconciled_invoices([payment])[payment]
        states = self.env["account.move"]._column_of(invoices, "payment_state").values()
        return bool(invoices) and all(state == "paid" for state in states)

    def _before_unlink(self, ids: list[int]) -> None:
        moves = [move for move in self._column_of(ids, "move_id").values() if move]
        self.env["account.move"]._before_unlink(moves)

    def _unlink(self, ids: list[int]) -> None:
        self._require(ids)
        moves = [move for move in self._column_of(ids, "move_id").values() if move]
        super()._unlink(ids)
        self.env["account.move"]._unlink(list(self.env["account.move"]._existing(moves)))

    # -- computed

    def _reconciled_invoices(self, ids: Iterable[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {each: [] for each in ids}
        for each in found:
            found[each] = self.env.column(
                "SELECT DISTINCT m.id FROM account_move_line l JOIN account_partial_reconcile p "
                "ON l.id IN (p.debit_move_id, p.credit_move_id) JOIN account_move_line o ON o.id = "
                "CASE WHEN p.debit_move_id = l.id THEN p.credit_move_id ELSE p.debit_move_id END "
                "JOIN account_move m ON m.id = o.move_id WHERE l.payment_id = ? AND m.move_type <> 'entry' "
                "ORDER BY m.id",
                (each,),
            )
        return found

    def _compute_reconciled_invoice_ids(self, ids: list[int]) -> dict[int, list[int]]:
        return self._reconciled_invoices(ids)

    def _compute_reconciled_invoices_count(self, ids: list[int]) -> dict[int, int]:
        return {each: len(invoices) for each, invoices in self._reconciled_invoices(ids).items()}

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        names = self._column_of(ids, "name")
        return {each: name if name and name != "/" else "Draft Payment" for each, name in names.items()}
