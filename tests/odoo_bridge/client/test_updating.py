"""Many records with values of their own: the same outcome as one write for each, in fewer calls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo_bridge.client import Client, Command
from odoo_bridge.client.updating import row_of, update_all
from odoo_bridge.errors import Missing, Rejected

MODEL = "res.partner"
CONTEXT = {"tracking_disable": True}
Calls = Callable[[], list[str]]


@pytest.fixture
def calls(caplog: pytest.LogCaptureFixture) -> Calls:
    """The methods called so far, those about fields left out."""
    caplog.set_level(logging.INFO, "odoo_bridge.calls")

    def made() -> list[str]:
        lines = [record.getMessage().split()[0] for record in caplog.records if record.name == "odoo_bridge.calls"]
        return [line.removeprefix(f"{MODEL}.") for line in lines if not line.endswith("fields_get")]

    return made


def partners(odoo: Client, count: int) -> list[int]:
    return odoo.create(MODEL, [{"name": f"Update {uuid4().hex[:6]} {n}"} for n in range(count)], context=CONTEXT)


def test_equal_values_are_written_together_and_others_loaded(odoo: Client, calls: Calls) -> None:
    ids = partners(odoo, 20)
    updates: dict[int, dict[str, Any]] = {one: {"color": number % 2} for number, one in enumerate(ids[:10])}
    updates |= {one: {"city": f"City {one}", "zip": f"Z{one}"} for one in ids[10:]}
    before = len(calls())
    assert update_all(odoo, MODEL, updates, context=CONTEXT) == 3
    assert sorted(calls()[before:]) == ["load", "write", "write"]
    rows = odoo.read(MODEL, ids, ["color", "city", "zip"])
    assert [row["color"] for row in rows[:10]] == [0, 1] * 5
    assert [(row["city"], row["zip"]) for row in rows[10:]] == [(f"City {one}", f"Z{one}") for one in ids[10:]]


def test_records_without_values_are_left_alone(odoo: Client, calls: Calls) -> None:
    before = len(calls())
    assert update_all(odoo, MODEL, {one: {} for one in partners(odoo, 2)}) == 0
    assert update_all(odoo, MODEL, {}) == 0
    assert calls()[before:] == ["create"]


def test_batches_keep_their_size_also_on_two_connections(odoo: Client, calls: Calls) -> None:
    ids = partners(odoo, 25)
    before = len(calls())
    updates = {one: {"city": f"City {one}"} for one in ids}
    assert update_all(odoo, MODEL, updates, count=10, connections=2) == 3
    assert calls()[before:] == ["load"] * 3
    assert [row["city"] for row in odoo.read(MODEL, ids, ["city"])] == [f"City {one}" for one in ids]


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text("abc é&<\"'\\", min_size=1, max_size=12).filter(str.strip),
        "city": st.sampled_from(["", " ", " Dublin ", "0", "False", "a\nb", "1,2", False]),
        "comment": st.sampled_from(["<p>a</p>", False]),
        "color": st.integers(-5, 2**31 - 1),
        "partner_latitude": st.sampled_from([0.0, 1.5, -0.25, 12.3456789, Decimal("2.5")]),
        "is_company": st.booleans(),
        "type": st.sampled_from(["contact", "other", "invoice"]),
        "country_id": st.sampled_from([False, 21, 233]),
        "employee": st.booleans(),
    },
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=1, max_size=8))
def test_the_outcome_is_that_of_a_write_for_each(odoo: Client, values: list[dict[str, Any]]) -> None:
    ones, others = partners(odoo, len(values)), partners(odoo, len(values))
    odoo.write(MODEL, ones + others, {"name": "Same", "city": "Before", "country_id": 21})
    known = odoo.fields_get(MODEL)
    values = [{name: value for name, value in each.items() if name in known} for each in values]
    for one, each in zip(ones, values, strict=True):
        if each:
            odoo.write(MODEL, [one], each, context=CONTEXT)
    update_all(odoo, MODEL, dict(zip(others, values, strict=True)), context=CONTEXT)
    fields = sorted({name for each in values for name in each} | {"name", "city", "country_id"})
    read = [[{**row, "id": 0} for row in odoo.read(MODEL, ids, fields)] for ids in (ones, others)]
    assert read[0] == read[1]


def test_what_load_would_do_otherwise_is_written(odoo: Client) -> None:
    fields = odoo.fields_get(MODEL)
    assert row_of(fields, {"city": "Dublin", "country_id": 21}) == {"city": "Dublin", "country_id/.id": "21"}
    assert row_of(fields, {"city": ""}) is None
    assert row_of(fields, {"category_id": [Command.link(3)]}) is None
    assert row_of(fields, {"category_id": [Command.set([])]}) is None
    assert row_of(fields, {"category_id": [Command.set([3, 4])]}) == {"category_id/.id": "3,4"}
    assert row_of(fields, {"child_ids": [Command.create({"name": "Ann"})]}) is None
    moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert row_of(odoo.fields_get("calendar.event"), {"start": moment}) == {"start": "2026-11-24 09:30:00"}


def test_a_batch_that_is_refused_is_written_up_to_the_record_at_fault(odoo: Client) -> None:
    ids = partners(odoo, 6)
    updates: dict[int, dict[str, Any]] = {one: {"city": f"City {one}", "parent_id": False} for one in ids}
    updates[ids[3]]["parent_id"] = ids[3]  # nobody is their own parent
    with pytest.raises(Rejected):
        update_all(odoo, MODEL, updates)
    cities = [row["city"] for row in odoo.read(MODEL, ids, ["city"])]
    assert cities == [f"City {one}" for one in ids[:3]] + [False] * 3


def test_a_record_that_is_gone_is_missing(odoo: Client) -> None:
    ids = partners(odoo, 4)
    odoo.unlink(MODEL, [ids[2]])
    with pytest.raises(Missing) as caught:
        update_all(odoo, MODEL, {one: {"city": f"City {one}"} for one in ids})
    assert caught.value.ids == (ids[2],)


def test_an_unknown_field_is_named_before_anything_is_sent(odoo: Client, calls: Calls) -> None:
    ids = partners(odoo, 3)
    before = len(calls())
    with pytest.raises(Rejected) as caught:
        update_all(odoo, MODEL, {one: {"shoe_size": one} for one in ids})
    assert caught.value.field == "shoe_size"
    assert calls()[before:] == []
