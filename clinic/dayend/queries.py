"""What is asked at the end of a day: which payments are still to be counted, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from clinic.dayend.models import Closing
from clinic.invoices.flows import signed
from clinic.invoices.models import Payment
from clinic.practice.models import Branch
from clinic.staff.models import User


@dataclass(frozen=True)
class Taking:
    """What one cashier took by one method, in the branch's currency."""

    method: str
    cashier: str
    payments: int
    amount: Decimal

    @property
    def method_word(self) -> str:
        return str(dict(Payment.Method.choices).get(self.method, self.method))

    @property
    def kept(self) -> dict[str, str | int]:
        """What a closing keeps of it."""
        return {
            "method": self.method,
            "cashier": self.cashier,
            "payments": self.payments,
            "amount": str(self.amount),
        }


class Row(NamedTuple):
    """What is counted of a payment: `cashier` is the id of a user, `amount` in the branch's currency."""

    payment: int
    method: str
    cashier: int | None
    amount: Decimal
    received_on: date


def pending(branch: Branch, day: date) -> QuerySet[Payment]:
    """Return the payments that closing `day` would count: those taken at the desk that no closing has counted.

    Whatever was taken after an earlier day was closed is among them; what was taken before a branch closed its first
    day is not.
    """
    first = Closing.objects.filter(branch=branch, day__lt=day).order_by("day").values_list("day", flat=True).first()
    return Payment.objects.filter(
        branch=branch,
        origin=Payment.Origin.DESK,
        currency=branch.currency,
        received_on__range=(first or day, day),
        counted=None,
    )


def rows_of(payments: QuerySet[Payment]) -> list[Row]:
    """Return what is counted of each payment, in one query, so that sums and what was summed are seen at one moment."""
    return [Row(*row) for row in payments.order_by().values_list("pk", "method", "taken_by", signed(), "received_on")]


def taken(rows: Iterable[Row]) -> list[Taking]:
    """Return what payments in one currency come to by method and cashier."""
    sums: dict[tuple[str, int | None], list[Decimal]] = {}
    for row in rows:
        sums.setdefault((row.method, row.cashier), []).append(row.amount)
    cashiers = User.objects.in_bulk({cashier for _, cashier in sums if cashier})
    order = Payment.Method.values
    found = [
        Taking(method, str(cashiers.get(cashier, "")), len(amounts), sum(amounts, Decimal(0)))
        for (method, cashier), amounts in sums.items()
    ]
    return sorted(found, key=lambda one: (order.index(one.method), one.cashier))


def kept_takings(closing: Closing) -> list[Taking]:
    """Return what was taken on a closed day, as it was when it was closed."""
    return [Taking(one["method"], one["cashier"], one["payments"], Decimal(one["amount"])) for one in closing.takings]


def by_method(takings: Iterable[Taking]) -> list[tuple[str, Decimal]]:
    """Return what was taken by each method, in the order of the takings."""
    sums: dict[str, Decimal] = {}
    for one in takings:
        sums[one.method_word] = sums.get(one.method_word, Decimal(0)) + one.amount
    return list(sums.items())


def cash_of(takings: Iterable[Taking]) -> Decimal:
    """Return how much of it was cash."""
    return sum((one.amount for one in takings if one.method == Payment.Method.CASH), Decimal(0))


def float_of(branch: Branch, day: date) -> Decimal:
    """Return what the till should hold when `day` begins: what the day closed before it left there."""
    left = Closing.objects.before(branch, day).filter(currency=branch.currency).values_list("left", flat=True).first()
    return left or Decimal(0)


def closing_of(branch: Branch, day: date) -> Closing | None:
    return Closing.objects.filter(branch=branch, day=day).select_related("branch", "closed_by").first()


def after_close(closing: Closing) -> list[Payment]:
    """Return the payments received on a closed day that it did not count: they belong to the next day that closes."""
    others = Payment.objects.filter(
        Q(counted=None) | ~Q(counted__closing=closing),
        branch_id=closing.branch_id,
        origin=Payment.Origin.DESK,
        received_on=closing.day,
    )
    return list(others.select_related("payer", "taken_by", "counted__closing").order_by("received_at"))
