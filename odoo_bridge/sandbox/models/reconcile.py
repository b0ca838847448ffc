"""Reconciliation: which payment settles which invoice, in whole or in part."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models.totals import holding, moves_of
from odoo_bridge.sandbox.orm.core import IN_IDS, marks
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import is_zero, rounded

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env


def account_of(env: Env, line: int) -> int:
    return int(env["account.move.line"]._stored(line, "account_id")[0])


def open_lines(env: Env, moves: Iterable[int]) -> list[int]:
    """The receivable and payable lines of posted moves that are not settled."""
    return env.column(
        "SELECT l.id FROM account_move_line l JOIN account_account a ON a.id = l.account_id "
        f"WHERE l.move_id {IN_IDS} AND l.parent_state = 'posted' AND COALESCE(l.reconciled, 0) = 0 "
        "AND a.account_type IN ('asset_receivable', 'liability_payable') ORDER BY l.date_maturity, l.id",
        (marks(moves),),
    )


def partials(env: Env, lines: Iterable[int]) -> list[int]:
    listed = marks(lines)
    return env.column(
        f"SELECT id FROM account_partial_reconcile WHERE debit_move_id {IN_IDS} OR credit_move_id {IN_IDS} ORDER BY id",
        (listed, listed),
    )


def match(env: Env, lines: list[int]) -> None:
    """Settles debits with credits, oldest first, as far as they go.

    Raises ``UserError`` for lines that are settled already, not posted, or of different accounts.
    """
    rows = [(line, *env["account.move.line"]._stored(line, *_COLUMNS)) for line in lines]
    _check(env, rows)
    step = _step(env)
    debits = [[line, residual] for line, residual, *_rest in rows if residual > 0]
    credits_ = [[line, -residual] for line, residual, *_rest in rows if residual < 0]
    with holding(env) as stale:
        while debits and credits_:
            amount = min(debits[0][1], credits_[0][1])
            _pair(env, debits[0][0], credits_[0][0], amount)
            for side in (debits, credits_):
                side[0][1] = rounded(side[0][1] - amount, step)
                if is_zero(side[0][1], step):
                    side.pop(0)
        stale.update(moves_of(env, lines))
    _close(env, lines)
    env["account.payment"]._follow(moves_of(env, _group(env, lines)))


_COLUMNS = ("amount_residual", "reconciled", "parent_state", "account_id")


def _step(env: Env) -> float:
    return float(
        env.value(
            "SELECT c.rounding FROM res_company o JOIN res_currency c ON c.id = o.currency_id ORDER BY o.id LIMIT 1"
        )
    )


def _check(env: Env, rows: list[tuple[Any, ...]]) -> None:
    if any(reconciled for _line, _residual, reconciled, _state, _account in rows):
        raise UserError(env.profile.texts["already_reconciled"])
    if any(state != "posted" for _line, _residual, _reconciled, state, _account in rows):
        raise UserError("You can only reconcile posted entries.")
    accounts = {account for *_rest, account in rows}
    if len(accounts) > 1:
        names = ", ".join(env["account.account"]._display(accounts).values())
        raise UserError(f"Entries are not from the same account: {names}")
    if not all(env["account.account"]._column_of(accounts, "reconcile").values()):
        (name,) = env["account.account"]._display(accounts).values()
        raise UserError(
            f"Account {name} does not allow reconciliation. First change the configuration of this account to allow it."
        )


def _pair(env: Env, debit: int, credit: int, amount: float) -> None:
    dates = env["account.move.line"]._column_of([debit, credit], "date").values()
    env["account.partial.reconcile"]._create(
        [
            {
                "debit_move_id": debit,
                "credit_move_id": credit,
                "amount": amount,
                "debit_amount_currency": amount,
                "credit_amount_currency": amount,
                "max_date": max(dates),
                "company_id": env["account.move.line"]._stored(debit, "company_id")[0],
            }
        ]
    )


def _close(env: Env, lines: list[int]) -> None:
    """Marks lines that are settled with everything they are matched with; others get the number of a part."""
    group = _group(env, lines)
    found = partials(env, group)
    if not found:
        return
    closed = env["account.move.line"]._column_of(group, "reconciled")
    number: str = f"P{found[0]}"
    full: int | None = None
    if all(closed.values()):
        full = env["account.full.reconcile"]._create([{}])[0]
        number = str(full)
        env["account.partial.reconcile"]._update(found, {"full_reconcile_id": full})
    env["account.move.line"]._update(group, {"full_reconcile_id": full, "matching_number": number})


def _group(env: Env, lines: Iterable[int]) -> list[int]:
    """The lines, and all lines matched with them, however far."""
    group: set[int] = set(lines)
    while True:
        listed = marks(partials(env, group))
        wider = set(
            env.column(
                f"SELECT debit_move_id FROM account_partial_reconcile WHERE id {IN_IDS} UNION "
                f"SELECT credit_move_id FROM account_partial_reconcile WHERE id {IN_IDS}",
                (listed, listed),
            )
        )
        if wider <= group:
            return sorted(group)
        group |= wider


def family(env: Env, lines: Iterable[int]) -> list[int]:
    """The moves that are tied to the lines by reconciliation."""
    return moves_of(env, _group(env, lines))


def release(env: Env, lines: Iterable[int]) -> None:
    """Undoes every reconciliation of the lines."""
    found = partials(env, lines)
    if found:
        env["account.partial.reconcile"]._unlink(found)


class AccountPartialReconcile(BaseModel):
    name = "account.partial.reconcile"

    def _unlink(self, ids: list[int]) -> None:
        """What was settled by these is open again, and the invoices are told (their ``write_date`` moves)."""
        lines = [line for each in ids for line in self._stored(each, "debit_move_id", "credit_move_id")]
        group = _group(self.env, lines)
        fulls = {full for full in self._column_of(partials(self.env, group), "full_reconcile_id").values() if full}
        with holding(self.env) as stale:
            super()._unlink(ids)
            self.env["account.full.reconcile"]._unlink(list(fulls))
            self.env["account.move.line"]._update(group, {"full_reconcile_id": None, "matching_number": None})
            stale.update(moves_of(self.env, group))
        self.env["account.payment"]._follow(moves_of(self.env, group))


class AccountFullReconcile(BaseModel):
    name = "account.full.reconcile"
