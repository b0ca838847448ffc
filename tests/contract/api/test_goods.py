"""Selling, and taking from stock: on an Odoo that has the modules for it, and an administrator to fill a shelf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.sales import OrderLine, Sales
from odoo_bridge.client.stock import Stock
from odoo_bridge.errors import OdooError, Rejected

from .conftest import needs


@pytest.fixture
def glove(odoo: Client, office: Client) -> Iterator[int]:
    """A product of which ten lie on the shelf."""
    needs(odoo, "stock.quant")
    storable = (
        {"type": "consu", "is_storable": True}
        if "is_storable" in office.fields_get("product.product")
        else {"detailed_type": "product"}
    )
    product = office.create("product.product", {"name": f"Glove {uuid4().hex[:8]}", "list_price": 4.5, **storable})
    shelf = office.search("stock.location", [["usage", "=", "internal"]], limit=1, order="id")[0]
    counted = {"product_id": product, "location_id": shelf, "inventory_quantity": 10}
    quant = office.create("stock.quant", counted, context={"inventory_mode": True})
    office.call("stock.quant", "action_apply_inventory", [quant])
    yield product
    with suppress(OdooError):
        office.write("product.product", [product], {"active": False})


@pytest.fixture
def key() -> str:
    """An external id that nobody used before."""
    return f"contract.{uuid4().hex}"


# ---- selling


@pytest.fixture
def sales(odoo: Client) -> Sales:
    needs(odoo, "sale.order")
    return Sales(odoo)


def two(product: int) -> list[OrderLine]:
    return [
        OrderLine(product, 2, price=Decimal("10.50"), text="First", taxes=()),
        OrderLine(product, Decimal("1.5"), price=Decimal("4"), text="Second", taxes=()),
    ]


def test_an_order_is_made_with_its_lines(sales: Sales, partner: int, product: int, odoo: Client) -> None:
    made = sales.create(partner, two(product), reference="EST-1", valid_until=date(2050, 1, 31))
    order = sales.read(made)
    assert (order.state, order.untaxed, order.tax, order.total) == ("draft", 27, 0, 27)
    (row,) = odoo.read("sale.order", [made], ["client_order_ref", "validity_date", "order_line"])
    assert (row["client_order_ref"], row["validity_date"]) == ("EST-1", "2050-01-31")
    lines = odoo.read("sale.order.line", row["order_line"], ["name", "product_uom_qty"])
    assert [(line["name"], line["product_uom_qty"]) for line in lines] == [("First", 2.0), ("Second", 1.5)]
    assert sales.cancel(made).state == "cancel"


def test_an_order_with_an_external_id_is_made_once(
    sales: Sales, partner: int, product: int, odoo: Client, key: str
) -> None:
    made = sales.create(partner, two(product), external_id=key)
    assert sales.create(partner, two(product), external_id=key) == made
    assert len(odoo.read("sale.order", [made], ["order_line"])[0]["order_line"]) == 2
    assert sales.read(made).total == 27
    sales.cancel(made)


def test_a_confirmed_order_is_cancelled_without_a_question(sales: Sales, partner: int, product: int) -> None:
    made = sales.create(partner, two(product))
    assert sales.confirm(made).confirmed
    assert sales.confirm(made).confirmed
    assert sales.cancel(made).state == "cancel"
    assert sales.cancel(made).state == "cancel"
    with pytest.raises(Rejected, match="is cancelled"):
        sales.confirm(made)


# ---- the shelf


def on_shelf(stock: Stock, product: int) -> tuple[Decimal, Decimal]:
    rows = stock.available([product])
    return sum((row.quantity for row in rows), Decimal(0)), sum((row.reserved for row in rows), Decimal(0))


def test_what_lies_in_a_location_and_below_it_is_available(odoo: Client, glove: int) -> None:
    stock = Stock(odoo)
    (there,) = stock.available([glove])
    assert (there.product, there.quantity, there.free) == (glove, 10, 10)
    assert stock.available([glove], within=there.location) == [there]
    assert there in stock.available()
    customers = odoo.search("stock.location", [["usage", "=", "customer"]], limit=1)[0]
    assert stock.available([glove], within=customers) == []


def test_a_product_is_scrapped_once(odoo: Client, glove: int, key: str) -> None:
    stock = Stock(odoo)
    shelf = stock.available([glove])[0].location
    assert stock.scrap(key, glove, 3, shelf, origin="VISIT-1") == stock.scrap(key, glove, 3, shelf)
    assert on_shelf(stock, glove) == (7, 0)
    with pytest.raises(Rejected, match="not enough"):
        stock.scrap(f"{key}_more", glove, 8, shelf)
    assert on_shelf(stock, glove) == (7, 0)


def test_a_product_is_consumed_by_a_transfer_once(odoo: Client, glove: int, key: str) -> None:
    stock = Stock(odoo)
    shelf = stock.available([glove])[0].location
    customers = odoo.search("stock.location", [["usage", "=", "customer"]], limit=1)[0]
    operation = odoo.search("stock.picking.type", [["code", "=", "outgoing"]], limit=1)[0]
    transfer = stock.consume(key, glove, Decimal(4), shelf, customers, operation, origin="VISIT-2")
    assert stock.consume(key, glove, Decimal(4), shelf, customers, operation) == transfer
    assert odoo.read("stock.picking", [transfer], ["state", "origin"])[0]["origin"] == "VISIT-2"
    assert on_shelf(stock, glove) == (6, 0)


def test_a_transfer_of_more_than_there_is_waits_and_goes_on(odoo: Client, office: Client, glove: int, key: str) -> None:
    stock = Stock(odoo)
    shelf = stock.available([glove])[0].location
    customers = odoo.search("stock.location", [["usage", "=", "customer"]], limit=1)[0]
    operation = odoo.search("stock.picking.type", [["code", "=", "outgoing"]], limit=1)[0]
    for _ in range(2):
        with pytest.raises(Rejected, match="not enough"):
            stock.consume(key, glove, 11, shelf, customers, operation)
    assert on_shelf(stock, glove)[0] == 10
    (quant,) = office.search("stock.quant", [["product_id", "=", glove], ["location_id", "=", shelf]])
    office.write("stock.quant", [quant], {"inventory_quantity": 11}, context={"inventory_mode": True})
    office.call("stock.quant", "action_apply_inventory", [quant])
    stock.consume(key, glove, 11, shelf, customers, operation)
    assert on_shelf(stock, glove) == (0, 0)
