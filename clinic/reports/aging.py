"""Who owes what, and for how long it has been due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from clinic.invoices.models import Invoice
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.totals import round_money

COLUMNS = {
    "current": pgettext_lazy("what is owed", "Not due yet"),
    "to_30": pgettext_lazy("what is owed", "1–30 days"),
    "to_60": pgettext_lazy("what is owed", "31–60 days"),
    "to_90": pgettext_lazy("what is owed", "61–90 days"),
    "over_90": pgettext_lazy("what is owed", "Over 90 days"),
}
"""How many days what is owed is past due."""
KEYS = ("payer_now", "patient_now", "branch", "currency")


@dataclass(frozen=True)
class Owing:
    """What somebody owes for a patient at a branch, in `currency`; `amounts` are in the order of `COLUMNS`."""

    payer: Patient | None
    patient: Patient | None
    branch: Branch | None
    currency: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, Decimal(0))


def unpaid(branches: list[Branch]) -> QuerySet[Invoice]:
    """Return the invoices that money is owed for, with `owed`, and who is meant since records were merged."""
    found = Invoice.objects.issued().filter(branch__in=branches).standing_void(void=False).unpaid()
    return found.annotate(
        payer_now=Coalesce("payer__merged_into_id", "payer_id"),
        patient_now=Coalesce("patient__merged_into_id", "patient_id"),
    ).order_by()


def _columns(branches: list[Branch]) -> dict[str, Sum]:
    """Return the sums of each column: by how many days the due date has passed on the wall of the branch."""
    bounds = {"current": (None, 0), "to_30": (1, 30), "to_60": (31, 60), "to_90": (61, 90), "over_90": (91, None)}
    by_day: dict[date, list[Branch]] = {}
    for branch in branches:
        by_day.setdefault(branch.today(), []).append(branch)

    def due(least: int | None, most: int | None) -> Q:
        found = Q(pk__in=[])
        for today, there in by_day.items():
            one = Q(branch__in=there)
            one &= Q() if least is None else Q(due_on__lte=today - timedelta(days=least))
            one &= Q() if most is None else Q(due_on__gte=today - timedelta(days=most))
            found |= one
        return found

    return {name: Sum("owed", filter=due(*bound)) for name, bound in bounds.items()}


def owing(branches: list[Branch]) -> QuerySet:
    """Return what each payer owes, summed by the database, the most first: rows of `KEYS` and `COLUMNS`."""
    grouped = unpaid(branches).values(*KEYS).annotate(**_columns(branches), total=Sum("owed"))
    return grouped.order_by("currency", "-total", *KEYS[:3])


def read(rows: Iterable[dict], branches: list[Branch]) -> list[Owing]:
    """Return rows of `owing` with the records that they are about, in one query."""
    rows = list(rows)
    people = Patient.objects.in_bulk({row[key] for row in rows for key in KEYS[:2]})
    by_id = {branch.pk: branch for branch in branches}
    return [
        Owing(
            people.get(row["payer_now"]),
            people.get(row["patient_now"]),
            by_id.get(row["branch"]),
            row["currency"],
            _amounts(row),
        )
        for row in rows
    ]


def _amounts(row: dict) -> tuple[Decimal, ...]:
    # SQLite computes in binary floating point.
    return tuple(round_money(row[name] or Decimal(0), row["currency"]) for name in COLUMNS)


def totals(branches: list[Branch]) -> list[Owing]:
    """Return what is owed altogether, one for each branch and currency."""
    grouped = unpaid(branches).values("branch", "currency").annotate(**_columns(branches))
    by_id = {branch.pk: branch for branch in branches}
    rows = grouped.order_by("currency", "branch")
    return [Owing(None, None, by_id.get(row["branch"]), row["currency"], _amounts(row)) for row in rows]
