"""One model with typed values: what it refuses before it asks, and reading any number of records."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.commands import Command
from odoo_bridge.client.domains import F
from odoo_bridge.client.model import Model
from odoo_bridge.client.outgoing import Many2one
from odoo_bridge.errors import Garbled, Missing, Rejected

from .conftest import Connect
from .wire import Request, Wire

Calls = Callable[[], list[str]]


@pytest.fixture
def partners(odoo: Client) -> Model:
    return Model(odoo, "res.partner")


@pytest.fixture
def calls(caplog: pytest.LogCaptureFixture) -> Calls:
    """The methods called so far, by the call log."""
    caplog.set_level(logging.INFO, "odoo_bridge.calls")

    def calls() -> list[str]:
        return [record.getMessage().split()[0].rpartition(".")[2] for record in caplog.records]

    return calls


def made(partners: Model, number: int) -> tuple[str, list[int]]:
    """A reference that nobody else has, and the ids of as many partners with it."""
    ref = uuid4().hex
    return ref, partners.create_many([{"name": f"Each {i}", "ref": ref, "color": i % 3} for i in range(number)])


def test_records_are_written_and_read_with_their_types(partners: Model) -> None:
    country = Model(partners.client, "res.country").search(F("code") == "BE")[0]
    ref = uuid4().hex
    ann = partners.create({"name": "Ann", "ref": ref, "country_id": Many2one(country), "email": None})
    tag = Model(partners.client, "res.partner.category").create({"name": ref})
    partners.write(ann, {"category_id": [Command.link(tag)], "color": 4})
    (row,) = partners.find(F("ref") == ref, ["name", "email", "country_id", "category_id", "color", "active"])
    assert row.pop("country_id") == Many2one(country, "Belgium")
    assert row == {"id": ann, "name": "Ann", "email": None, "category_id": (tag,), "color": 4, "active": True}
    assert partners.one(ann, ["name"]) == {"id": ann, "name": "Ann"}
    assert partners.count(F("ref") == ref) == 1
    assert partners.search(F("ref") == ref, order="id", limit=5) == [ann]
    assert partners.call("name_search", uuid4().hex, limit=1) == []
    partners.unlink(ann)
    assert partners.read([ann], ["name"]) == []
    with pytest.raises(Missing) as caught:
        partners.one(ann, ["name"])
    assert caught.value.ids == (ann,)


def test_the_models_context_goes_with_every_call(partners: Model) -> None:
    ref, (first, second) = made(partners, 2)
    partners.write(first, {"active": False})
    archived = Model(partners.client, "res.partner", context={"active_test": False})
    assert partners.search(F("ref") == ref) == [second]
    assert archived.count(F("ref") == ref) == 2
    assert [row["id"] for row in archived.each(F("ref") == ref, ["name"])] == [first, second]
    assert archived.call("search", [["ref", "=", ref]], context={"active_test": True}) == [second]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda model: model.search([("birthdate", "=", "x")]),
        lambda model: model.count(F("parent_id.birthdate") == "x"),
        lambda model: model.find([], ["name", "birthdate"]),
        lambda model: model.read([1], ["birthdate"]),
        lambda model: model.each([], ["birthdate"]),
        lambda model: model.create({"name": "Ann", "birthdate": "x"}),
        lambda model: model.create_many([{"name": "Ann"}, {"name": "Ben", "birthdate": "x"}]),
        lambda model: model.write([1], {"birthdate": "x"}),
    ],
)
def test_an_unknown_field_is_refused_before_anything_is_sent(
    partners: Model, calls: Calls, wrong: Callable[[Model], Any]
) -> None:
    partners.find([], ["name", "parent_id"], limit=1)
    partners.count(F("parent_id.name") == "x")
    before = calls()
    with pytest.raises(Rejected, match="no field") as caught:
        wrong(partners)
    assert str(caught.value.field).endswith("birthdate")
    assert calls() == before


def test_no_rows_make_no_call(partners: Model, calls: Calls) -> None:
    assert partners.create_many([]) == []
    assert calls() == []


# ---- each


@pytest.mark.parametrize("page", [1, 3, 7, 100])
def test_each_gives_every_record_once_in_the_order_of_ids(partners: Model, page: int) -> None:
    ref, ids = made(partners, 7)
    assert [row["id"] for row in partners.each(F("ref") == ref, ["name"], page=page)] == ids


def test_each_pages_inside_a_condition_with_or(partners: Model) -> None:
    ref, ids = made(partners, 9)
    other, more = made(partners, 4)
    either = (F("ref") == ref) & (F("color") == 1) | (F("ref") == other)
    expected = sorted([one for number, one in enumerate(ids) if number % 3 == 1] + more)
    assert [row["id"] for row in partners.each(either, ["name"], page=2)] == expected
    raw = ["|", ["ref", "=", ref], ["ref", "=", other]]
    assert [row["id"] for row in partners.each(raw, ["name"], page=2)] == sorted(ids + more)


def test_records_that_are_deleted_meanwhile_do_not_make_each_skip_others(partners: Model) -> None:
    ref, ids = made(partners, 12)
    seen = []
    for row in partners.each(F("ref") == ref, ["name"], page=3):
        seen.append(row["id"])
        if len(seen) == 3:
            partners.unlink(ids[:3])
    assert seen == ids


def test_a_record_made_meanwhile_comes_at_the_end(partners: Model) -> None:
    ref, ids = made(partners, 4)
    each = partners.each(F("ref") == ref, ["name"], page=2)
    seen = [next(each)["id"]]
    late = partners.create({"name": "Late", "ref": ref})
    seen += [row["id"] for row in each]
    assert seen == [*ids, late]


def test_each_asks_for_no_more_pages_than_it_has_connections(partners: Model, calls: Calls) -> None:
    ref, _ = made(partners, 30)
    before = len(calls())
    each = partners.each(F("ref") == ref, ["name"], page=3, connections=2)
    assert calls()[before:] == []
    for _ in range(3):
        next(each)
    assert calls()[before:] == ["search_read"]  # all that is needed where there are few
    for taken in range(1, 4):
        for _ in range(3):
            next(each)
        assert calls()[before:].count("search_read") <= 1 + taken + 2
    each.close()


def test_a_page_of_nothing_is_refused(partners: Model) -> None:
    with pytest.raises(Rejected, match="one record at least"):
        partners.each([], ["name"], page=0)


def test_a_server_that_ignores_the_condition_does_not_page_for_ever(connect: Connect) -> None:
    def answer(request: Request) -> None:
        method = request.call()[2][4]
        fields = {"id": {"type": "integer", "searchable": True}, "name": {"type": "char", "searchable": True}}
        request.result(fields if method == "fields_get" else [{"id": 5, "name": "Ann"}, {"id": 6, "name": "Ben"}])

    with pytest.raises(Garbled):
        list(Model(connect(answer), "res.partner").each([], ["name"], page=2))


# ---- what is required


EVENT = {
    "name": {"type": "char", "required": True, "depends": []},
    "privacy": {"type": "char", "required": True, "depends": []},
    "stop": {"type": "datetime", "required": True, "depends": ["start"]},
}
"""How Odoo 17 describes required fields, of which 'name' is neither computed nor filled in."""


def test_a_required_field_is_missed_before_anything_is_created(wire: Wire, connect: Connect) -> None:
    def answer(request: Request) -> None:
        method = request.call()[2][4]
        request.result({"fields_get": EVENT, "default_get": {"privacy": "public"}}.get(method, 7))

    events = Model(connect(answer), "calendar.event")
    for _ in range(2):
        with pytest.raises(Rejected, match="name of calendar.event is required") as caught:  # noqa: RUF043
            events.create({})
        assert caught.value.field == "name"
    assert events.create({"name": "Visit"}) == 7
    assert [call[1] for call in wire.calls] == ["fields_get", "default_get", "create"]
    assert wire.calls[1][2] == [["name", "privacy"]]
