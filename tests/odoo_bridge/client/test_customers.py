"""Customers: made once, found, and written only where something differs."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.customers import FIELDS, Customers
from odoo_bridge.client.outgoing import Many2one
from odoo_bridge.errors import Missing, Rejected

from .conftest import Connect
from .wire import Wire


@pytest.fixture
def customers(odoo: Client) -> Customers:
    return Customers(odoo)


def test_a_customer_is_found_by_each_of_its_marks(customers: Customers) -> None:
    unique = uuid4().hex
    number = f"+32 2 {int(unique[:8], 16)}"
    values = {"name": f"Ann {unique}", "email": f"Ann.{unique}@Example.com", "phone": number, "ref": unique}
    ann = customers.create(values)
    other = customers.create({"name": f"Ben {unique}", "ref": f"{unique}-2"})
    assert [row["id"] for row in customers.find(name=f"ann {unique}")] == [ann]
    assert [row["id"] for row in customers.find(email=f" ann.{unique}@EXAMPLE.com ")] == [ann]
    assert [row["id"] for row in customers.find(phone=number)] == [ann]
    assert [row["id"] for row in customers.find(ref=unique)] == [ann]
    assert [row["id"] for row in customers.find(name=unique)] == [ann, other]
    assert [row["id"] for row in customers.find(name=unique, limit=1)] == [ann]
    assert customers.find(name=f"Ben {unique}", ref=unique) == []
    (row,) = customers.find(ref=unique)
    assert set(row) == {"id", *FIELDS}
    assert (row["name"], row["street"], row["active"]) == (values["name"], None, True)
    (rank,) = customers.model.read([ann], ["customer_rank"])
    assert rank["customer_rank"] == 1


def test_a_customer_is_looked_for_by_something(customers: Customers) -> None:
    for nothing in ({}, {"name": ""}, {"email": None}):
        with pytest.raises(Rejected, match="found by name"):
            customers.find(**nothing)  # type: ignore[arg-type]


def test_an_external_id_makes_one_customer_however_often_it_is_sent(customers: Customers) -> None:
    unique = uuid4().hex
    belgium = customers.model.client.search("res.country", [["code", "=", "BE"]])[0]
    tag = customers.model.client.create("res.partner.category", {"name": unique})
    values: dict[str, Any] = {"name": "Ann", "ref": unique, "country_id": Many2one(belgium), "category_id": (tag,)}
    ann = customers.create({**values, "street": "Main 1", "is_company": True}, external_id=f"customers.{unique}")
    again = customers.create({**values, "street": None, "is_company": False}, external_id=f"customers.{unique}")
    assert ann == again
    (row,) = customers.find(ref=unique)
    assert (row["country_id"].id, row["street"], row["is_company"]) == (belgium, None, False)
    assert customers.model.one(ann, ["category_id"])["category_id"] == (tag,)


@pytest.mark.parametrize("external_id", [None, "customers.wrong"])
@pytest.mark.parametrize("wrong", [{"birthdate": "x"}, {"name": 5}, {"country_id": "BE"}, {"color": 2**31}])
def test_what_is_no_customer_is_refused(customers: Customers, external_id: str | None, wrong: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        customers.create({"name": "Ann", **wrong}, external_id=external_id)
    assert caught.value.field == next(iter(wrong))
    assert customers.model.client.resolve("customers.wrong") is None


def test_lines_and_commands_are_not_loaded(customers: Customers) -> None:
    for wrong in ({"child_ids": (1,)}, {"category_id": [(4, 1, 0)]}):
        with pytest.raises(Rejected) as caught:
            customers.create({"name": "Ann", **wrong}, external_id="customers.wrong")
        assert caught.value.field == next(iter(wrong))


def test_only_what_differs_is_written(customers: Customers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "odoo_bridge.calls")
    client = customers.model.client
    belgium = client.search("res.country", [["code", "=", "BE"]])[0]
    tags = client.create("res.partner.category", [{"name": uuid4().hex}, {"name": uuid4().hex}])
    ann = customers.create({"name": "Ann", "country_id": belgium, "category_id": tags})
    same = {"name": "Ann", "country_id": belgium, "street": None, "active": True, "category_id": tags[::-1]}
    caplog.clear()
    assert customers.update(ann, same) == []
    assert not any(".write" in record.getMessage() for record in caplog.records)
    assert customers.update(ann, {**same, "name": "Anna", "country_id": None}) == ["name", "country_id"]
    assert customers.model.one(ann, ["name", "country_id"]) == {"id": ann, "name": "Anna", "country_id": None}
    client.unlink("res.partner", [ann])
    with pytest.raises(Missing):
        customers.update(ann, {"name": "Ann"})


def test_a_customer_is_made_without_mails_and_followers(connect: Connect, wire: Wire) -> None:
    fields = {"name": {"type": "char"}, "customer_rank": {"type": "integer"}}
    answers: dict[str, Any] = {"fields_get": fields, "load": {"ids": [1], "messages": []}}
    customers = Customers(connect(lambda request: request.result(answers.get(request.call()[2][4], 1))))
    customers.create({"name": "Ann"})
    customers.create({"name": "Ann", "customer_rank": 0}, external_id="a.b")
    made = {call[1]: call for call in wire.calls}
    assert made["create"][2:] == [[{"customer_rank": 1, "name": "Ann"}], {"context": {"tracking_disable": True}}]
    assert made["load"][2] == [["id", "customer_rank", "name"], [["a.b", "0", "Ann"]]]
    assert made["load"][3]["context"]["tracking_disable"] is True
