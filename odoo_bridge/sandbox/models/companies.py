"""Several companies in one database: whose a record is, and who sees it.

A user without a company in the context works for all of theirs at once; a journal says whose an invoice or a payment
is, and whose accounts it uses; a tax of another company is refused (observed on 17).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.errors import AccessError, UserError
from odoo_bridge.sandbox.orm.core import IN_IDS, marks

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env

NOT_YOURS = "Access to unauthorized or invalid companies."


def check_allowed(env: Env) -> None:
    """Raises ``AccessError`` where the context names a company that the user does not work for."""
    allowed = env.context.get("allowed_company_ids") or []
    if allowed and not env.is_superuser and set(allowed) - set(env.own_companies):
        raise AccessError(NOT_YOURS)


def account_of(env: Env, company: Any, kind: str) -> Any:
    """The first account of a type in a company's chart; ``None`` without one."""
    if "company_id" in env["account.account"].fields:
        return env.value(
            "SELECT MIN(id) FROM account_account WHERE account_type = ? AND company_id = ?", (kind, company)
        )
    return env.value(
        "SELECT MIN(a.id) FROM account_account a JOIN rel_account_account_company_ids r ON r.here = a.id "
        "WHERE a.account_type = ? AND r.there = ?",
        (kind, company),
    )


def company_of(env: Env, journal: Any) -> int:
    """Whose a journal is."""
    return int(env.value("SELECT company_id FROM account_journal WHERE id = ?", (journal or 0,)) or env.company_id)


def check_taxes(env: Env, line: str, company: int, taxes: Iterable[int]) -> None:
    """Raises ``UserError`` for a tax of another company on a line of an invoice."""
    rows = env.execute(
        f"SELECT name FROM account_tax WHERE company_id != ? AND id {IN_IDS}",  # noqa: S608 - no text of a user
        (company, marks(taxes)),
    ).fetchall()
    if rows:
        owner = env.value("SELECT name FROM res_company WHERE id = ?", (company,))
        raise UserError(
            f"Incompatible companies on records:\n- '{line}' belongs to company '{owner}' and 'Taxes' "
            f"(tax_ids: '{rows[0][0]}') belongs to another company."
        )
