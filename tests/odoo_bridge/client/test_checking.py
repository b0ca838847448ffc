"""Domains are refused before anything is sent, with the term and the field named."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.checking import Fields, checked
from odoo_bridge.client.domains import F
from odoo_bridge.errors import OdooError, Rejected
from odoo_bridge.transports.values import TEXT_LIMIT

LEAF = ("name", "=", "x")
NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    "domain",
    [
        [],
        [LEAF],
        [LEAF, LEAF],
        ["|", LEAF, LEAF],
        ["|", "&", LEAF, LEAF, "!", LEAF],
        ["!", "!", LEAF],
        [LEAF, "|", LEAF, LEAF, "!", LEAF, LEAF],
        ("|", LEAF, LEAF),
        [(1, "=", 1)],
        ["|", (0, "=", 1), LEAF],
        [("parent_id", "child_of", "Acme")],
        [("id", "in", {1})],
        [("name", "in", [])],
    ],
)
def test_a_well_formed_domain_becomes_plain_lists(domain: Any) -> None:
    plain = checked(domain)
    assert len(plain) == len(domain)
    assert all(type(term) in (list, str) for term in plain)
    assert checked(plain) == plain


def test_values_are_written_as_odoo_compares_them() -> None:
    moment = datetime(2026, 1, 2, 3, tzinfo=UTC)
    domain = [("a", "=", None), ("b", "=", date(2026, 1, 2)), ("c", ">", moment), ("d", "in", (Decimal("1.5"), None))]
    assert checked(domain) == [
        ["a", "=", False],
        ["b", "=", "2026-01-02"],
        ["c", ">", "2026-01-02 03:00:00"],
        ["d", "in", [1.5, False]],
    ]


@pytest.mark.parametrize(
    ("domain", "message", "field"),
    [
        ("name", "have to be a list", None),
        ({"name": 1}, "have to be a list", None),
        (None, "have to be a list", None),
        (["&"], "missing at the end", None),
        (["!"], "missing at the end", None),
        (["|", LEAF], "missing at the end", None),
        (["|", LEAF, "&", LEAF], "missing at the end", None),
        ([LEAF, "or", LEAF], "Term 2 of the domain is text, but none of", None),
        ([LEAF, ("name", "=")], "Term 2 of the domain is not a list of field, operator and value", None),
        ([("name", "=", "a", "b")], "Term 1", None),
        ([5], "Term 1", None),
        ([{"name": 1}], "Term 1", None),
        ([("", "=", 1)], "Term 1 of the domain names no field", None),
        ([("a..b", "=", 1)], "single dots", None),
        ([(2, "=", 1)], "names no field", None),
        ([(True, "=", 1)], "names no field", None),
        ([("name", "==", "x")], "operator ==, which Odoo does not know; write =", "name"),
        ([("name", "<>", "x")], "write !=", "name"),
        ([("name", "ILIKE", "x")], "write ilike", "name"),
        ([("name", "contains", "x")], "contains, which Odoo does not know", "name"),
        ([("name", None, "x")], "an operator that is no text", "name"),
        ([("name", "=", ["x"])], "one value, not with a list", "name"),
        ([("name", "in", "abc")], "looked for in a list", "name"),
        ([("id", "in", 5)], "looked for in a list", "id"),
        ([("id", "in", [[5]])], "one value, not with a list", "id"),
        ([("name", "ilike", 5)], "a pattern, which is text", "name"),
        ([("name", "like", False)], "a pattern, which is text", "name"),
        ([("color", "<", None)], "nothing is greater or less", "color"),
        ([("color", ">=", False)], "nothing is greater or less", "color"),
        ([("date", "<", NAIVE)], "without a time zone", "date"),
        ([("price", "=", Decimal("NaN"))], "not a finite number", "price"),
        ([("price", "=", math.nan)], "not a finite number", "price"),
        ([("price", "in", [1, math.inf])], "not a finite number", "price"),
        ([("color", "=", 2**70)], "too large", "color"),
        ([("name", "=", "\ud800")], "control characters", "name"),
        ([("name", "ilike", "a\x00")], "control characters", "name"),
        ([("id", "child_of", "a\x00")], "control characters", "id"),
        ([("name", "=", "x" * (TEXT_LIMIT + 1))], "million characters", "name"),
        ([(1, "=", F("x"))], "names no field", None),
        ([("id", "child_of", 1.5)], "ids of records, or a name", "id"),
        ([("id", "parent_of", "")], "ids of records, or a name", "id"),
        ([("child_ids", "any", "x")], "have to be a list", "child_ids"),
        ([("child_ids", "any", [("name", "in", 5)])], "looked for in a list", "name"),
    ],
)
def test_a_malformed_domain_is_refused_with_the_place_named(domain: Any, message: str, field: str | None) -> None:
    with pytest.raises(Rejected) as caught:
        checked(domain)
    assert message in caught.value.message
    assert caught.value.field == field


def test_related_conditions_nested_beyond_reason_are_refused() -> None:
    domain: list[Any] = [LEAF]
    for _ in range(5000):
        domain = [("child_ids", "any", domain)]
    with pytest.raises(Rejected, match="nested too deeply"):
        checked(domain)


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(Rejected) as caught:
        checked([("name", "in", "Secret Patient")])
    assert "Secret" not in caught.value.message


@pytest.mark.parametrize(
    ("operator", "value", "since"),
    [("any", [LEAF], 17), ("not any", [LEAF], 17), ("not =like", "x", 19), ("not =ilike", "x", 19)],
)
def test_operators_of_later_versions_are_refused_for_earlier_ones(operator: str, value: Any, since: int) -> None:
    domain = [("child_ids", operator, value)]
    with pytest.raises(Rejected, match=f"from version {since} on"):
        checked(domain, version=since - 1)
    assert checked(domain, version=since)
    assert checked(domain)


def test_the_version_is_asked_for_only_where_it_matters() -> None:
    def version() -> int:
        asked.append(True)
        return 16

    asked: list[bool] = []
    checked([LEAF, ("name", "ilike", "x")], version=version)
    assert asked == []
    with pytest.raises(Rejected, match="from version 17 on"):
        checked([("child_ids", "any", [])], version=version)
    assert asked == [True]


# ---- with the fields of a real model

ASKED = ("type", "relation", "store", "searchable")


def check(odoo: Client, *domain: Any) -> list[Any]:
    def fields(model: str) -> Fields:
        return odoo.fields_get(model, ASKED)

    return checked(domain, "res.partner", fields=fields, version=lambda: odoo.version().major)


@pytest.mark.parametrize(
    "term",
    [
        ("name", "=", "x"),
        ("country_id.code", "=", "BE"),
        ("parent_id.parent_id.name", "ilike", "x"),
        ("category_id", "in", [1]),
        ("category_id.name", "=", "VIP"),
        ("country_id", "ilike", "Bel"),
        ("parent_id", "child_of", 1),
        ("id", "child_of", [1]),
        ("write_date", ">=", "2026-01-01"),
        ("color", "in", [1, 2]),
    ],
)
def test_paths_that_odoo_can_search_are_accepted_and_searched(odoo: Client, term: Any) -> None:
    assert isinstance(odoo.search_count("res.partner", check(odoo, term)), int)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (("birthdate", "=", "x"), "birthdate, which is no field of res.partner"),
        (("country_id.cod", "=", "x"), "cod, which is no field of res.country"),
        (("name.code", "=", "x"), "leads to no other records"),
        (("company_type", "=", "person"), "Odoo keeps no values of company_type"),
        (("parent_id.company_type", "=", "person"), "Odoo keeps no values of company_type"),
        (("color", "=", "red"), "holds numbers"),
        (("name", "child_of", 1), "tree of records"),
    ],
)
def test_paths_that_odoo_cannot_search_are_refused(odoo: Client, term: Any, message: str) -> None:
    with pytest.raises(Rejected) as caught:
        check(odoo, term)
    assert message in caught.value.message
    assert caught.value.field == term[0]


def test_related_records_are_checked_with_their_own_fields(odoo: Client) -> None:
    if odoo.version().major < 17:
        with pytest.raises(Rejected, match="from version 17 on"):
            check(odoo, ("country_id", "any", [("code", "=", "BE")]))
        return
    assert check(odoo, ("country_id", "any", [("code", "=", "BE")]))
    with pytest.raises(Rejected, match=r"cod, which is no field of res\.country") as caught:
        check(odoo, ("country_id", "any", [("cod", "=", "BE")]))
    assert caught.value.field == "cod"
    with pytest.raises(Rejected, match="asks for related records"):
        check(odoo, ("name", "any", [("code", "=", "BE")]))


def test_what_is_refused_here_odoo_answers_with_an_error_or_with_every_record(odoo: Client) -> None:
    total = odoo.search_count("res.partner", [])
    assert total
    for term in (["birthdate", "=", "x"], ["company_type", "=", "nobody"], ["name", "ILIKE", "x"], ["id", "in", "x"]):
        try:
            assert odoo.search_count("res.partner", [term]) in (0, total)
        except OdooError:
            continue


def test_date_parts_are_searched_from_odoo_19_on() -> None:
    fields: dict[str, Any] = {"m": {"create_date": {"type": "datetime", "store": True}}}
    domain = [("create_date.month_number", "=", 5)]
    assert checked(domain, "m", fields=fields.__getitem__) == [["create_date.month_number", "=", 5]]
    with pytest.raises(Rejected, match="from version 19 on"):
        checked(domain, "m", fields=fields.__getitem__, version=17)
    with pytest.raises(Rejected, match="leads to no other records"):
        checked([("create_date.code", "=", 5)], "m", fields=fields.__getitem__)


def test_a_field_without_word_of_searching_is_judged_by_its_being_stored() -> None:
    fields: dict[str, Any] = {"m": {"a": {"type": "char", "store": False}, "b": {"type": "char"}}}
    with pytest.raises(Rejected, match="keeps no values of a"):
        checked([("a", "=", "x")], "m", fields=fields.__getitem__)
    assert checked([("b", "=", "x")], "m", fields=fields.__getitem__)


def test_what_follows_properties_is_left_to_odoo() -> None:
    fields: dict[str, Any] = {"m": {"extra": {"type": "properties", "store": True}}}
    assert checked([("extra.abc", "=", "x")], "m", fields=fields.__getitem__)
