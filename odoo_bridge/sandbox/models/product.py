"""Products: a template and its one variant, which repeats the template's fields.

Attributes and several variants to a template are not imitated.
"""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.models import warehouse
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks
from odoo_bridge.sandbox.orm.domain import Condition, condition
from odoo_bridge.sandbox.orm.model import BaseModel

# Kept by the variant or the template alone, or derived.
OWN = {"id", "product_tmpl_id", "product_variant_ids", "lst_price", "create_uid", "create_date"}
OWN |= {"write_uid", "write_date"}
# Seeded first in every database.
UNIT = CATEGORY = 1


class _Product(BaseModel):
    """What template and variant have in common."""

    def _defaults(self) -> Vals:
        tax = self.env.value("SELECT account_sale_tax_id FROM res_company WHERE id = ?", (self.env.company_id,))
        found = {"categ_id": CATEGORY, "uom_id": UNIT, "uom_po_id": UNIT, "taxes_id": [[6, 0, [tax] if tax else []]]}
        return {name: value for name, value in found.items() if name in self.fields}

    def _completed(self, vals: Vals) -> Vals:
        """``type`` follows ``detailed_type``, and the variant's price the template's."""
        if vals.get("detailed_type"):
            vals["type"] = vals["detailed_type"]
        if "lst_price" in vals and "lst_price" in self.fields and "list_price" not in vals:
            vals["list_price"] = vals["lst_price"]
        if "list_price" in vals and "lst_price" in self.fields:
            vals["lst_price"] = vals["list_price"]
        return vals

    def _shared(self, vals: Vals, other: BaseModel) -> Vals:
        return {name: value for name, value in vals.items() if name in other.fields and name not in OWN}

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        return self._completed(vals)

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "[GLV] Gloves"."""
        rows = self.env.execute(f"SELECT id, default_code, name FROM {self.table} WHERE id {IN_IDS}", (marks(ids),))
        return {each: f"[{code}] {name}" if code else name or "" for each, code, name in rows}

    def _display_condition(self, operator: str, value: Any) -> Condition:
        """Found by name, by code, and by both as they are shown."""
        either = ["|", ["name", operator, value], ["default_code", operator, value]]
        if isinstance(value, str) and value.startswith("[") and "] " in value:
            code, _bracket, name = value[1:].partition("] ")
            either = ["&", ["name", operator, name], ["default_code", operator, code]]
        return condition(self, either)


class ProductProduct(_Product):
    name = "product.product"

    def _before_create(self, vals: Vals) -> Vals:
        vals = self._completed(vals)
        if not vals.get("product_tmpl_id"):
            templates = self.env["product.template"]
            vals["product_tmpl_id"] = templates._with_variant_to_come(self._shared(vals, templates))
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        templates = self.env["product.template"]
        # Observed: archiving the only variant leaves the template active.
        shared = {k: v for k, v in self._shared(vals, templates).items() if k != "active"}
        if shared and not self.env.context.get("product_follows"):
            owners = list(self._column_of(ids, "product_tmpl_id").values())
            self.env.with_context(product_follows=True)["product.template"]._write(owners, shared)

    def _unlink(self, ids: list[int]) -> None:
        """A template goes with its last variant."""
        owners = set(self._column_of(ids, "product_tmpl_id").values())
        super()._unlink(ids)
        kept = self.env.column(
            f"SELECT product_tmpl_id FROM {self.table} WHERE product_tmpl_id {IN_IDS}", (marks(owners),)
        )
        orphans = self.env["product.template"]._existing(owners - set(kept))
        if orphans:
            self.env["product.template"]._unlink(sorted(orphans))

    def _compute_qty_available(self, ids: list[int]) -> dict[int, float]:
        return {each: warehouse.on_hand(self.env, each)[0] for each in ids}

    def _compute_virtual_available(self, ids: list[int]) -> dict[int, float]:
        return {each: warehouse.forecast(self.env, each) for each in ids}

    def _compute_free_qty(self, ids: list[int]) -> dict[int, float]:
        counted = {each: warehouse.on_hand(self.env, each) for each in ids}
        return {each: quantity - reserved for each, (quantity, reserved) in counted.items()}


class ProductTemplate(_Product):
    name = "product.template"

    def _before_create(self, vals: Vals) -> Vals:
        return self._completed(vals)

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        ids = super()._create(vals_list)
        if not self.env.context.get("product_follows"):
            variants = self.env["product.product"]
            for made, vals in zip(ids, vals_list, strict=True):
                variants._create([{**self._shared(vals, variants), "product_tmpl_id": made}])
        return ids

    def _with_variant_to_come(self, vals: Vals) -> int:
        """A template for a variant that is being made."""
        templates = self.env.with_context(product_follows=True)["product.template"]
        return int(templates._create([vals])[0])

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        variants = self.env["product.product"]
        shared = self._shared(vals, variants)
        if shared and not self.env.context.get("product_follows"):
            mine = self._variants(ids)
            self.env.with_context(product_follows=True)["product.product"]._write(mine, shared)

    def _variants(self, ids: Iterable[int]) -> list[int]:
        return self.env.column(
            f"SELECT id FROM product_product WHERE product_tmpl_id {IN_IDS} ORDER BY id", (marks(ids),)
        )

    def _compute_product_variant_id(self, ids: list[int]) -> dict[int, Any]:
        first = {each: next(iter(self._variants([each])), 0) for each in ids}
        names = self.env["product.product"]._display(first.values())
        return {each: [made, names[made]] if made else False for each, made in first.items()}

    def _compute_product_variant_count(self, ids: list[int]) -> dict[int, int]:
        return {each: len(self._variants([each])) for each in ids}

    def _compute_qty_available(self, ids: list[int]) -> dict[int, float]:
        return {each: sum(warehouse.on_hand(self.env, v)[0] for v in self._variants([each])) for each in ids}

    def _compute_virtual_available(self, ids: list[int]) -> dict[int, float]:
        return {each: sum(warehouse.forecast(self.env, v) for v in self._variants([each])) for each in ids}
