"""How a value is spelled in the clinic, in between, and in Odoo: there and back again it is the same."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.fields import Bool, Char, Date, Datetime, Field, Number, Phone, Refs, plain_number
from odoo_bridge.lists import Edit

FIRST, LAST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2060-01-01")
SCOPE: Any = SimpleNamespace(phone_region="IE")


def field(kind: type[Field]) -> Field:
    made = kind("value")
    made.name = "value"
    return made


def ours(kind: type[Field], value: Any) -> Any:
    return field(kind).ours(SimpleNamespace(value=value), SCOPE)


def taken_over(kind: type[Field], plain: Any) -> Any:
    record = SimpleNamespace(value=None)
    field(kind).take_over(record, plain, SCOPE)
    return record.value


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts)
def test_text_that_odoo_keeps_as_sent_is_nobodys_edit(text):
    plain = ours(Char, text)
    assert field(Char).theirs(field(Char).to_write(plain), SCOPE) == plain
    assert field(Char).theirs(field(Char).to_load(plain) or False, SCOPE) == plain


@given(texts)
def test_text_has_no_control_characters_and_no_blanks_at_its_ends(text):
    plain = ours(Char, text) or "x"
    assert plain == plain.strip()
    assert not [letter for letter in plain if unicodedata.category(letter) == "Cc"]


@given(texts)
def test_text_taken_over_reads_the_same_again(text):
    plain = field(Char).theirs(text or False, SCOPE)
    assert ours(Char, taken_over(Char, plain)) == plain


def test_two_spellings_of_one_letter_are_one_text():
    assert ours(Char, "Zoe\u0308") == ours(Char, "Zoë")


@pytest.mark.parametrize("empty", ["", "  ", None, "\n"])
def test_no_text_is_none_and_is_cleared_in_odoo(empty):
    assert ours(Char, empty) is None
    assert field(Char).to_write(None) is False
    assert field(Char).to_load(None) == ""
    assert taken_over(Char, None) == ""


@pytest.mark.parametrize(
    "theirs", ["+353 1 671 4000", "+35316714000", "(01) 671 4000", "01 6714000", "00353 1 671-4000"]
)
def test_the_same_number_in_any_spelling_is_nobodys_edit(theirs):
    assert field(Phone).theirs(theirs, SCOPE) == ours(Phone, "+35316714000")


def test_a_phone_number_is_sent_in_the_international_format():
    assert field(Phone).to_write(ours(Phone, "+35316714000")) == "+353 1 671 4000"
    assert field(Phone).to_load(ours(Phone, "+35316714000")) == "+353 1 671 4000"


def test_what_is_no_phone_number_is_shown_as_it_is():
    assert field(Phone).theirs("ring twice", SCOPE) == "ring twice"


@given(st.datetimes(FIRST, LAST), st.integers(-14 * 60, 14 * 60))
def test_a_moment_is_sent_in_utc_and_comes_back_as_the_same_moment(moment, minutes):
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    plain = ours(Datetime, aware)
    assert plain == aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert taken_over(Datetime, field(Datetime).theirs(plain, SCOPE)) == aware


@given(st.dates())
def test_a_day_comes_back_as_the_same_day(day):
    assert taken_over(Date, field(Date).theirs(ours(Date, day), SCOPE)) == day


def test_no_day_is_none():
    assert ours(Date, None) is None
    assert field(Date).theirs(False, SCOPE) is None
    assert taken_over(Date, None) is None
    assert date.fromisoformat(ours(Date, date(2026, 2, 28))) == date(2026, 2, 28)


@given(st.decimals(-(10**9), 10**9, places=3))
def test_no_thousandth_is_lost_on_the_way_to_odoo_and_back(amount):
    plain = ours(Number, amount)
    assert Decimal(plain) == amount
    assert field(Number).theirs(field(Number).to_write(plain), SCOPE) == plain
    assert field(Number).theirs(float(plain), SCOPE) == plain


@pytest.mark.parametrize(("amount", "text"), [("20.10", "20.1"), ("0.000", "0"), ("1E+3", "1000"), ("-0.50", "-0.5")])
def test_a_number_has_one_spelling(amount, text):
    assert plain_number(Decimal(amount)) == text


@given(st.booleans())
def test_yes_and_no_survive(value):
    assert field(Bool).theirs(field(Bool).to_write(ours(Bool, value)), SCOPE) is value
    assert field(Bool).to_load(value) in ("0", "1")


def test_references_have_no_order():
    several = Refs("partner", "value")
    several.name = "value"
    assert several.theirs([3, 1, 2], SCOPE) == several.theirs([1, 2, 3], SCOPE)
    assert several.to_write(Edit(add=(1, 2), remove=(3,))) == [[4, 1, 0], [4, 2, 0], [3, 3, 0]]


def test_a_computed_value_cannot_be_taken_over():
    computed = Char(lambda record, scope: "x")
    computed.name = "value"
    with pytest.raises(TypeError):
        computed.take_over(SimpleNamespace(), "y", SCOPE)
    assert computed.one_way
