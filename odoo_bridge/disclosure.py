"""What may be said of a treatment outside of the clinic, by the connection's level of disclosure."""

from __future__ import annotations

from typing import Any

from odoo_bridge.fields import plain_number
from odoo_bridge.models import Connection

Level = Connection.Disclosure


def described(line: Any, scope: Any) -> str:
    """Return what a line of an invoice or a plan may say: all of it, the kind of treatment, or neither."""
    if scope.connection.disclosure == Level.FULL:
        return str(line)
    category = str(getattr(line, "category", ""))
    return category if scope.connection.disclosure == Level.CATEGORY and category else "Dental treatment"


def plan_name(plan: Any, scope: Any) -> str:
    """Return what a treatment plan may be called."""
    return str(plan.name) if scope.connection.disclosure == Level.FULL else "Treatment plan"


def taxes(line: Any, branch: int, scope: Any) -> list[tuple[int | None, str, bool]]:
    """Return what the taxes of a line of a branch are found by in Odoo."""
    company = scope.company_of(branch)
    return [(company, plain_number(tax.rate), tax.included) for tax in line.priced.taxes]
