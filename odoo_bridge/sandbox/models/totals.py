"""The totals of a move: tax lines, the receivable line, residuals and the payment state.

Lines change one by one, totals once: whoever changes lines does it inside ``holding``, and the moves that
became stale are brought up to date when the outermost ``holding`` ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models.companies import account_of
from odoo_bridge.sandbox.models.tax import Priced, priced_as_configured, sums, taxes_of
from odoo_bridge.sandbox.orm.core import IN_IDS, marks
from odoo_bridge.sandbox.orm.rounding import is_zero, rounded

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env

INVOICES = ("out_invoice", "out_refund", "in_invoice", "in_refund", "out_receipt", "in_receipt")
# The sign of an income line's balance: an invoice to a customer credits income.
DIRECTION = {"out_invoice": -1, "in_refund": -1, "out_receipt": -1}
KEPT = (
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "amount_residual",
    "amount_untaxed_signed",
    "amount_tax_signed",
    "amount_total_signed",
    "amount_residual_signed",
    "payment_state",
)


@contextmanager
def holding(env: Env) -> Iterator[set[int]]:
    """Collects moves that become stale; recomputes them at the end of the outermost block."""
    if env.stale_moves is not None:
        yield env.stale_moves
        return
    env.stale_moves = set()
    try:
        yield env.stale_moves
        while env.stale_moves:
            refresh(env, sorted(env.stale_moves))
    finally:
        env.stale_moves = None


def refresh(env: Env, moves: Iterable[int]) -> None:
    """Brings totals, residuals and payment states of moves up to date."""
    for move in moves:
        if env.stale_moves is not None:
            env.stale_moves.discard(move)
        row = env.execute(
            "SELECT m.move_type, m.state, c.rounding FROM account_move m "
            "JOIN res_currency c ON c.id = m.currency_id WHERE m.id = ?",
            (move,),
        ).fetchone()
        if row is None:
            continue
        if row[0] in INVOICES:
            _Invoice(env, move, *row).refresh()
            env["sale.order"]._refresh(env["sale.order"]._of_invoices([move]))
        else:
            _refresh_entry(env, move, row[2])


def _refresh_entry(env: Env, move: int, step: float) -> None:
    residuals(env, move, step)
    total = env.value("SELECT SUM(debit) FROM account_move_line WHERE move_id = ?", (move,)) or 0.0
    _store(env, move, {"amount_total": rounded(total, step), "amount_total_signed": rounded(total, step)})


def residuals(env: Env, move: int, step: float) -> None:
    """What is still open on each line that can be reconciled."""
    rows = env.execute(
        "SELECT l.id, l.balance, a.reconcile, l.amount_residual, l.reconciled, "
        "(SELECT COALESCE(SUM(amount), 0) FROM account_partial_reconcile WHERE debit_move_id = l.id), "
        "(SELECT COALESCE(SUM(amount), 0) FROM account_partial_reconcile WHERE credit_move_id = l.id), "
        "m.state FROM account_move_line l JOIN account_account a ON a.id = l.account_id "
        "JOIN account_move m ON m.id = l.move_id WHERE l.move_id = ?",
        (move,),
    ).fetchall()
    for line, balance, reconcile, before, was, debits, credits_, state in rows:
        left = rounded((balance or 0.0) - debits + credits_, step) if reconcile else 0.0
        closed = int(bool(reconcile) and state == "posted" and is_zero(left, step))
        if (left, closed) != (before or 0.0, was or 0):
            env["account.move.line"]._update(
                [line], {"amount_residual": left, "amount_residual_currency": left, "reconciled": closed}
            )


def _store(env: Env, move: int, columns: dict[str, Any]) -> None:
    """Stores what changed; the move is stamped only then, as when Odoo recomputes."""
    names = list(columns)
    current = env["account.move"]._stored(move, *names)
    changed = {n: columns[n] for n, old in zip(names, current, strict=True) if columns[n] != old}
    if changed:
        env["account.move"]._update([move], changed)


class _Invoice:
    """One invoice or credit note, while its totals are computed."""

    def __init__(self, env: Env, move: int, kind: str, state: str, step: float) -> None:
        self.env, self.move, self.kind, self.state, self.step = env, move, kind, state, step
        self.sign = DIRECTION.get(kind, 1)
        self.lines = env["account.move.line"]
        self.untaxed = 0.0
        self.taxes: dict[int, float] = {}
        self.bases: dict[int, float] = {}

    def refresh(self) -> None:
        rows = self._product_lines()
        priced = [self._priced(*row[:4]) for row in rows]
        self.untaxed, _tax = sums(priced, self.step)
        for row, line, base in zip(rows, priced, self._bases(priced), strict=True):
            self._store_line(row[0], line, base, list(row[4:]))
        tax = self._write_tax_lines()
        total = rounded(self.untaxed + tax, self.step)
        self._write_due_line(total)
        residuals(self.env, self.move, self.step)
        residual = abs(self._due_residual())
        self._store_totals(rounded(self.untaxed, self.step), tax, total, residual)

    def _product_lines(self) -> list[tuple[Any, ...]]:
        return self.env.execute(
            "SELECT id, quantity, price_unit, discount, price_subtotal, price_total, balance "
            "FROM account_move_line WHERE move_id = ? AND display_type = 'product' ORDER BY id",
            (self.move,),
        ).fetchall()

    def _priced(self, line: int, quantity: float | None, unit: float | None, discount: float | None) -> Priced:
        taxes = taxes_of(self.env, "rel_account_move_line_tax_ids", line)
        return priced_as_configured(self.env, unit or 0.0, quantity or 0.0, discount or 0.0, taxes, self.step)

    def _bases(self, priced: list[Priced]) -> list[float]:
        """What each line books. A cent between the lines and their sum goes to the largest line."""
        bases = [line.subtotal for line in priced]
        if bases:
            largest = max(range(len(bases)), key=lambda at: abs(bases[at]))
            bases[largest] = rounded(bases[largest] + self.untaxed - sum(bases), self.step)
        return bases

    def _store_line(self, line: int, priced: Priced, base: float, before: list[Any]) -> None:
        for tax, amount in priced.taxes.items():
            self.taxes[tax] = self.taxes.get(tax, 0.0) + amount
            self.bases[tax] = self.bases.get(tax, 0.0) + base
        balance = self.sign * base or 0.0
        if [priced.subtotal, priced.total, balance] != before:
            self.lines._update(
                [line],
                {"price_subtotal": priced.subtotal, "price_total": priced.total, **amounts(balance)},
            )

    def _write_tax_lines(self) -> float:
        """One line for each tax; answers their sum."""
        present = dict(
            self.env.execute(
                "SELECT tax_line_id, id FROM account_move_line WHERE move_id = ? AND display_type = 'tax'",
                (self.move,),
            ).fetchall()
        )
        total = 0.0
        for tax, exact in self.taxes.items():
            amount = rounded(exact, self.step)
            total += amount
            base = rounded(self.sign * self.bases[tax], self.step)
            columns = {**amounts(self.sign * amount or 0.0), "tax_base_amount": abs(base)}
            if tax in present:
                self._change(present.pop(tax), columns)
            elif amount:
                self._add({"display_type": "tax", "tax_line_id": tax, "name": self._tax_name(tax)}, columns)
        if present:
            self.lines._discard(list(present.values()))
        return rounded(total, self.step)

    def _tax_name(self, tax: int) -> str:
        return str(self.env.value("SELECT name FROM account_tax WHERE id = ?", (tax,)))

    def _write_due_line(self, total: float) -> None:
        """The receivable (or payable) line. It cannot change once it is reconciled (observed)."""
        row = self.env.execute(
            "SELECT id, balance FROM account_move_line WHERE move_id = ? AND display_type = 'payment_term'",
            (self.move,),
        ).fetchone()
        has_lines = self.env.value(
            "SELECT 1 FROM account_move_line WHERE move_id = ? AND display_type = 'product'", (self.move,)
        )
        balance = -self.sign * total or 0.0
        (due,) = self.env["account.move"]._stored(self.move, "invoice_date_due")
        columns = {**amounts(balance), "date_maturity": due}
        if row is None:
            if has_lines:
                self._add({"display_type": "payment_term", "name": ""}, columns)
            return
        if row[1] != balance and self._is_matched(row[0]):
            (name,) = self.env["account.move"]._stored(self.move, "name")
            raise UserError(self.env.profile.texts["reconciled"].format(name=name, id=self.move))
        if not has_lines:
            self.lines._discard([row[0]])
        else:
            self._change(row[0], columns)

    def _is_matched(self, line: int) -> bool:
        return bool(
            self.env.value(
                "SELECT 1 FROM account_partial_reconcile WHERE debit_move_id = ? OR credit_move_id = ?",
                (line, line),
            )
        )

    def _change(self, line: int, columns: dict[str, Any]) -> None:
        current = self.lines._stored(line, *columns)
        if list(current) != list(columns.values()):
            self.lines._update([line], columns)

    def _add(self, vals: dict[str, Any], columns: dict[str, Any]) -> None:
        account = self._tax_account() if vals["display_type"] == "tax" else self._due_account()
        made = self.lines._create([{**vals, "move_id": self.move, "account_id": account, "quantity": 0.0}])
        self.lines._update(made, columns)
        if self.env.stale_moves is not None:
            self.env.stale_moves.discard(self.move)

    def _due_account(self) -> int:
        kind = "asset_receivable" if self.kind.startswith("out") else "liability_payable"
        return int(account_of(self.env, self._company(), kind))

    def _tax_account(self) -> int:
        return int(account_of(self.env, self._company(), "liability_current"))

    def _company(self) -> Any:
        return self.env["account.move"]._stored(self.move, "company_id")[0]

    def _due_residual(self) -> float:
        return rounded(
            self.env.value(
                "SELECT SUM(amount_residual) FROM account_move_line WHERE move_id = ? "
                "AND display_type = 'payment_term'",
                (self.move,),
            )
            or 0.0,
            self.step,
        )

    def _store_totals(self, untaxed: float, tax: float, total: float, residual: float) -> None:
        out = -self.sign
        values: list[Any] = [untaxed, tax, total, residual]
        values += [out * each or 0.0 for each in (untaxed, tax, total, residual)]
        columns = dict(zip(KEPT, [*values, self._payment_state(residual)], strict=True))
        _store(self.env, self.move, columns)

    def _payment_state(self, residual: float) -> str:
        if self.state != "posted":
            if self.state == "draft" and self.env.profile.draft_keeps_reconciliation:
                (kept,) = self.env["account.move"]._stored(self.move, "payment_state")
                return kept or "not_paid"
            return "not_paid"
        kinds = self._counterparts()
        if not is_zero(residual, self.step):
            return "partial" if kinds else "not_paid"
        return "reversed" if self._is_reversed(kinds) else "paid"

    def _is_reversed(self, kinds: set[tuple[str, bool]]) -> bool:
        """Settled by credit notes and not by money; a credit note settled by its invoice counts as paid."""
        if any(payment for _kind, payment in kinds):
            return False
        types = {kind for kind, _payment in kinds}
        if self.kind.endswith("refund"):
            return types == {"entry"}
        refund = self.kind.split("_")[0] + "_refund"
        return types in ({refund}, {refund, "entry"})

    def _counterparts(self) -> set[tuple[str, bool]]:
        """The moves this one is reconciled with: (type, is a payment's)."""
        rows = self.env.execute(
            "SELECT m.move_type, o.payment_id IS NOT NULL FROM account_move_line l "
            "JOIN account_partial_reconcile p ON l.id IN (p.debit_move_id, p.credit_move_id) "
            "JOIN account_move_line o ON o.id <> l.id AND o.id IN (p.debit_move_id, p.credit_move_id) "
            "JOIN account_move m ON m.id = o.move_id WHERE l.move_id = ?",
            (self.move,),
        )
        return {(kind, bool(payment)) for kind, payment in rows}


def amounts(balance: float) -> dict[str, float]:
    """A balance in all the columns that repeat it; the rate of every currency is 1 in the sandbox."""
    return {
        "balance": balance,
        "amount_currency": balance,
        "debit": max(balance, 0.0),
        "credit": max(-balance, 0.0),
    }


def moves_of(env: Env, lines: Iterable[int]) -> list[int]:
    """The moves that own the lines."""
    return env.column(
        f"SELECT DISTINCT move_id FROM account_move_line WHERE id {IN_IDS} ORDER BY move_id", (marks(lines),)
    )
