"""What lines and invoices come to, compared with what real Odoo servers computed for random invoices.

The clinic rounds by line and has one tax on a line, so those are the recorded baskets that it has to agree with.
"""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.totals import Amounts, line_amounts, minor_unit, round_money, sum_amounts

BASKETS = Path(__file__).parent / "baskets"
VERSIONS = ["16", "17", "19"]
money = st.decimals("0", "9999.99", places=2)
percent = st.decimals("0", "100", places=2)


def baskets(version):
    """Return the recorded invoices that are rounded by line and have at most one tax on a line."""
    with (BASKETS / f"baskets.{version}.jsonl").open() as lines:
        every = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]
    return [
        basket
        for basket in every
        if basket["rounding"] == "round_per_line" and all(len(line["taxes"]) <= 1 for line in basket["lines"])
    ]


def amounts(line, currency):
    """Compute one recorded line by the clinic's rules, at the price that Odoo kept."""
    rate, kind = re.fullmatch(r"([\d.]+)%(excl|incl)", line["taxes"][0]).groups() if line["taxes"] else ("0", "excl")
    return line_amounts(
        quantity=line["quantity"],
        unit_price=line["stored_price_unit"],
        discount=line["discount"],
        currency=currency,
        rate=Decimal(rate),
        tax_included=kind == "incl",
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_every_line_comes_to_what_odoo_says(version):
    for basket in baskets(version):
        for line in basket["lines"]:
            ours = amounts(line, basket["currency"])
            assert (ours.untaxed, ours.total) == (line["subtotal"], line["total"]), (line, basket["currency"])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_invoice_comes_to_what_odoo_says(version):
    recorded = baskets(version)
    assert len(recorded) > 100
    for basket in recorded:
        ours = sum_amounts(amounts(line, basket["currency"]) for line in basket["lines"])
        assert (ours.untaxed, ours.tax, ours.total) == (basket["untaxed"], basket["tax"], basket["total"]), basket


@pytest.mark.parametrize("version", VERSIONS)
def test_odoo_keeps_a_price_of_two_decimals_as_it_is(version):
    """Odoo 16 and 17 round finer prices to two decimals whatever the currency, 19 keeps them."""
    lines = [line for basket in baskets(version) for line in basket["lines"]]
    two_decimals = [line for line in lines if line["price_unit"] == round(line["price_unit"], 2)]
    assert two_decimals
    assert all(line["stored_price_unit"] == line["price_unit"] for line in two_decimals)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "EUR", "0.01"),
        ("1.005", "EUR", "1.01"),
        ("1.004999", "EUR", "1.00"),
        ("-0.005", "EUR", "-0.01"),
        ("0.5", "JPY", "1"),
        ("0.0005", "KWD", "0.001"),
    ],
)
def test_halves_are_rounded_away_from_zero_to_the_minor_unit(amount, currency, rounded):
    assert str(round_money(Decimal(amount), currency)) == rounded


@given(quantity=money, price=money, discount=percent, rate=percent, included=st.booleans())
def test_a_line_never_loses_a_cent_between_its_parts(quantity, price, discount, rate, included):
    line = line_amounts(
        quantity=quantity, unit_price=price, discount=discount, currency="EUR", rate=rate, tax_included=included
    )
    assert line.untaxed == round_money(line.untaxed, "EUR")
    assert line.tax == round_money(line.tax, "EUR")
    assert line.untaxed >= 0 <= line.tax
    asked = round_money(quantity * price * (1 - discount / 100), "EUR")
    assert (line.total if included else line.untaxed) == asked


@given(st.lists(st.tuples(money, money), max_size=20))
def test_an_invoice_is_the_sum_of_its_lines(pairs):
    total = sum_amounts(Amounts(untaxed, tax) for untaxed, tax in pairs)
    assert total.total == sum((untaxed + tax for untaxed, tax in pairs), Decimal(0))


def test_the_minor_unit_of_a_currency_that_is_not_listed_is_a_hundredth():
    assert [str(minor_unit(code)) for code in ("EUR", "JPY", "KWD")] == ["0.01", "1", "0.001"]
