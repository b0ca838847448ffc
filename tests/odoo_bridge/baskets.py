"""Random invoices, computed by the clinic and by an Odoo that they are loaded into over HTTP."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import Any

from clinic.totals import Amounts, Priced, Rounding, Tax, invoice_amounts, line_amounts, round_money
from odoo_bridge.client import Client
from odoo_bridge.client.batches import load_all

CURRENCIES = ("EUR", "USD", "JPY", "KWD")
RATES = tuple(map(Decimal, ("2.5", "5.5", "7.7", "10", "13.5", "15", "20", "21", "25")))
TAXES = tuple(Tax(rate, included) for rate in RATES for included in (False, True))
QUANTITIES = ("1", "1", "1", "2", "3", "7", "0.5", "1.25", "12.5")
DISCOUNTS = ("0", "0", "0", "5", "10", "12.5", "33.33", "100")
COLUMNS = ["partner_id/.id", "move_type", "currency_id/.id"]
OF_LINES = ["name", "quantity", "price_unit", "discount", "tax_ids/.id"]
TOTALS = ["amount_untaxed", "amount_tax", "amount_total"]

Basket = tuple[str, list[Priced]]


def cents(random: Random, end: int) -> Decimal:
    return Decimal(random.randint(0, end * 100)) / 100


def random_taxes(random: Random) -> tuple[Tax, ...]:
    """Return up to three taxes that a procedure may have, in the order in which the clinic keeps them."""
    included = random.choice([[False], [True], [False, True]])
    rates = random.sample(RATES, random.choice([0, 1, 1, 1, 2, 3]))
    if len(included) == 2:
        # One that is included, and the others on top.
        return tuple(sorted((Tax(rate, at == 0) for at, rate in enumerate(rates)), key=TAXES.index))
    return tuple(Tax(rate, included[0]) for rate in sorted(rates))


def random_line(random: Random) -> Priced:
    return Priced(
        quantity=Decimal(random.choice(QUANTITIES)) if random.random() < 0.8 else 1 + cents(random, 30),
        unit_price=cents(random, random.choice([1, 10, 100, 3000])),
        discount=Decimal(random.choice(DISCOUNTS)) if random.random() < 0.8 else cents(random, 100),
        taxes=random_taxes(random),
    )


def random_basket(random: Random) -> Basket:
    return random.choice(CURRENCIES), [random_line(random) for _ in range(random.choice([1, 1, 2, 3, 4, 6]))]


class Books:
    """An Odoo that has the taxes and currencies of the baskets. `office` is a client with all rights."""

    def __init__(self, client: Client, office: Client) -> None:
        self.client = client
        self.partner = client.create("res.partner", {"name": "Payer of baskets"})
        self.taxes = {
            tax: office.create(
                "account.tax",
                {
                    "name": f"Basket {tax.rate} % {'included' if tax.included else 'on top'}",
                    "amount": float(tax.rate),
                    "type_tax_use": "sale",
                    "company_id": 1,
                    **_inclusion(office, tax),
                    # The clinic keeps taxes in the order of their rates.
                    "sequence": 100 + at,
                },
            )
            for at, tax in enumerate(TAXES)
        }
        found = office.search_read(
            "res.currency", [["name", "in", CURRENCIES]], ["name"], context={"active_test": False}
        )
        self.currencies = {row["name"]: row["id"] for row in found}
        office.write("res.currency", list(self.currencies.values()), {"active": True})

    def enter(self, baskets: list[Basket]) -> list[int]:
        """Load baskets as draft invoices and return their ids."""
        fields = COLUMNS + [f"invoice_line_ids/{name}" for name in OF_LINES]
        rows = []
        for currency, lines in baskets:
            head = [self.partner, "out_invoice", self.currencies[currency]]
            for line in lines:
                taxes = ",".join(str(self.taxes[tax]) for tax in line.taxes)
                rows.append([*head, "x", *map(str, (line.quantity, line.unit_price, line.discount)), taxes])
                head = ["", "", ""]
        return load_all(self.client, "account.move", fields, rows)

    def differences(self, baskets: list[Basket], rounding: Rounding) -> list[str]:
        """Enter baskets and return what differs, if anything does."""
        ids = self.enter(baskets)
        moves = {row["id"]: row for row in self.client.read("account.move", ids, TOTALS)}
        wanted = [["move_id", "in", ids], ["display_type", "=", "product"]]
        shown: dict[int, list[dict[str, Any]]] = {}
        for row in self.client.search_read(
            "account.move.line", wanted, ["move_id", "price_subtotal", "price_total"], order="move_id, id"
        ):
            shown.setdefault(row["move_id"][0], []).append(row)
        return [
            difference
            for odoo_id, basket in zip(ids, baskets, strict=True)
            for difference in _compared(basket, moves[odoo_id], shown[odoo_id], rounding)
        ]


def _inclusion(office: Client, tax: Tax) -> dict[str, Any]:
    if "price_include_override" in office.fields_get("account.tax"):
        return {"price_include_override": "tax_included" if tax.included else "tax_excluded"}
    return {"price_include": tax.included}


def _compared(basket: Basket, move: dict[str, Any], rows: list[dict[str, Any]], rounding: Rounding) -> list[str]:
    currency, lines = basket
    theirs = [_told(currency, *(move[name] for name in TOTALS))]
    theirs += [_told(currency, row["price_subtotal"], None, row["price_total"]) for row in rows]
    every = [invoice_amounts(lines, currency, rounding), *(line_amounts(line, currency, rounding) for line in lines)]
    ours = [_ours(amounts, whole=at == 0) for at, amounts in enumerate(every)]
    return [] if ours == theirs else [f"{basket}: {json.dumps({'ours': ours, 'theirs': theirs}, default=str)}"]


def _ours(amounts: Amounts, whole: bool) -> tuple[Decimal | None, ...]:
    return amounts.untaxed, amounts.tax if whole else None, amounts.total


def _told(currency: str, *amounts: float | None) -> tuple[Decimal | None, ...]:
    return tuple(None if one is None else round_money(Decimal(repr(float(one))), currency) for one in amounts)
