"""What Odoo has in stock, brought here as supplies. Nothing is ever sent."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from clinic.supplies import actions
from odoo_bridge.fields import Number
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Owner, Values
from odoo_bridge.said import _

CODED = re.compile(r"\[(?P<code>[^\]]*)\] (?P<name>.*)", re.DOTALL)
"""How Odoo shows a product that has an internal reference (observed on 16, 17 and 19)."""


class Quant(Mapping):
    """A product at a place may lie in several quants (by lot, by owner): each is a part of one supply here.

    A warehouse whose short code is a branch's holds that branch's supplies; others are the whole practice's. Of
    several Odoos each has a stock of its own: the same product in two of them is two supplies.
    """

    key, odoo, local = "quant", "stock.quant", "supplies.Holding"
    optional = pull_only = True
    batch = 500
    pulled = [["location_id.usage", "=", "internal"]]
    observed = ("product_id", "location_id", "product_uom_id")
    fixed = {"quantity": _("The stock is counted in Odoo, and nothing is ever sent.")}
    one, called = _("stock"), _("supplies")
    labels = {
        "product_id": _("product"),
        "location_id": _("place"),
        "product_uom_id": _("unit"),
        "quantity": _("quantity"),
    }

    quantity = Number("quantity", owner=Owner.ODOO)

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.none()

    def bring(self, answers: list[Values]) -> dict[int, UUID]:
        goods = [self._goods(answer) for answer in answers]
        holdings = actions.hold(goods)
        return {answer["id"]: holding.uid for answer, holding in zip(answers, holdings, strict=True)}

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        """Products are renamed, and a quant may be moved to another place."""
        actions.describe([(holding, self._goods(answer)) for holding, answer in found])
        return {}

    def let_go(self, uids: list[UUID]) -> None:
        self.model().objects.filter(uid__in=uids).delete()

    def _goods(self, answer: Values) -> actions.Goods:
        product, shown = answer["product_id"]
        place, where = answer["location_id"]
        coded = CODED.fullmatch(shown)
        name, code = (coded["name"], coded["code"]) if coded else (shown, "")
        unit = answer["product_uom_id"][1] if answer["product_uom_id"] else ""
        # Two Odoos count their products alike.
        key = f"{self.scope.connection.pk}:{product}@{place}"
        return actions.Goods(key, name, code, unit, where, where.partition("/")[0])
