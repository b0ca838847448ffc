"""Values both ways, from what `fields_get` says."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_bridge.client import Client
from odoo_bridge.client.commands import Command
from odoo_bridge.client.outgoing import Many2one
from odoo_bridge.client.typed import ATTRIBUTES, Schema
from odoo_bridge.errors import Garbled, Rejected

from .recordings import FOLDER

FIELDS: dict[str, dict[str, Any]] = {
    "id": {"type": "integer"},
    "name": {"type": "char", "required": True, "depends": []},
    "code": {"type": "char", "size": 2},
    "note": {"type": "text"},
    "comment": {"type": "html"},
    "active": {"type": "boolean", "required": True, "depends": []},
    "color": {"type": "integer"},
    "res_id": {"type": "many2one_reference"},
    "ratio": {"type": "float"},
    "price": {"type": "float", "digits": [16, 2]},
    "total": {"type": "monetary"},
    "born": {"type": "date"},
    "start": {"type": "datetime"},
    "image": {"type": "binary"},
    "partner_id": {"type": "many2one", "relation": "res.partner"},
    "line_ids": {"type": "one2many", "relation": "x.line"},
    "tag_ids": {"type": "many2many", "relation": "x.tag"},
    "state": {"type": "selection", "selection": [["draft", "Draft"], ["done", "Done"]]},
    "target": {"type": "reference"},
    "extra": {"type": "json"},
    "number": {"type": "char", "required": True, "depends": ["state"]},
    "template_id": {"type": "many2one", "required": True, "depends": []},
    "template_name": {"type": "char", "required": True, "depends": [], "related": "template_id.name"},
}
SCHEMA = Schema("x.thing", FIELDS)
NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)

PAIRS = [
    ("name", "Ann", "Ann"),
    ("note", "", ""),
    ("comment", "<p>x</p>", "<p>x</p>"),
    ("active", True, True),
    ("active", False, False),
    ("color", 0, 0),
    ("color", -(2**31), -(2**31)),
    ("res_id", 7, 7),
    ("ratio", 0.1, 0.1),
    ("price", 19.99, Decimal("19.99")),
    ("total", 0.1, Decimal("0.1")),
    ("born", "2026-02-03", date(2026, 2, 3)),
    ("start", "2026-02-03 09:00:00", datetime(2026, 2, 3, 9, tzinfo=UTC)),
    ("image", "AP8=", b"\x00\xff"),
    ("state", "done", "done"),
    ("target", "res.partner,7", "res.partner,7"),
    ("extra", {"a": [1]}, {"a": [1]}),
]


@pytest.mark.parametrize(("name", "wire", "value"), PAIRS)
def test_a_value_is_the_same_both_ways(name: str, wire: Any, value: Any) -> None:
    assert SCHEMA.record({name: wire}) == {name: value}
    assert type(SCHEMA.record({name: wire})[name]) is type(value)
    assert SCHEMA.values({name: value}) == {name: wire}
    assert type(SCHEMA.values({name: value})[name]) is type(wire)


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"active"}))
def test_nothing_is_none_for_all_but_booleans(name: str) -> None:
    assert SCHEMA.record({name: False}) == {name: None}
    assert SCHEMA.record({name: None}) == {name: None}
    assert SCHEMA.record({"active": False}) == {"active": False}


@pytest.mark.parametrize("name", sorted(n for n, f in FIELDS.items() if not f.get("required") and n != "id"))
def test_none_empties_a_field(name: str) -> None:
    empty = [[6, 0, []]] if name in ("line_ids", "tag_ids") else False
    assert SCHEMA.values({name: None}) == {name: empty}


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("partner_id", [7, "Ann"], Many2one(7, "Ann")),
        ("partner_id", 7, Many2one(7)),
        ("partner_id", [7, False], Many2one(7)),
        ("line_ids", [3, 1], (3, 1)),
        ("tag_ids", [], ()),
        ("state", "unheard_of", "unheard_of"),
        ("start", "2026-02-03 09:00:00.123456", datetime(2026, 2, 3, 9, 0, 0, 123456, tzinfo=UTC)),
        ("image", {"tax": 1}, {"tax": 1}),
        ("price", 5, Decimal(5)),
        ("unknown", False, False),
    ],
)
def test_what_odoo_answers_is_read(name: str, wire: Any, value: Any) -> None:
    assert SCHEMA.record({name: wire}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "wire"),
    [
        ("partner_id", Many2one(7, "Ann"), 7),
        ("partner_id", 7, 7),
        ("line_ids", (3, 1), [[6, 0, [3, 1]]]),
        ("tag_ids", {3}, [[6, 0, [3]]]),
        ("tag_ids", [], [[6, 0, []]]),
        ("line_ids", [Command.link(3), Command.clear()], [[4, 3, 0], [5, 0, 0]]),
        ("start", datetime(2026, 2, 3, 9, tzinfo=timezone(timedelta(hours=2))), "2026-02-03 07:00:00"),
        ("total", 3, 3.0),
        ("total", Decimal("-0.10"), -0.1),
        ("ratio", Decimal("0.1"), 0.1),
        ("image", bytearray(b"\x00\xff"), "AP8="),
    ],
)
def test_what_python_gives_is_written(name: str, value: Any, wire: Any) -> None:
    assert SCHEMA.values({name: value}) == {name: wire}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("birthdate", "x", "x.thing has no field birthdate"),
        ("id", 7, "set by Odoo itself"),
        ("name", None, "is required"),
        ("name", 5, "takes text, not int"),
        ("name", b"x", "takes text, not bytes"),
        ("code", "BEL", "2 characters at most"),
        ("active", 1, "takes True or False, not int"),
        ("active", "yes", "takes True or False"),
        ("color", True, "takes a whole number, not bool"),
        ("color", 1.0, "takes a whole number, not float"),
        ("color", 2**31, "too large"),
        ("res_id", "7", "takes a whole number"),
        ("ratio", float("nan"), "not a finite number"),
        ("total", Decimal("Infinity"), "not a finite number"),
        ("total", Decimal("sNaN"), "not a finite number"),
        ("total", Decimal("1e400"), "more digits than Odoo keeps"),
        ("total", Decimal("12345678901234567.89"), "more digits than Odoo keeps"),
        ("total", 2**53 + 1, "more digits than Odoo keeps"),
        ("price", "19.99", "takes a number, not str"),
        ("price", True, "takes a number, not bool"),
        ("born", datetime(2026, 1, 1, tzinfo=UTC), "takes a date, not datetime"),
        ("born", "2026-01-01", "takes a date, not str"),
        ("start", date(2026, 1, 1), "takes a date with a time, not date"),
        ("start", NAIVE, "no time zone"),
        ("image", "AP8=", "takes bytes, not str"),
        ("partner_id", "Ann", "takes a record or its id, not str"),
        ("partner_id", 0, "no id of a record"),
        ("partner_id", True, "takes a record or its id, not bool"),
        ("line_ids", 7, "takes ids or commands, not int"),
        ("line_ids", [(9, 0, 0)], "none of the numbers 0 to 6"),
        ("line_ids", [-1], "no id of a record"),
        ("state", "gone", "none of the values that Odoo offers"),
        ("state", 5, "none of the values that Odoo offers"),
        ("target", "Ann", "a model and an id"),
        ("ratio", 10**400, "more digits than Odoo keeps"),
        ("total", Decimal("1e400"), "more digits than Odoo keeps"),
        ("total", Decimal("sNaN"), "not a finite number"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_field_named(name: str, value: Any, reason: str) -> None:
    with pytest.raises(Rejected, match=reason) as caught:
        SCHEMA.values({"note": "fine", name: value})
    assert caught.value.field == name
    assert caught.value.model == "x.thing"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("name", 5),
        ("active", "yes"),
        ("color", "5"),
        ("ratio", "0.1"),
        ("total", [1]),
        ("total", True),
        ("born", "soon"),
        ("start", 5),
        ("image", "not base64!"),
        ("partner_id", [7]),
        ("partner_id", "Ann"),
        ("line_ids", ["x"]),
        ("line_ids", 7),
        ("total", math.nan),
        ("ratio", math.inf),
        ("start", "2024-06-01 10:00:00+02:00"),
    ],
)
def test_an_answer_that_does_not_fit_is_garbled(name: str, wire: Any) -> None:
    with pytest.raises(Garbled, match=f"{name} in x.thing cannot be read"):
        SCHEMA.record({name: wire})


# ---- what is required


def test_a_required_field_that_nothing_fills_is_missed_on_create() -> None:
    assert SCHEMA.lacking({}) == ["active", "name"]
    with pytest.raises(Rejected, match="is required") as caught:
        SCHEMA.checked_for_create({"note": "x"}, defaults={"active"})
    assert caught.value.field == "name"
    assert SCHEMA.checked_for_create({"name": "Ann"}, defaults={"active"}) == {"name": "Ann"}


def test_where_odoo_does_not_tell_what_is_computed_nothing_is_missed() -> None:
    assert Schema("m", {"name": {"type": "char", "required": True}}).lacking({}) == []


# ---- round trips

BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "note": st.text(),
    "active": st.booleans(),
    "color": st.integers(-(2**31), 2**31 - 1),
    "ratio": st.floats(allow_nan=False, allow_infinity=False),
    "price": st.decimals(-(10**12), 10**12, places=2),
    "total": st.decimals(-(10**12), 10**12, places=2),
    "born": st.dates(),
    "start": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
    "image": st.binary(min_size=1),
    "partner_id": st.builds(Many2one, st.integers(1, 2**31 - 1), st.text()),
    "tag_ids": st.lists(st.integers(1, 2**31 - 1), unique=True).map(tuple),
    "state": st.sampled_from(["draft", "done"]),
    "extra": st.dictionaries(st.text(), st.integers(), min_size=1),
}
VALUES = st.fixed_dictionaries(
    {}, optional={name: kept | st.none() if name != "active" else kept for name, kept in BY_NAME.items()}
)


def answered(name: str, wire: Any, value: Any) -> Any:
    """What Odoo reads back of a value that it was sent."""
    if isinstance(value, Many2one):
        return [wire, value.name]
    if isinstance(wire, list):
        return wire[0][2]
    return wire


@given(VALUES)
def test_what_is_written_comes_back_equal(values: dict[str, Any]) -> None:
    wire = json.loads(json.dumps(SCHEMA.values(values)))
    back = SCHEMA.record({name: answered(name, wire[name], value) for name, value in values.items()})
    assert back == {name: value if value is not None or name != "tag_ids" else () for name, value in values.items()}


EVENTS = st.fixed_dictionaries(
    {
        "name": st.text("abcé🦷 ", min_size=1).map(lambda text: f"x{text}x"),
        "start": st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
            lambda moment: moment.replace(microsecond=0)
        ),
        "allday": st.just(False),
        "active": st.booleans(),
    },
    optional={"location": st.none() | st.text("abc", min_size=1)},
)


def test_odoo_gives_back_what_it_was_given(odoo: Client) -> None:
    schema = Schema("calendar.event", odoo.fields_get("calendar.event", ATTRIBUTES))
    me = odoo.read("res.users", [odoo.uid], ["partner_id"])[0]["partner_id"][0]

    @settings(max_examples=20, deadline=None)
    @given(EVENTS)
    def round_trip(values: dict[str, Any]) -> None:
        values = {**values, "stop": values["start"] + timedelta(hours=1), "partner_ids": (me,)}
        made = odoo.create("calendar.event", schema.values(values))
        (row,) = odoo.read("calendar.event", [made], list(values))
        record = schema.record(row)
        assert record.pop("id") == made
        assert record == values

    round_trip()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("crud-jsonrpc.*.json")), ids=lambda path: path.stem)
def test_recorded_answers_are_read_with_the_recorded_fields(path: Any) -> None:
    version = path.stem.rpartition(".")[2]
    read = 0
    for exchange in json.loads(path.read_text())["exchanges"]:
        request = exchange["request"]
        call = request["params"]["args"][3:] if isinstance(request, dict) and "params" in request else []
        described = FOLDER / f"fields_get-{call[0]}.{version}.json" if call else None
        if described is None or not described.exists() or call[1] not in ("read", "search_read"):
            continue
        fields = json.loads(described.read_text())["exchanges"][0]["response"]["result"]
        for row in exchange.get("response", {}).get("result", []):
            record = Schema(call[0], fields).record(row)
            assert set(record) == set(row)
            kinds = {name: fields[name]["type"] for name in record if name in fields}
            assert all(type(record[n]) is Decimal for n, kind in kinds.items() if kind == "monetary" and record[n])
            assert all(record[n] is not False for n, kind in kinds.items() if kind != "boolean")
            read += 1
    assert read
