"""Sale orders, against what Odoo 16, 17 and 19 were recorded to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from odoo_bridge.client.sales import Order, OrderLine, Sales
from odoo_bridge.errors import Missing, Rejected

from .conftest import Connect
from .replaying import Replaying, answer_of, asked_in, recorded
from .wire import Wire

LINES = [OrderLine(2, 1, price=Decimal("280")), OrderLine(1, 2, price=Decimal("4.5"))]


class Server(Replaying):
    """One order, which goes through its states as the recordings show."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        (self.order,) = answer_of(recorded(version, "sale.order read"))
        self.on("sale.order", "read", lambda ids, fields: [self.order] if ids == [1] else [])
        self.on("sale.order", "action_confirm", self.confirm)
        self.on("sale.order", "action_cancel", self.cancel)
        self.on("sale.order", "create", 1)
        self.on("sale.order", "load", answer_of(recorded(version, "sale.order load with lines")))

    def confirm(self, ids: list[int]) -> Any:
        (row,) = answer_of(recorded(self.version, "after confirm"))
        self.order = {**self.order, **row}
        return answer_of(recorded(self.version, "action_confirm (xmlrpc)"))

    def cancel(self, ids: list[int], context: dict[str, Any] | None = None) -> Any:
        quotation = self.order["state"] == "draft"
        if not quotation and self.version < 19 and not (context or {}).get("disable_cancel_warning"):
            return answer_of(recorded(self.version, "action_cancel confirmed order"))
        self.order = {**self.order, "state": "cancel"}
        return answer_of(recorded(self.version, "cancel draft quotation"))


@pytest.fixture(params=[16, 17, 19])
def server(request: pytest.FixtureRequest) -> Server:
    return Server(request.param)


@pytest.fixture
def sales(server: Server, connect: Connect) -> Sales:
    return Sales(connect(server))


@pytest.fixture
def called(wire: Wire) -> Callable[[str], list[list[Any]]]:
    """Arguments and keywords of each call of a method."""
    return lambda method: [call[2:] for call in wire.calls if call[1] == method]


def test_an_order_is_read_with_exact_amounts(sales: Sales) -> None:
    order = sales.read(1)
    assert order == Order(1, "S00001", "draft", Decimal("290.0"), Decimal("43.5"), Decimal("333.5"))
    assert not order.confirmed
    with pytest.raises(Missing):
        sales.read(2)


def test_a_quotation_is_made_with_its_lines(sales: Sales, server: Server, called: Any) -> None:
    line = OrderLine(2, 1, Decimal("280"), text="Crown", discount=Decimal("10"), taxes=(5,), unit=3)
    made = sales.create(499, [line, OrderLine(1, Decimal("1.5"))], reference="EST-1", valid_until=date(2027, 1, 31))
    assert made == 1
    (((values,), _),) = called("create")
    taxes, unit = ("tax_ids", "product_uom_id") if server.version == 19 else ("tax_id", "product_uom")
    assert values.pop("order_line") == [
        [
            0,
            0,
            {
                "product_id": 2,
                "product_uom_qty": 1.0,
                "price_unit": 280.0,
                "name": "Crown",
                "discount": 10.0,
                taxes: [[6, 0, [5]]],
                unit: 3,
            },
        ],
        [0, 0, {"product_id": 1, "product_uom_qty": 1.5}],
    ]
    assert values == {"partner_id": 499, "client_order_ref": "EST-1", "validity_date": "2027-01-31"}


def test_an_order_with_an_external_id_is_loaded_as_the_recorded_one(sales: Sales, server: Server, called: Any) -> None:
    exchange = recorded(server.version, "sale.order load with lines")
    columns, rows = asked_in(exchange)
    lines = [OrderLine(2, 1, price=Decimal("250.0")), OrderLine(1, 3, price=Decimal("4.5"))]
    made = sales.create(int(rows[0][1]), lines, reference="EST-9", external_id="x.o1")
    assert made == answer_of(exchange)["ids"][0]
    (((sent_columns, sent_rows), _),) = called("load")
    assert sent_columns == columns
    assert [row[4:] for row in sent_rows] == [["2", "1.0", "250.0"], ["1", "3.0", "4.5"]]
    assert [[row[4], *map(float, row[5:])] for row in sent_rows] == [[row[4], *map(float, row[5:])] for row in rows]
    assert [row[:4] for row in sent_rows] == [["x.o1", rows[0][1], "EST-9", "x.o1_line1"], ["", "", "", "x.o1_line2"]]


def test_the_details_of_loaded_lines_are_given_for_all_or_for_none(sales: Sales, wire: Wire) -> None:
    with pytest.raises(Rejected, match="for all lines of the order or for none") as caught:
        sales.create(499, [OrderLine(2, price=Decimal(1)), OrderLine(1)], external_id="x.o1")
    assert caught.value.field == "price_unit"
    assert {call[1] for call in wire.calls} == {"fields_get"}


def test_an_order_without_lines_may_be_loaded(sales: Sales, called: Any) -> None:
    sales.create(499, [], external_id="x.o1")
    assert called("load")[0][0] == [["id", "partner_id/.id"], [["x.o1", "499"]]]


@pytest.mark.parametrize("wrong", [OrderLine(0), OrderLine(1, Decimal("NaN")), OrderLine(1, taxes=(-1,))])
def test_a_line_that_cannot_be_is_refused_before_anything_is_sent(sales: Sales, wrong: OrderLine, wire: Wire) -> None:
    for external_id in (None, "x.o1"):
        with pytest.raises(Rejected) as caught:
            sales.create(499, [wrong], external_id=external_id)
        assert caught.value.field
    assert {call[1] for call in wire.calls} == {"fields_get"}


def test_an_order_is_confirmed_once(sales: Sales, called: Any) -> None:
    assert sales.confirm(1).state == "sale"
    assert sales.confirm(1).confirmed
    assert len(called("action_confirm")) == 1


def test_a_confirmed_order_is_cancelled_and_seen_to_be(sales: Sales, called: Any) -> None:
    sales.confirm(1)
    assert sales.cancel(1).state == "cancel"
    assert sales.cancel(1).state == "cancel"
    assert len(called("action_cancel")) == 1
    with pytest.raises(Rejected, match="Order S00001 is cancelled"):
        sales.confirm(1)


def test_what_odoo_did_not_do_is_not_taken_for_done(sales: Sales, server: Server) -> None:
    server.on("sale.order", "action_confirm", True)
    with pytest.raises(Rejected, match="has not confirmed order S00001") as caught:
        sales.confirm(1)
    assert caught.value.field == "state"
    server.confirm([1])
    server.on("sale.order", "action_cancel", lambda ids, context: server.cancel(ids) if server.version < 19 else True)
    with pytest.raises(Rejected, match="has not cancelled order S00001"):
        sales.cancel(1)
