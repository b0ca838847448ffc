"""Bars beside figures: how long each is, drawn as SVG by the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clinic.reports.aging import COLUMNS, Owing
from clinic.reports.production import Produced


@dataclass(frozen=True)
class Bar:
    """An amount, and how long its bar is: `length` from 0 to 100."""

    amount: Decimal
    currency: str
    length: int


@dataclass(frozen=True)
class Group:
    """Bars that belong together under a name."""

    name: str
    bars: list[Bar]


def _groups(named: Iterable[tuple[str, Sequence[Decimal]]], currency: str) -> list[Group]:
    rows = list(named)
    most = max((amount for _, amounts in rows for amount in amounts), default=Decimal(0))

    def bar(amount: Decimal) -> Bar:
        return Bar(amount, currency, max(0, round(amount / most * 100)) if most > 0 else 0)

    return [Group(name, [bar(amount) for amount in amounts]) for name, amounts in rows]


def of_aging(totals: Iterable[Owing]) -> list[list[Group]]:
    """Return a chart for each currency: what is owed by how long it has been due, at all branches together."""
    by_currency: dict[str, list[tuple[Decimal, ...]]] = {}
    for one in totals:
        by_currency.setdefault(one.currency, []).append(one.amounts)
    names = [str(word) for word in COLUMNS.values()]
    return [
        _groups(zip(names, [[sum(column)] for column in zip(*rows, strict=True)], strict=True), currency)
        for currency, rows in by_currency.items()
    ]


def of_production(rows: Iterable[Produced], nobody: str) -> list[list[Group]]:
    """Return a chart for each currency: produced, invoiced and collected, by practitioner."""
    by_currency: dict[str, list[tuple[str, Sequence[Decimal]]]] = {}
    for row in rows:
        bars = (row.produced, row.invoiced, row.collected)
        by_currency.setdefault(row.currency, []).append((str(row.practitioner or nobody), bars))
    return [_groups(named, currency) for currency, named in by_currency.items()]
