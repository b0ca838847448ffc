"""What lines and invoices come to, compared with what real Odoo servers computed for random invoices."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clinic.totals import Priced, Rounding, Tax, invoice_amounts, line_amounts, minor_unit, round_money

BASKETS = Path(__file__).parent / "baskets"
VERSIONS = [16, 17, 19]
METHODS = ["round_per_line", "round_globally"]
CURRENCIES = ["EUR", "USD", "JPY", "KWD"]
money = st.decimals("0", "9999.99", places=2)
percent = st.decimals("0", "100", places=2)
a_tax = st.builds(Tax, st.sampled_from(["5.5", "7.7", "10", "13.5", "20", "25"]).map(Decimal), st.booleans())
a_line = st.builds(
    Priced,
    quantity=st.decimals("0.01", "99.99", places=2),
    unit_price=money,
    discount=percent,
    taxes=st.lists(a_tax, max_size=3, unique=True).map(tuple),
)
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
some_lines = st.lists(a_line, max_size=8)


def baskets(version, method):
    """Return the recorded invoices of a version that were rounded one way."""
    with (BASKETS / f"baskets.{version}.jsonl").open() as lines:
        every = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]
    return [basket for basket in every if basket["rounding"] == method]


def priced(line):
    """Return a recorded line as it was sent."""
    taxes = [re.fullmatch(r"([\d.]+)%(excl|incl)", name).groups() for name in line["taxes"]]
    return Priced(
        line["quantity"],
        line["price_unit"],
        line["discount"],
        tuple(Tax(Decimal(rate), kind == "incl") for rate, kind in taxes),
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_line_comes_to_what_odoo_says(version, method):
    for basket in baskets(version, method):
        for line in basket["lines"]:
            ours = line_amounts(priced(line), basket["currency"], Rounding.of(method, version))
            assert (ours.untaxed, ours.total) == (line["subtotal"], line["total"]), (line, basket["currency"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_invoice_comes_to_what_odoo_says(version, method):
    recorded = baskets(version, method)
    assert len(recorded) == 200
    for basket in recorded:
        lines = [priced(line) for line in basket["lines"]]
        ours = invoice_amounts(lines, basket["currency"], Rounding.of(method, version))
        assert (ours.untaxed, ours.tax, ours.total) == (basket["untaxed"], basket["tax"], basket["total"]), basket


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


def test_half_a_cent_of_included_tax_is_the_price_in_16_and_17_and_tax_in_19():
    """Three cents with 20 % in them: half a cent is tax."""
    line = Priced(Decimal(1), Decimal("0.03"), taxes=(Tax(Decimal(20), included=True),))
    untaxed = {rounding: str(line_amounts(line, "EUR", rounding).untaxed) for rounding in Rounding}
    assert untaxed == {"line-16": "0.03", "total-16": "0.03", "line-19": "0.02", "total-19": "0.03"}


def test_16_and_17_lose_a_half_to_binary_fractions_and_19_does_not():
    line = Priced(Decimal(3), Decimal("1078.83"), Decimal(5))
    untaxed = {rounding: str(line_amounts(line, "KWD", rounding).untaxed) for rounding in Rounding}
    assert untaxed == {"line-16": "3074.665", "total-16": "3074.665", "line-19": "3074.666", "total-19": "3074.666"}


@patiently
@given(some_lines, st.sampled_from(CURRENCIES), st.sampled_from(Rounding))
def test_amounts_are_whole_minor_units_and_never_negative(lines, currency, rounding):
    for amounts in [
        *(line_amounts(line, currency, rounding) for line in lines),
        invoice_amounts(lines, currency, rounding),
    ]:
        for amount in (amounts.untaxed, amounts.tax, amounts.total):
            assert amount == round_money(amount, currency)
            assert amount >= 0


@patiently
@given(some_lines, st.sampled_from(CURRENCIES), st.sampled_from([one for one in Rounding if one.by_line]))
def test_rounded_by_line_an_invoice_is_the_sum_of_its_lines(lines, currency, rounding):
    every = [line_amounts(line, currency, rounding) for line in lines]
    invoice = invoice_amounts(lines, currency, rounding)
    assert (invoice.untaxed, invoice.tax) == (sum(one.untaxed for one in every), sum(one.tax for one in every))


@patiently
@given(some_lines, st.sampled_from(CURRENCIES), st.sampled_from(Rounding), st.randoms())
def test_the_order_of_lines_does_not_matter_but_for_the_last_bit(lines, currency, rounding, random):
    mixed = random.sample(lines, len(lines))
    apart = invoice_amounts(lines, currency, rounding).total - invoice_amounts(mixed, currency, rounding).total
    assert abs(apart) <= (
        0 if rounding.by_line else minor_unit(currency) * (1 + len({t for x in lines for t in x.taxes}))
    )


@patiently
@given(some_lines, st.sampled_from(CURRENCIES), st.sampled_from(Rounding))
def test_what_is_given_back_is_what_was_charged(lines, currency, rounding):
    back = [Priced(-line.quantity, line.unit_price, line.discount, line.taxes) for line in lines]
    charged, returned = invoice_amounts(lines, currency, rounding), invoice_amounts(back, currency, rounding)
    assert (returned.untaxed, returned.tax) == (-charged.untaxed, -charged.tax)


@patiently
@given(a_line, st.sampled_from(CURRENCIES), st.sampled_from([one for one in Rounding if one.by_line]))
def test_taxes_that_are_included_leave_the_price_as_it_is(line, currency, rounding):
    assume(all(tax.included for tax in line.taxes))
    bare = Priced(line.quantity, line.unit_price, line.discount)
    assert line_amounts(line, currency, rounding).total == line_amounts(bare, currency, rounding).total


@patiently
@given(some_lines, st.sampled_from(CURRENCIES))
def test_rounding_once_is_never_further_from_rounding_by_line_than_the_halves_it_spares(lines, currency):
    by_line, once = (invoice_amounts(lines, currency, one) for one in (Rounding.LINE_19, Rounding.TOTAL_19))
    roundings = sum(1 + len(line.taxes) for line in lines) + len({tax for line in lines for tax in line.taxes}) + 1
    assert abs(by_line.total - once.total) <= roundings * minor_unit(currency)


def test_the_minor_unit_of_a_currency_that_is_not_listed_is_a_hundredth():
    assert [str(minor_unit(code)) for code in ("EUR", "JPY", "KWD")] == ["0.01", "1", "0.001"]


@pytest.mark.parametrize(
    ("method", "major", "rounding"),
    [("round_per_line", 16, "line-16"), ("round_globally", 17, "total-16"), ("round_globally", 19, "total-19")],
)
def test_the_way_to_round_follows_from_the_server(method, major, rounding):
    assert Rounding.of(method, major) == rounding
