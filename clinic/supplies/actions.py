"""How what is in stock comes here: by whoever keeps the stock, a page of it at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from clinic.practice.models import Branch
from clinic.supplies.models import Holding, Supply


@dataclass(frozen=True)
class Goods:
    """What the stock says of some goods. `key` names product and place; `warehouse` is a branch's code, or none's."""

    key: str
    name: str
    code: str
    unit: str
    place: str
    warehouse: str

    def facts(self, branches: dict[str, Branch]) -> dict[str, object]:
        """Return what a supply shows of them."""
        facts = {"name": self.name[:200], "code": self.code[:60], "unit": self.unit[:40], "place": self.place[:120]}
        return {**facts, "branch": branches.get(self.warehouse)}


FACTS = ("name", "code", "unit", "place", "branch")


@transaction.atomic
def hold(goods: list[Goods]) -> list[Holding]:
    """Return a new, empty holding for each of the goods, with the supply it is a part of made if need be."""
    supplies = _supplies(goods)
    return Holding.objects.bulk_create(Holding(supply=supplies[one.key]) for one in goods)


@transaction.atomic
def describe(found: Iterable[tuple[Holding, Goods]]) -> None:
    """Take note of what goods are called now, and of holdings that lie somewhere else than before."""
    found = list(found)
    supplies = _supplies([goods for _, goods in found])
    moved = [holding for holding, goods in found if holding.supply_id != supplies[goods.key].pk]
    for holding, goods in found:
        holding.supply = supplies[goods.key]
    Holding.objects.bulk_update(moved, ["supply"])


def set_counted(stock: int, is_counted: bool) -> None:
    """Say whether a stock is still looked at; `stock` is the number that its keys begin with.

    What is not looked at any more is not shown. What people set for it (when it is low) is kept, should it come back.
    """
    Supply.objects.filter(key__startswith=f"{stock}:").update(is_counted=is_counted)


def forget(stock: int) -> None:
    """Forget the supplies of a stock."""
    Supply.objects.filter(key__startswith=f"{stock}:").delete()


def _supplies(goods: Iterable[Goods]) -> dict[str, Supply]:
    """Return the supplies of goods by key, made and brought up to date in a fixed number of queries."""
    by_key = {one.key: one for one in goods}
    branches = {branch.code: branch for branch in Branch.objects.all()}
    fresh = [Supply(key=key, **one.facts(branches)) for key, one in by_key.items()]
    Supply.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["key"], update_fields=FACTS)
    return {supply.key: supply for supply in Supply.objects.filter(key__in=by_key)}
