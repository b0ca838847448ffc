"""Counts and sums by groups, names, rights and copies; every answer was seen on a running Odoo 17."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.sandbox import OdooError
from tests.odoo_bridge.sandbox.conftest import User

EVERY = pytest.mark.parametrize("version", (16, 17, 18, 19))


@pytest.fixture
def three(bridge: User) -> list[Any]:
    """A domain of three contacts."""
    rows = [
        {"name": "Zz1", "ref": "rg", "color": 3},
        {"name": "Zz2", "ref": "rg", "color": 4, "is_company": True},
        {"name": "Zz3", "color": 5},
    ]
    return [["id", "in", bridge("res.partner", "create", rows)]]


def rows(user: User, domain: list[Any], *args: Any, **more: Any) -> list[dict[str, Any]]:
    """Groups without their domains."""
    found = user("res.partner", "read_group", domain, *args, **more)
    return [{k: v for k, v in row.items() if k != "__domain"} for row in found]


@EVERY
def test_a_group_counts_sums_and_tells_its_domain(bridge: User, three: list[Any]) -> None:
    assert bridge("res.partner", "read_group", three, ["color"], ["ref"]) == [
        {"ref": "rg", "ref_count": 2, "color": 7, "__domain": ["&", *three, ["ref", "=", "rg"]]},
        {"ref": False, "ref_count": 1, "color": 5, "__domain": ["&", *three, ["ref", "=", False]]},
    ]


def test_other_aggregates_have_names(bridge: User, three: list[Any]) -> None:
    assert rows(bridge, three, ["c:avg(color)", "m:max(color)", "ref:count_distinct"], "is_company") == [
        {"is_company": False, "is_company_count": 2, "c": 4.0, "m": 5, "ref": 1},
        {"is_company": True, "is_company_count": 1, "c": 4.0, "m": 4, "ref": 1},
    ]


def test_several_fields_one_by_one_or_all_at_once(bridge: User, three: list[Any]) -> None:
    lazy = bridge("res.partner", "read_group", three, ["color"], ["is_company", "ref"])
    assert [(row["color"], row["__context"]) for row in lazy] == [
        (8, {"group_by": ["ref"]}),
        (4, {"group_by": ["ref"]}),
    ]
    eager = bridge("res.partner", "read_group", three, ["color"], ["is_company", "ref"], lazy=False)
    assert [(row["is_company"], row["ref"], row["__count"]) for row in eager] == [
        (False, "rg", 1),
        (False, False, 1),
        (True, "rg", 1),
    ]
    assert eager[0]["__domain"] == ["&", "&", *three, ["is_company", "=", False], ["ref", "=", "rg"]]


def test_without_a_field_everything_is_one_group(bridge: User, three: list[Any]) -> None:
    assert bridge("res.partner", "read_group", three, ["color"], []) == [{"__count": 3, "color": 12, "__domain": three}]
    none = [["id", "=", 0]]
    assert rows(bridge, none, ["color"], []) == [{"__count": 0, "color": False}]
    assert rows(bridge, none, ["color"], ["ref"]) == []


def test_groups_are_ordered_and_paged(bridge: User, three: list[Any]) -> None:
    assert [row["ref"] for row in rows(bridge, three, ["color"], ["ref"], orderby="color")] == [False, "rg"]
    assert [row["ref"] for row in rows(bridge, three, ["color"], ["ref"], limit=1, offset=1)] == [False]


PERIODS = (
    ("", "November 2026", "2026-11-01", "2026-12-01"),
    (":day", "22 Nov 2026", "2026-11-22", "2026-11-23"),
    (":week", "W48 2026", "2026-11-22", "2026-11-29"),
    (":quarter", "Q4 2026", "2026-10-01", "2027-01-01"),
    (":year", "2026", "2026-01-01", "2027-01-01"),
)


@pytest.mark.parametrize(("period", "label", "start", "end"), PERIODS)
def test_dates_group_by_period(bridge: User, three: list[Any], period: str, label: str, start: str, end: str) -> None:
    key = f"create_date{period}"
    (row,) = bridge("res.partner", "read_group", three, [], [key])
    bounds = (f"{start} 00:00:00", f"{end} 00:00:00")
    assert (row[key], row["create_date_count"]) == (label, 3)
    assert row["__range"] == {key: {"from": bounds[0], "to": bounds[1]}}
    assert row["__domain"] == ["&", *three, "&", ["create_date", ">=", bounds[0]], ["create_date", "<", bounds[1]]]
    assert bridge("res.partner", "search_count", row["__domain"]) == 3


def test_a_group_of_records_is_named(bridge: User, three: list[Any]) -> None:
    ireland = bridge("res.country", "search", [["code", "=", "IE"]])[0]
    bridge("res.partner", "write", three[0][2][:1], {"country_id": ireland})
    assert [row["country_id"] for row in rows(bridge, three, [], ["country_id"])] == [[ireland, "Ireland"], False]


@pytest.mark.parametrize(
    ("fields", "groupby"), [(["nofield"], ["ref"]), ([], ["nofield"]), ([], ["display_name"]), (["color:fly"], ["ref"])]
)
def test_what_cannot_be_grouped_is_a_value_error(bridge: User, fields: list[str], groupby: list[str]) -> None:
    with pytest.raises(OdooError) as caught:
        bridge("res.partner", "read_group", [], fields, groupby)
    assert caught.value.name == "builtins.ValueError"


@EVERY
def test_how_rights_are_asked_for_changed_with_18(bridge: User, version: int) -> None:
    assert bridge("res.partner", "check_access_rights", "read") is True
    assert bridge("res.country", "check_access_rights", "write", raise_exception=False) is False
    with pytest.raises(OdooError, match="not allowed to modify 'Country'"):
        bridge("res.country", "check_access_rights", "write")
    with pytest.raises(OdooError, match="Invalid access mode"):
        bridge("res.country", "check_access_rights", "fly", False)
    if version < 18:
        for method in ("has_access", "check_access"):
            with pytest.raises(OdooError, match="does not exist"):
                bridge("res.country", method, [], "write")
        assert bridge("res.users", "name_get", [2]) == [[2, "Administrator"]]
    else:
        assert bridge("res.country", "has_access", [], "write") is False
        assert bridge("res.country", "check_access", [], "read") is None
        with pytest.raises(OdooError, match="not allowed to modify 'Country'"):
            bridge("res.country", "check_access", [], "write")
        with pytest.raises(OdooError, match="does not exist"):
            bridge("res.users", "name_get", [2])


@EVERY
def test_copies(bridge: User, three: list[Any], version: int) -> None:
    first, second, _third = three[0][2]
    made = bridge("res.partner", "copy", first, {"name": "C"})
    (copied,) = made if version >= 18 else [made]
    assert bridge.one("res.partner", copied, "name", "ref") == {"id": copied, "name": "C", "ref": "rg"}
    if version >= 18:
        assert len(bridge("res.partner", "copy", [first, second])) == 2
    else:
        with pytest.raises(OdooError, match="Expected singleton"):
            bridge("res.partner", "copy", [first, second])


@EVERY
def test_names_are_found_and_made(bridge: User, three: list[Any], version: int) -> None:
    first, second, _third = three[0][2]
    assert bridge("res.partner", "name_search", "", three, limit=2) == [[first, "Zz1"], [second, "Zz2"]]
    word = "domain" if version == 19 else "args"
    assert bridge("res.partner", "name_search", "zz", **{word: [["color", "=", 3]]}) == [[first, "Zz1"]]
    with pytest.raises(OdooError, match="unexpected keyword"):
        bridge("res.partner", "name_search", "zz", nonsense=[])
    made, shown = bridge("res.partner", "name_create", "Quick <q@x.org>")
    assert bridge.one("res.partner", made, "name", "email") == {"id": made, "name": "Quick", "email": "q@x.org"}
    assert shown == "Quick"


def test_fields_get_answers_the_attributes_asked_for(bridge: User) -> None:
    assert bridge("res.country", "fields_get", ["name"], []) == {"name": {}}
    assert bridge("res.country", "fields_get", ["name"], ["type", "nonsense"]) == {"name": {"type": "char"}}
    assert bridge("res.country", "fields_get", ["nofield"]) == {}
    assert bridge("res.country", "fields_get", ["name"])["name"]["manual"] is False


def test_reading_no_field_in_particular_reads_all(bridge: User) -> None:
    (row,) = bridge("res.country", "read", [1], [])
    assert row == bridge("res.country", "read", [1])[0]
    assert set(row) == set(bridge("res.country", "fields_get"))


def test_defaults_come_with_the_context(bridge: User) -> None:
    context = {"default_name": "X"}
    wanted = ["name", "type", "lang", "color", "is_company", "nofield"]
    assert bridge("res.partner", "default_get", wanted, context=context) == {
        "name": "X",
        "type": "contact",
        "lang": "en_US",
        "color": 0,
        "is_company": False,
    }
