"""The lines of journal entries."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.errors import UserError
from odoo_bridge.sandbox.models import reconcile
from odoo_bridge.sandbox.models.companies import account_of, check_taxes, company_of
from odoo_bridge.sandbox.models.totals import INVOICES, amounts, holding, moves_of
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.model import BaseModel

INHERITED = ("company_id", "currency_id", "date", "journal_id", "name", "partner_id", "ref", "state")
PRICED = {
    "quantity",
    "price_unit",
    "discount",
    "tax_ids",
    "debit",
    "credit",
    "balance",
    "account_id",
    "product_id",
}


class AccountMoveLine(BaseModel):
    name = "account.move.line"

    # -- creating and changing

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        with holding(self.env) as stale:
            ids = super()._create(vals_list)
            stale.update(moves_of(self.env, ids))
        return ids

    def _write(self, ids: list[int], vals: Vals) -> None:
        self._refuse_matched(ids, vals)
        with holding(self.env) as stale:
            super()._write(ids, vals)
            stale.update(moves_of(self.env, ids))

    def _unlink(self, ids: list[int]) -> None:
        moves = moves_of(self.env, ids)
        with holding(self.env) as stale:
            super()._unlink(ids)
            stale.update(self.env["account.move"]._existing(moves))

    def _discard(self, ids: list[int]) -> None:
        """Removes tax and receivable lines that totals no longer need; not a deletion by a user."""
        listed = (marks(ids),)
        self.env.execute(f"DELETE FROM rel_account_move_line_tax_ids WHERE here {IN_IDS}", listed)
        self.env.execute(f"DELETE FROM account_move_line WHERE id {IN_IDS}", listed)

    def _refuse_matched(self, ids: list[int], vals: Vals) -> None:
        if not vals.keys() & (PRICED - {"tax_ids"}):
            return
        for each in ids:
            if reconcile.partials(self.env, [each]):
                (move,) = self._stored(each, "move_id")
                (name,) = self.env["account.move"]._stored(move, "name")
                raise UserError(self._text("reconciled", name=name, id=move))

    def _before_create(self, vals: Vals) -> Vals:
        move = vals.get("move_id")
        if not move:
            raise self._mandatory(self.fields["move_id"])
        columns = ("move_type", *INHERITED)
        parent = dict(zip(columns, self.env["account.move"]._stored(int(move), *columns), strict=True))
        kind = parent.pop("move_type")
        vals["move_name"], vals["parent_state"] = parent.pop("name"), parent.pop("state")
        for name, value in parent.items():
            vals.setdefault(name, value)
        if kind in INVOICES and vals.get("display_type", "product") == "product":
            self._fill_product_line(vals, parent["journal_id"])
        elif kind not in INVOICES:
            vals.update(amounts(self._balance(vals)))
        return vals

    def _balance(self, vals: Vals) -> float:
        if "balance" in vals:
            return float(vals["balance"] or 0.0)
        return float(vals.get("debit") or 0.0) - float(vals.get("credit") or 0.0)

    def _fill_product_line(self, vals: Vals, journal: int) -> None:
        vals.setdefault("quantity", 1.0)
        product = vals.get("product_id")
        if product:
            self._fill_from_product(vals, int(product))
        account = vals["account_id"] = vals.get("account_id") or self._income_account(journal)
        if vals.get("tax_ids") is None:
            vals["tax_ids"] = [[6, 0, self._default_taxes(account)]]
        if self.env.has_several_companies:
            linked = [each for command in vals["tax_ids"] or [] if command[0] == 6 for each in command[2]]
            linked += [command[1] for command in vals["tax_ids"] or [] if command[0] == 4]
            label = " ".join(part for part in (vals["move_name"], vals.get("name")) if part)
            check_taxes(self.env, label, company_of(self.env, journal), linked)

    def _fill_from_product(self, vals: Vals, product: int) -> None:
        list_price, unit = self.env["product.product"]._stored(product, "list_price", "uom_id")
        vals.setdefault("name", self.env["product.product"]._display([product])[product])
        vals.setdefault("price_unit", list_price)
        vals.setdefault("product_uom_id", unit)
        if vals.get("tax_ids") is None:
            field = self.env["product.product"].fields["taxes_id"]
            vals["tax_ids"] = [[6, 0, self.env["product.product"]._fetch_many(field, [product])[product]]]

    def _income_account(self, journal: int) -> Any:
        (account,) = self.env["account.journal"]._stored(journal, "default_account_id")
        return account or account_of(self.env, company_of(self.env, journal), "income")

    def _default_taxes(self, account: int) -> list[int]:
        """The account's taxes; 16 falls back on the company's sale tax, 17 and 19 on none (observed)."""
        field = self.env["account.account"].fields["tax_ids"]
        taxes: list[int] = self.env["account.account"]._fetch_many(field, [account])[account]
        if not taxes and self.profile.default_tax_on_lines:
            (default,) = self.env["res.company"]._stored(self.env.company_id, "account_sale_tax_id")
            taxes = [default] if default else []
        return taxes

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if vals.keys() & {"debit", "credit", "balance"}:
            vals.update(amounts(self._balance(vals)))
        return vals

    def _before_unlink(self, ids: list[int]) -> None:
        if "posted" in self._column_of(ids, "parent_state").values():
            raise UserError(
                "You can't delete a posted journal item. Don\u2019t play games with your accounting records; "
                "reset the journal entry to draft before deleting it."
            )

    # -- reconciling

    @public
    def reconcile(self, ids: Any) -> None:
        self._allow("write")
        reconcile.match(self.env, self._ids(ids))

    @public
    def remove_move_reconcile(self, ids: Any) -> None:
        self._allow("write")
        reconcile.release(self.env, self._ids(ids))

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """``INV/2026/00001 Visit``."""
        names, moves = self._column_of(ids, "name"), self._column_of(ids, "move_name")
        return {each: " ".join(part for part in (moves[each], names[each]) if part) for each in names}
