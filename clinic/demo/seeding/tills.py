"""The tills of the demo: yesterday was counted and closed, today is still open."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

from clinic.dayend import actions, queries
from clinic.dayend.denominations import coins_and_notes
from clinic.practice.models import Branch
from clinic.staff.models import User

FLOAT = Decimal("100.00")


def close_yesterday(branches: list[Branch], cashier: User) -> None:
    """Close the last day of each branch with the cash that was taken, counted by coins and notes."""
    for branch in branches:
        day = branch.today() - timedelta(days=1)
        counted = FLOAT + queries.cash_of(queries.taken(queries.rows_of(queries.pending(branch, day))))
        pieces = _pieces(counted, branch.currency)
        count = actions.Count(FLOAT, counted, FLOAT, denominations=pieces)
        actions.close(branch, day, count, by=cashier, uid=uuid.uuid4())


def _pieces(amount: Decimal, currency: str) -> dict[str, int]:
    """Return how an amount is paid with the fewest coins and notes: the number of each by its value."""
    found = {}
    for value in coins_and_notes(currency):
        number, amount = divmod(amount, value)
        if number:
            found[str(value)] = int(number)
    return found
