"""What Odoo shows about a move: its name, its payments, amounts in words of its currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.models.totals import DIRECTION, INVOICES

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env

DRAFT = {
    "out_invoice": "Draft Invoice",
    "out_refund": "Draft Credit Note",
    "in_invoice": "Draft Bill",
    "in_refund": "Draft Vendor Credit Note",
    "entry": "Draft Entry",
}


def display(name: str | None, ref: str | None, state: str, kind: str) -> str:
    """How a move is called where others point at it."""
    number = "" if name in (None, "", "/") else str(name)
    shown = f"{DRAFT.get(kind, 'Draft Entry')} {number}".strip() if state == "draft" else number
    return f"{shown} ({ref})" if ref else shown


def money(env: Env, amount: float, currency: int) -> str:
    """``$ 40.00`` or ``40.00 €``, with the no-break space Odoo uses."""
    symbol, places, position = env["res.currency"]._stored(currency, "symbol", "decimal_places", "position")
    number = f"{amount:,.{places}f}"
    return f"{symbol}\u00a0{number}" if position == "before" else f"{number}\u00a0{symbol}"


def payments(env: Env, move: int) -> Any:
    """``invoice_payments_widget``: what has been reconciled with an invoice; ``False`` if nothing."""
    rows = env.execute(
        "SELECT p.id, p.amount, o.id, o.name, o.date, o.balance, o.payment_id, m.id, m.name, m.ref, j.name, "
        "m.currency_id, m.move_type FROM account_move_line l JOIN account_partial_reconcile p "
        "ON l.id IN (p.debit_move_id, p.credit_move_id) JOIN account_move_line o ON o.id = "
        "CASE WHEN p.debit_move_id = l.id THEN p.credit_move_id ELSE p.debit_move_id END "
        "JOIN account_move m ON m.id = o.move_id JOIN account_journal j ON j.id = m.journal_id "
        "WHERE l.move_id = ? AND l.display_type = 'payment_term' ORDER BY p.id",
        (move,),
    ).fetchall()
    content = [_payment(env, *row) for row in rows]
    return {"title": "Less Payment", "outstanding": False, "content": content} if content else False


def _payment(env: Env, partial: int, amount: float, _line: int, name: str, date: str, *more: Any) -> dict[str, Any]:
    balance, payment, move, number, ref, journal, currency, kind = more
    extra = env.profile.payments_widget_extra
    if "is_refund" in extra:
        extra = {**extra, "is_refund": kind.endswith("refund")}
    return {
        "name": False if name is None else name,
        "journal_name": journal,
        "amount": amount,
        "currency_id": currency,
        "date": date,
        "partial_id": partial,
        "account_payment_id": payment or False,
        "payment_method_name": _method(env, payment),
        "move_id": move,
        "ref": f"{number} ({ref})" if ref else number,
        "is_exchange": False,
        "amount_company_currency": money(env, abs(balance), currency),
        "amount_foreign_currency": False,
        **extra,
    }


def outstanding(env: Env, move: int) -> Any:
    """``invoice_outstanding_credits_debits_widget``: what of the customer could settle it, or ``False``."""
    kind, state, paid, partner, currency = env["account.move"]._stored(
        move, "move_type", "state", "payment_state", "commercial_partner_id", "currency_id"
    )
    if kind not in INVOICES or state != "posted" or paid not in ("not_paid", "partial"):
        return False
    owed = kind in DIRECTION
    rows = env.execute(
        "SELECT l.id, ABS(l.amount_residual), l.date, l.payment_id, l.move_id, m.name, m.ref FROM account_move_line l "
        "JOIN account_move m ON m.id = l.move_id WHERE l.account_id IN (SELECT d.account_id FROM account_move_line d "
        "JOIN account_account a ON a.id = d.account_id WHERE d.move_id = ? "
        "AND a.account_type IN ('asset_receivable', 'liability_payable')) AND l.parent_state = 'posted' "
        "AND l.partner_id = ? AND COALESCE(l.reconciled, 0) = 0 AND l.amount_residual <> 0 AND l.balance * ? < 0 "
        "ORDER BY l.date DESC, m.name DESC, l.id",
        (move, partner, 1 if owed else -1),
    ).fetchall()
    content = [_open(currency, *row) for row in rows]
    title = "Outstanding credits" if owed else "Outstanding debits"
    return {"outstanding": True, "content": content, "move_id": move, "title": title} if content else False


def _open(currency: int, line: int, amount: float, date: str, payment: int, *entry: Any) -> dict[str, Any]:
    move, number, ref = entry
    return {
        "journal_name": ref or number,
        "amount": amount,
        "currency_id": currency,
        "id": line,
        "move_id": move,
        "date": date,
        "account_payment_id": payment or False,
    }


def _method(env: Env, payment: int | None) -> Any:
    name = env.value(
        "SELECT l.name FROM account_payment p JOIN account_payment_method_line l "
        "ON l.id = p.payment_method_line_id WHERE p.id = ?",
        (payment or 0,),
    )
    return name or False
