"""Totals of random invoices are those of real servers, to the cent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from odoo_bridge.sandbox import Sandbox, Seed
from tests.odoo_bridge.sandbox.replay import RECORDINGS


class Books:
    def __init__(self, version: int, rounding: str) -> None:
        self.sandbox = Sandbox(version, seed=Seed(taxes=()))
        self.taxes: dict[str, int] = {}
        self.call("res.company", "write", [1], {"tax_calculation_rounding_method": rounding})
        found = self.call("res.currency", "search_read", [], ["name"], context={"active_test": False})
        self.currencies = {row["name"]: row["id"] for row in found}

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.sandbox.as_user(2, model, method, *args, **kwargs)

    def tax(self, name: str) -> int:
        """A tax by its recorded name: ``15.0%excl``."""
        if name not in self.taxes:
            amount, kind = re.fullmatch(r"([\d.]+)%(excl|incl)", name).groups()
            vals = {"name": name, "amount": float(amount), "price_include": kind == "incl", "company_id": 1}
            self.taxes[name] = self.call("account.tax", "create", vals)
        return self.taxes[name]

    def invoice(self, basket: dict[str, Any]) -> int:
        lines = [
            {
                "name": "x",
                **{key: line[key] for key in ("quantity", "price_unit", "discount")},
                "tax_ids": [[6, 0, [self.tax(name) for name in line["taxes"]]]],
            }
            for line in basket["lines"]
        ]
        vals = {
            "move_type": "out_invoice",
            "partner_id": 1,
            "currency_id": self.currencies[basket["currency"]],
        }
        return self.call("account.move", "create", {**vals, "invoice_line_ids": [[0, 0, line] for line in lines]})


@pytest.mark.parametrize("rounding", ("round_per_line", "round_globally"))
@pytest.mark.parametrize("version", (16, 17, 19))
def test_totals_equal_the_recorded_ones(version: int, rounding: str) -> None:
    books = Books(version, rounding)
    text = (RECORDINGS / f"baskets.{version}.jsonl").read_text()
    baskets = [b for b in map(json.loads, text.splitlines()) if b["rounding"] == rounding]
    assert len(baskets) == 200
    for basket in baskets:
        move = books.invoice(basket)
        (row,) = books.call("account.move", "read", [move], ["amount_untaxed", "amount_tax", "amount_total"])
        expected = [basket["untaxed"], basket["tax"], basket["total"]]
        assert [row["amount_untaxed"], row["amount_tax"], row["amount_total"]] == pytest.approx(expected, abs=1e-6)
        lines = books.call(
            "account.move.line",
            "search_read",
            [["move_id", "=", move], ["display_type", "=", "product"]],
            ["price_unit", "price_subtotal", "price_total", "balance"],
            order="id",
        )
        assert sum(line["balance"] for line in lines) == pytest.approx(-row["amount_untaxed"], abs=1e-6)
        for line, sent in zip(lines, basket["lines"], strict=True):
            seen = (line["price_unit"], line["price_subtotal"], line["price_total"])
            assert seen == pytest.approx((sent["stored_price_unit"], sent["subtotal"], sent["total"]), abs=1e-6)
