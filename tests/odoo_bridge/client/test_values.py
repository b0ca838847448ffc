"""What may be sent, how it is written, and how a refused value is named."""

from __future__ import annotations

import json
import math
import xmlrpc.client
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import Rejected, Retry
from odoo_bridge.transports.values import odoo_datetime, sendable_call

from .conftest import Connect
from .wire import Wire


class State(StrEnum):
    DRAFT = "draft"


class Flag(IntEnum):
    ON = 1


class Text(str):
    """Text such as Django's SafeString, which XML-RPC does not know how to write."""


NAIVE = datetime(2026, 7, 1, 9, tzinfo=UTC).replace(tzinfo=None)
BRUSSELS = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 7, 1, 9, 0, 59, 999999, tzinfo=BRUSSELS), "2026-07-01 07:00:59"),
        (datetime(2026, 7, 1, 9, 0, tzinfo=UTC), "2026-07-01 09:00:00"),
        (date(2026, 7, 1), "2026-07-01"),
        (date(26, 7, 1), "0026-07-01"),
        (Decimal("19.99"), 19.99),
        (Decimal("0"), 0.0),
        ((1, 2), [1, 2]),
        (State.DRAFT, "draft"),
        (Flag.ON, 1),
        (Text("Ann"), "Ann"),
        (MappingProxyType({"a": (None,)}), {"a": [None]}),
        (True, True),
        (None, None),
        ("tab\tand\nnewline", "tab\tand\nnewline"),
        ("tooth 🦷", "tooth 🦷"),
    ],
)
def test_values_arrive_as_odoo_writes_them(
    value: Any, written: Any, transport: str, wire: Wire, connect: Connect
) -> None:
    connect(transport=transport).write("res.partner", [1], {"name": value})
    ((_, _, (_, values), _),) = wire.calls
    assert values == {"name": written}
    assert type(values["name"]) is type(written)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("lone \ud800 surrogate", "control characters or broken ones"),
        ("bell \x07", "control characters"),
        ("null \x00", "control characters"),
        (math.nan, "not a finite number"),
        (-math.inf, "not a finite number"),
        (Decimal("NaN"), "not a finite number"),
        (Decimal("sNaN"), "not a finite number"),
        (Decimal("1e400"), "not a finite number"),
        (NAIVE, "no time zone"),
        ("x" * 10_000_000, "more than 8 million characters"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "outside of the calendar"),
        (2**63, "too large"),
        (b"bytes", "values of type bytes"),
        ({1: "x"}, "names must be text"),
        ({"\x01": "x"}, "control characters"),
        (object(), "values of type object"),
        ({1, 2}, "values of type set"),
    ],
)
def test_a_value_that_odoo_cannot_hold_is_refused_before_anything_is_sent(
    value: Any, reason: str, transport: str, wire: Wire, connect: Connect
) -> None:
    client = connect(transport=transport)
    with pytest.raises(Rejected, match=reason) as caught:
        client.create("res.partner", [{"name": value}])
    assert caught.value.message.startswith("vals_list[0].name: ") or "vals_list[0].name." in caught.value.message
    assert caught.value.retry is Retry.NEVER
    assert caught.value.model == "res.partner"
    assert wire.requests == []


def test_a_whole_number_beyond_32_bits_is_refused_where_xml_cannot_write_it(wire: Wire, connect: Connect) -> None:
    with pytest.raises(Rejected, match=r"^vals\.color: the whole number is too large"):
        connect(transport="xmlrpc").write("res.partner", [1], {"color": 2**31})
    connect(transport="jsonrpc").write("res.partner", [1], {"color": 2**31})
    assert [call[2][1] for call in wire.calls] == [{"color": 2**31}]


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "path", "field"),
    [
        ("create", ([{"name": "a"}, {"name": "\0"}],), {}, "vals_list[1].name", "name"),
        (
            "create",
            ({"line_ids": [(0, 0, {"price": math.nan})]},),
            {},
            "vals_list.line_ids[0][2].price",
            "price",
        ),
        ("write", ([1], {"ref": "\0"}), {}, "vals.ref", "ref"),
        ("search", ([["name", "=", "\0"]],), {}, "domain[0][2]", None),
        ("search", ([],), {"context": {"lang": "\0"}}, "context.lang", "lang"),
        ("action_post", ([1], "\0"), {}, "args[1]", None),
        ("load", (["id", "name"], [["x.1", "a"], ["x.2", "\0"]]), {}, "data[1].name", "name"),
        ("load", (["id", "name\0"], []), {}, "fields[1]", None),
    ],
)
def test_a_refused_value_is_named_by_its_path(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any], path: str, field: str | None
) -> None:
    with pytest.raises(Rejected) as caught:
        sendable_call(method, args, kwargs, wide_integers=True)
    assert caught.value.message.partition(": ")[0] == path
    assert caught.value.field == field


def test_a_row_of_the_wrong_width_is_refused(connect: Connect) -> None:
    with pytest.raises(Rejected, match=r"data\[1\] has 1 values for 2 fields"):
        connect().load("res.partner", ["id", "name"], [["x.1", "Ann"], ["x.2"]])


@pytest.mark.parametrize("depth", [300, 400, 450, 100_000])
def test_a_value_nested_beyond_reason_is_refused_or_sent_but_never_crashes(
    depth: int, transport: str, connect: Connect
) -> None:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    client = connect(transport=transport)
    try:
        client.call("res.partner", "do", value)
    except Rejected as error:
        assert "nested too deeply" in error.message
    else:
        assert depth < 1000


def test_a_naive_time_has_no_text() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        odoo_datetime(NAIVE)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(-(10**12), 10**12, places=2)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_"), inner, max_size=4)
)


@given(VALUES)
def test_whatever_is_accepted_survives_both_encodings(value: Any) -> None:
    (plain,), _ = sendable_call("do", (value,), {}, wide_integers=False)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    ((back,), _) = xmlrpc.client.loads(xmlrpc.client.dumps((plain,), "do", allow_none=True))
    assert back == plain


@given(st.text())
def test_text_is_either_refused_or_sent_unchanged(text: str) -> None:
    try:
        (plain,), _ = sendable_call("do", (text,), {}, wide_integers=False)
    except Rejected:
        assert not text.isprintable()
        return
    assert plain == text


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", "a\nb\r", "\t <&> ]]> \u2028\x85"])
def test_line_ends_arrive_as_they_were_given(text: str, wire: Wire, connect: Connect, transport: str) -> None:
    connect(transport=transport).write("res.partner", [7], {"comment": text})
    assert wire.calls[-1][2][1] == {"comment": text}


@given(st.decimals(-(10**12), 10**12, places=2))
def test_an_amount_of_money_comes_back_to_the_cent(amount: Decimal) -> None:
    (plain,), _ = sendable_call("do", (amount,), {}, wide_integers=False)
    assert Decimal(str(json.loads(json.dumps(plain)))) == amount
    ((back,), _) = xmlrpc.client.loads(xmlrpc.client.dumps((plain,), "do"))
    assert Decimal(str(back)) == amount
