"""Customers are made, found, and changed where they differ."""

from __future__ import annotations

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.customers import Customers
from odoo_bridge.errors import Missing, Rejected

from .conftest import Made


def test_a_customer_is_made_and_found_by_what_is_known(odoo: Client, made: Made, unique: str) -> None:
    customers = Customers(odoo)
    phone = f"+353 1 {int(unique, 16) % 10**7:07}"
    values = {"name": f"Ann {unique}", "email": f"{unique}@Example.com", "phone": phone, "ref": f"P-{unique}"}
    ann = made("res.partner", customers.create(values))
    bob = made("res.partner", customers.create({"name": f"Bob {unique}"}))
    for known in (
        {"email": f"{unique}@example.COM"},
        {"phone": phone},
        {"ref": f"P-{unique}"},
        {"name": unique, "ref": f"P-{unique}"},
    ):
        (found,) = customers.find(**known)  # type: ignore[arg-type]
        assert (found["id"], found["name"], found["phone"]) == (ann, f"Ann {unique}", phone)
    assert [row["id"] for row in customers.find(name=unique)] == [ann, bob]
    assert [row["id"] for row in customers.find(name=unique, limit=1)] == [ann]
    assert odoo.read("res.partner", [ann], ["customer_rank"])[0]["customer_rank"] == 1
    with pytest.raises(Rejected):
        customers.find()


def test_a_customer_with_an_external_id_is_made_once(odoo: Client, made: Made, unique: str) -> None:
    customers = Customers(odoo)
    (country,) = odoo.search("res.country", [["code", "=", "IE"]])
    values = {"name": unique, "country_id": country, "email": None, "is_company": True}
    first = made("res.partner", customers.create(values, external_id=f"contract.{unique}"))
    again = customers.create({**values, "city": "Cork"}, external_id=f"contract.{unique}")
    assert again == first
    (row,) = customers.find(name=unique)
    assert (row["city"], row["country_id"].id, row["email"], row["is_company"]) == ("Cork", country, None, True)


def test_only_what_differs_is_written(odoo: Client, made: Made, unique: str) -> None:
    customers = Customers(odoo)
    customer = made("res.partner", customers.create({"name": unique, "city": "Cork", "ref": "1"}))
    assert customers.update(customer, {"name": unique, "city": "Dublin", "ref": None}) == ["city", "ref"]
    assert customers.update(customer, {"name": unique, "city": "Dublin", "ref": None}) == []
    with pytest.raises(Rejected):
        customers.update(customer, {"city": 5})
    odoo.unlink("res.partner", [customer])
    with pytest.raises(Missing):
        customers.update(customer, {"city": "Cork"})
