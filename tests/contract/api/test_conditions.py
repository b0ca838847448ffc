"""Every operator finds the records that Python finds among the same ones."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

from odoo_bridge.client import EVERYTHING, NOTHING, Client, Condition, F, Model, all_of, any_of
from odoo_bridge.errors import Rejected
from tests.contract.peers import Peer

from .conftest import removing

EVERY = ("jsonrpc", "xmlrpc", "json2", "rest")
Person = dict[str, Any]

PEOPLE: list[Person] = [
    {"ref": "P-1", "color": 0, "email": "ann@example.com", "city": "Cork", "country": "IE", "tags": {"north"}},
    {"ref": "p-1", "color": 3, "email": None, "city": "cork", "country": None, "tags": set()},
    {"ref": "P_1", "color": 5, "email": "bea@example.com", "city": None, "country": "BE", "tags": {"north", "south"}},
    {"ref": "P%1", "color": 7, "email": "BEA@EXAMPLE.COM", "city": "New Cork", "country": "IE", "tags": {"south"}},
    {"ref": None, "color": 10, "email": "d@example.org", "city": "Łódź", "country": "PL", "tags": {"south"}},
    {"ref": "P-10", "color": 11, "email": None, "city": "Ghent", "country": "BE", "tags": set(), "parent": 2},
    {"ref": "P-100", "color": 3, "email": "f@example.com", "city": None, "country": None, "tags": set(), "parent": 5},
]
FIELDS = ("ref", "color", "email", "city")


class Family:
    """The people in an Odoo: their ids, in the order of `PEOPLE`, and the ids of what they point at."""

    def __init__(self, odoo: Client, ids: list[int], tags: dict[str, int]) -> None:
        self.odoo, self.ids, self.tags = odoo, ids, tags

    def found(self, condition: Condition) -> list[int]:
        """The numbers of the people who fit."""
        ours = all_of(F("id").in_(self.ids), condition)
        return [self.ids.index(record) for record in self.odoo.search("res.partner", ours, order="id")]


@pytest.fixture(scope="session")
def family(peer: Peer) -> Iterator[Family]:
    with ExitStack() as stack:
        odoo = stack.enter_context(peer.client())
        made = stack.enter_context(removing(odoo))
        tag = "res.partner.category"
        tags = {name: made(tag, odoo.create(tag, {"name": f"{name} {uuid4().hex}"})) for name in ("north", "south")}
        ids: list[int] = []
        for number, person in enumerate(PEOPLE):
            values = {name: person[name] for name in FIELDS if person[name] is not None}
            values |= {"name": f"Person {number}", "category_id": [[6, 0, [tags[each] for each in person["tags"]]]]}
            if person["country"]:
                values["country_id"] = odoo.search("res.country", [["code", "=", person["country"]]])[0]
            if "parent" in person:
                # Of another kind than a contact, which would take over its parent's address.
                values |= {"parent_id": ids[person["parent"]], "type": "other"}
            ids.append(made("res.partner", odoo.create("res.partner", values)))
        yield Family(odoo, ids, tags)


def like(pattern: str, text: str | None, *, whole: bool = False, folded: bool = False) -> bool:
    """As SQL does it: `_` is any character, `%` any number of them."""
    if text is None:
        return False
    shell = "".join({"%": "*", "_": "?", "[": "[[]", "*": "[*]", "?": "[?]"}.get(sign, sign) for sign in pattern)
    shell = shell if whole else f"*{shell}*"
    return fnmatch.fnmatchcase(text.lower(), shell.lower()) if folded else fnmatch.fnmatchcase(text, shell)


Fits = Callable[[Person], bool]
CONDITIONS: dict[str, tuple[Condition, Fits]] = {
    "= text": (F("ref") == "P-1", lambda p: p["ref"] == "P-1"),
    "= number": (F("color") == 3, lambda p: p["color"] == 3),
    "= nothing": (F("ref") == None, lambda p: p["ref"] is None),  # noqa: E711 - it makes a condition
    "!= text": (F("ref") != "P-1", lambda p: p["ref"] != "P-1"),
    "!= nothing": (F("email").is_set(), lambda p: p["email"] is not None),
    "is empty": (F("country_id").is_empty(), lambda p: p["country"] is None),
    "<": (F("color") < 5, lambda p: p["color"] < 5),
    "<=": (F("color") <= 5, lambda p: p["color"] <= 5),
    ">": (F("color") > 5, lambda p: p["color"] > 5),
    ">=": (F("color") >= 5, lambda p: p["color"] >= 5),
    "=? value": (F("ref").equals_if_given("P-1"), lambda p: p["ref"] == "P-1"),
    "=? nothing": (F("ref").equals_if_given(None), lambda p: True),
    "in": (F("ref").in_(["P-1", "P_1"]), lambda p: p["ref"] in ("P-1", "P_1")),
    "in nothing": (F("ref").in_([]), lambda p: False),
    "in numbers": (F("color").in_([3, 11]), lambda p: p["color"] in (3, 11)),
    "not in": (F("ref").not_in(["P-1", "P_1"]), lambda p: p["ref"] not in ("P-1", "P_1")),
    "not in nothing": (F("ref").not_in([]), lambda p: True),
    "in, with nothing": (F("ref").in_(["P-1", None]), lambda p: p["ref"] in ("P-1", None)),
    "not in, with nothing": (F("ref").not_in(["P-1", None]), lambda p: p["ref"] not in ("P-1", None)),
    "like": (F("city").like("Cork"), lambda p: like("Cork", p["city"])),
    "like, any character": (F("ref").like("P_1"), lambda p: like("P_1", p["ref"])),
    "like, any number": (F("ref").like("P%0"), lambda p: like("P%0", p["ref"])),
    "not like": (F("city").not_like("Cork"), lambda p: not like("Cork", p["city"])),
    "ilike": (F("city").ilike("CORK"), lambda p: like("CORK", p["city"], folded=True)),
    "ilike, beyond ASCII": (F("city").ilike("łó"), lambda p: like("łó", p["city"], folded=True)),
    "not ilike": (F("city").not_ilike("cork"), lambda p: not like("cork", p["city"], folded=True)),
    "=like": (F("ref").matches("P-1%"), lambda p: like("P-1%", p["ref"], whole=True)),
    "=ilike": (F("email").imatches("bea@%"), lambda p: like("bea@%", p["email"], whole=True, folded=True)),
    "not =like": (F("ref").not_matches("P-1%"), lambda p: not like("P-1%", p["ref"], whole=True)),
    "not =ilike": (F("email").not_imatches("bea@%"), lambda p: not like("bea@%", p["email"], whole=True, folded=True)),
    "a path": (F("country_id.code") == "IE", lambda p: p["country"] == "IE"),
    "a path of two": (F("parent_id.country_id.code") == "BE", lambda p: _parent(p).get("country") == "BE"),
    "both": (
        (F("color") > 2) & (F("country_id.code") == "BE"),
        lambda p: p["color"] > 2 and p["country"] == "BE",
    ),
    "either": (
        (F("color") > 9) | (F("city") == "Cork"),
        lambda p: p["color"] > 9 or p["city"] == "Cork",
    ),
    "not both": (
        ~((F("color") > 2) & (F("country_id.code") == "BE")),
        lambda p: not (p["color"] > 2 and p["country"] == "BE"),
    ),
    "not either": (
        ~((F("color") > 9) | (F("city") == "Cork")),
        lambda p: not (p["color"] > 9 or p["city"] == "Cork"),
    ),
    "nested": (
        any_of((F("color") < 4) & ~(F("email").is_set()), (F("city").ilike("cork")) & (F("color") > 4)),
        lambda p: (p["color"] < 4 and p["email"] is None) or (like("cork", p["city"], folded=True) and p["color"] > 4),
    ),
    "everything": (EVERYTHING, lambda p: True),
    "nothing": (NOTHING, lambda p: False),
}
SINCE_19 = ("not =like", "not =ilike")


def _parent(person: Person) -> Person:
    return PEOPLE[person["parent"]] if "parent" in person else {}


@pytest.mark.over(*EVERY)
@pytest.mark.parametrize("name", CONDITIONS)
def test_odoo_finds_whom_python_finds(name: str, family: Family) -> None:
    condition, fits = CONDITIONS[name]
    if name in SINCE_19 and family.odoo.major < 19:
        with pytest.raises(Rejected, match="from version 19 on"):
            family.found(condition)
        return
    assert family.found(condition) == [number for number, person in enumerate(PEOPLE) if fits(person)]


@pytest.mark.over(*EVERY)
def test_a_field_of_several_records_fits_by_any_of_them(family: Family) -> None:
    north, south = family.tags["north"], family.tags["south"]

    def tagged(*wanted: str) -> list[int]:
        return [number for number, person in enumerate(PEOPLE) if person["tags"] & set(wanted)]

    assert family.found(F("category_id").in_([north])) == tagged("north")
    assert family.found(F("category_id") == south) == tagged("south")
    assert family.found(F("category_id").in_([north, south])) == tagged("north", "south")
    assert family.found(F("category_id").not_in([north])) == [n for n in range(7) if n not in tagged("north")]
    assert family.found(F("category_id").is_empty()) == [n for n in range(7) if not PEOPLE[n]["tags"]]
    assert family.found(F("category_id.name").like("north")) == tagged("north")


@pytest.mark.over(*EVERY)
def test_a_tree_is_searched_downwards_and_upwards(family: Family) -> None:
    top, middle, bottom = family.ids[2], family.ids[5], family.ids[6]
    assert family.found(F("id").child_of(top)) == [2, 5, 6]
    assert family.found(F("id").child_of([middle, family.ids[0]])) == [0, 5, 6]
    assert family.found(F("id").parent_of(middle)) == [2, 5]
    # A field that points at its own model stands for the tree that it makes.
    assert family.found(F("parent_id").child_of(top)) == [2, 5, 6]
    assert family.found(F("id").parent_of(bottom)) == [2, 5, 6]


@pytest.mark.over(*EVERY)
def test_related_records_are_asked_for_their_own_conditions(family: Family) -> None:
    by_tag = F("category_id").any(F("id").in_([family.tags["north"]]))
    without = F("category_id").not_any(F("id").in_([family.tags["north"]]))
    if family.odoo.major < 17:
        for condition in (by_tag, without):
            with pytest.raises(Rejected, match="from version 17 on"):
                family.found(condition)
        return
    assert family.found(by_tag) == [0, 2]
    assert family.found(without) == [1, 3, 4, 5, 6]
    assert family.found(F("parent_id").any(F("color") == 5)) == [5]
    assert family.found(F("child_ids").any(F("color") > 9)) == [2]


@pytest.mark.over(*EVERY)
def test_prefixes_are_read_as_odoo_writes_them(family: Family) -> None:
    written = ["|", "&", ("color", ">", 2), ("city", "=", False), "!", ("email", "!=", False)]
    assert family.found(all_of(_condition(written))) == [
        number for number, p in enumerate(PEOPLE) if (p["color"] > 2 and p["city"] is None) or not p["email"]
    ]


def _condition(domain: list[Any]) -> Condition:
    from odoo_bridge.client.domains import as_condition

    return as_condition(domain)


@pytest.mark.over(*EVERY)
def test_an_empty_field_is_not_less_and_before_19_not_unlike_a_pattern(family: Family) -> None:
    """The opposite of `=like` is an operator of its own on 19, which fits empty fields; before, there is none."""
    assert 4 not in family.found(F("ref") < "P-2")
    assert 4 not in family.found(F("ref").matches("P%"))
    assert 4 in family.found(~F("ref").like("P"))
    assert 4 in family.found(~F("ref").matches("P%") | F("ref").is_empty())
    assert (4 in family.found(~F("ref").matches("P%"))) == (family.odoo.major >= 19)


@pytest.mark.looks_only
@pytest.mark.over(*EVERY)
def test_countries_are_found_by_their_names(odoo: Client) -> None:
    rows = odoo.search_read("res.country", [], ["name", "code", "phone_code"])
    for condition, fits in (
        (F("name").ilike("LAND"), lambda row: "land" in row["name"].lower()),
        (F("code").in_(["BE", "IE", "XX"]), lambda row: row["code"] in ("BE", "IE", "XX")),
        (F("phone_code") < 40, lambda row: row["phone_code"] < 40),
        (F("code").matches("B_") & ~F("name").like("a"), lambda row: row["code"][0] == "B" and "a" not in row["name"]),
    ):
        found = odoo.search("res.country", condition, order="id")
        assert found == sorted(row["id"] for row in rows if fits(row)) != []


@pytest.mark.looks_only
@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        (["&", ["name", "=", "x"]], "A condition is missing"),
        ([["name", "=="]], "is not a list of field, operator and value"),
        ([["name", "==", "x"]], "write ="),
        ([["no_field", "=", 1]], "is no field of res.country"),
        ([["currency_id.no_field", "=", 1]], "is no field of res.currency"),
        ([["name.code", "=", 1]], "leads to no other records"),
        ([["phone_code", "=", "x"]], "holds numbers"),
        ([["name", "in", "x"]], "list of values"),
        ([["name", ">", None]], "nothing is greater"),
        ("name", "have to be a list"),
    ],
)
def test_a_condition_that_is_none_is_refused_here(
    odoo: Client, domain: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    countries = Model(odoo, "res.country")
    with pytest.raises(Rejected, match=reason), caplog.at_level("INFO", logger="odoo_bridge.calls"):
        countries.search(domain)
    assert not [line for line in caplog.messages if "res.country.search" in line]
