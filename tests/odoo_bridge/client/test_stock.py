"""Stock, against what Odoo 16, 17 and 19 were recorded to answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from odoo_bridge.client.stock import Available, Stock
from odoo_bridge.errors import Garbled, Rejected, Uncertain

from .conftest import Connect
from .replaying import Replaying, answer_of, asked_in, recorded, recorded_fields
from .wire import Request, Wire

STATE = {"id": {"type": "integer", "store": True}, "state": {"type": "selection", "store": True}}
PLACE = {"type": "many2one", "relation": "stock.location", "store": True}
WIZARD = {"type": "ir.actions.act_window", "res_model": "stock.warn.insufficient.qty.scrap"}


class Server(Replaying):
    """A shelf with `stock` pieces; records are known by their external ids."""

    def __init__(self, version: int, stock: float = 5) -> None:
        super().__init__(version)
        self.stock = stock
        self.known: dict[str, list[Any]] = {}
        self.state = "draft"
        self.wanted = 0.0
        self.fields = {
            "stock.scrap": STATE
            | {"product_id": {"type": "many2one"}, "scrap_qty": {"type": "float"}, "location_id": PLACE}
            | {"origin": {"type": "char"}},
            "stock.picking": STATE
            | {"picking_type_id": {"type": "many2one"}, "location_id": PLACE, "location_dest_id": PLACE}
            | {"origin": {"type": "char"}},
            "stock.location": {"usage": {"type": "selection", "store": True}},
            "product.product": {"uom_id": {"type": "many2one", "store": True}},
        }
        self.on("ir.model.data", "check_object_reference", self.resolve)
        self.on("product.product", "read", [{"id": 1, "uom_id": [1, "Units"]}])
        for model in ("stock.scrap", "stock.picking"):
            self.on(model, "load", lambda columns, rows, context, model=model: self.load(model, columns, rows))
            self.on(model, "read", lambda ids, fields: [{"id": ids[0], "state": self.state}])
        self.on("stock.scrap", "action_validate", self.validate_scrap)
        self.on("stock.picking", "action_confirm", lambda ids: self.move_to("confirmed", "picking action_confirm"))
        self.on("stock.picking", "action_assign", self.assign)
        self.on("stock.picking", "button_validate", lambda ids: self.move_to("done", "picking button_validate"))
        self.on("stock.move", "search_read", lambda *args, **options: [self.move()])
        self.on("stock.move", "write", answer_of(recorded(version, "set done qty")))

    def resolve(self, module: str, name: str, context: Any) -> Any:
        found = self.known.get(f"{module}.{name}")
        text = f"External ID not found in the system: {module}.{name}"
        return found or {"error": {"data": {"name": "builtins.ValueError", "message": text}}}

    def load(self, model: str, columns: list[str], rows: list[list[str]]) -> Any:
        self.known[rows[0][0]] = [model, 7]
        amounts = [name for name in columns if name.endswith(("scrap_qty", "product_uom_qty"))]
        self.wanted = float(rows[0][columns.index(amounts[0])])
        return {"ids": [7], "messages": [], "nextrow": 0}

    def move_to(self, state: str, label: str) -> Any:
        self.state = state
        if state == "done":
            self.stock -= self.wanted
        return answer_of(recorded(self.version, label))

    def validate_scrap(self, ids: list[int]) -> Any:
        return self.move_to("done", "scrap action_validate") if self.stock >= self.wanted else WIZARD

    def assign(self, ids: list[int]) -> Any:
        self.state = "assigned"  # also where only a part is there
        return answer_of(recorded(self.version, "picking action_assign"))

    def move(self) -> dict[str, Any]:
        ready = self.state == "assigned"
        state = ("assigned" if self.stock >= self.wanted else "partially_available") if ready else self.state
        return {"id": 3, "state": state, "product_uom_qty": self.wanted}


@pytest.fixture(params=[16, 17, 19])
def server(request: pytest.FixtureRequest) -> Server:
    return Server(request.param)


@pytest.fixture
def stock(server: Server, connect: Connect) -> Stock:
    return Stock(connect(server))


def methods(wire: Wire) -> list[str]:
    return [f"{call[0]}.{call[1]}" for call in wire.calls if call[1] not in ("fields_get", "read", "search_read")]


def test_what_is_available_is_asked_of_internal_locations(server: Server, stock: Stock, wire: Wire) -> None:
    rows = [
        {
            "id": 1,
            "product_id": [1, "Gloves"],
            "location_id": [8, "WH/Stock"],
            "quantity": 7.0,
            "reserved_quantity": 2.5,
        }
    ]
    server.on("stock.quant", "search_read", lambda domain, fields, **options: rows)
    (there,) = stock.available([1], within=8)
    assert there == Available(1, 8, Decimal("7.0"), Decimal("2.5"))
    assert there.free == Decimal("4.5")
    assert stock.available() == [there]
    domains = [call[2][0] for call in wire.calls if call[1] == "search_read"]
    internal = ["location_id.usage", "=", "internal"]
    assert domains == [
        [internal, ["product_id", "in", [1]], ["location_id", "child_of", [8]]],
        [internal],
    ]


def test_the_recorded_question_about_quants_is_ours(server: Server, stock: Stock, wire: Wire) -> None:
    exchange = recorded(server.version, "stock.quant search_read (none yet)")
    server.on("stock.quant", "search_read", lambda domain, fields, **options: answer_of(exchange))
    assert stock.available([1]) == []
    (domain,) = asked_in(exchange)
    asked = [call[2][0] for call in wire.calls if call[1] == "search_read"]
    assert {tuple(term) for term in domain} - {("product_id", "=", 1)} <= {tuple(map(str, t)) for t in asked[0]}


def test_a_product_is_scrapped_once(server: Server, stock: Stock, wire: Wire) -> None:
    for _ in range(2):
        assert stock.scrap("x.s1", 1, 2, 8, origin="VISIT-1") == 7
    assert server.stock == 3
    assert methods(wire).count("stock.scrap.load") == 1
    assert methods(wire).count("stock.scrap.action_validate") == 1
    (columns, rows), _ = next(call[2:] for call in wire.calls if call[1] == "load")
    assert columns == ["id", "product_id/.id", "scrap_qty", "location_id/.id", "origin"]
    assert rows == [["x.s1", "1", "2.0", "8", "VISIT-1"]]


def test_a_question_in_answer_to_a_scrap_is_not_taken_for_done(server: Server, stock: Stock) -> None:
    with pytest.raises(Rejected, match="not enough") as caught:
        stock.scrap("x.s1", 1, 6, 8)
    assert caught.value.field == "scrap_qty"
    server.stock = 6
    assert stock.scrap("x.s1", 1, 6, 8) == 7
    assert server.stock == 0


def test_a_transfer_goes_through_its_steps_once(server: Server, stock: Stock, wire: Wire) -> None:
    for _ in range(2):
        assert stock.consume("x.p1", 1, Decimal(3), 8, 5, 2, origin="VISIT-2") == 7
    assert server.stock == 2
    assert [name for name in methods(wire) if "reference" not in name] == [
        "stock.picking.load",
        "stock.picking.action_confirm",
        "stock.picking.action_assign",
        "stock.move.write",
        "stock.picking.button_validate",
    ]


def test_a_transfer_names_what_the_recorded_one_did(server: Server, stock: Stock, wire: Wire) -> None:
    stock.consume("x.p1", 1, 3, 8, 5, 2, origin="VISIT-2")
    ((values,),) = [asked_in(recorded(server.version, "stock.picking create with move"))]
    columns, (row,) = next(call[2] for call in wire.calls if call[1] == "load")
    sent = dict(zip(columns, row, strict=True))
    assert {name.split("/")[0] for name in columns} - {"id"} == set(values)
    moved = {name.split("/")[1] for name in columns if name.startswith("move_ids/")} - {"id"}
    assert moved == set(values["move_ids"][0][2])
    assert sent["move_ids/product_id/.id"] == "1"
    assert sent["move_ids/id"] == "x.p1_move"
    done = next(call[2] for call in wire.calls if call[1] == "write")
    assert set(done[1]) == set(asked_in(recorded(server.version, "set done qty"))[1])
    assert set(done[1]) <= set(recorded_fields("stock.move", server.version))


def test_a_transfer_waits_while_there_is_too_little(server: Server, stock: Stock, wire: Wire) -> None:
    for _ in range(2):
        with pytest.raises(Rejected, match="not enough") as caught:
            stock.consume("x.p1", 1, 9, 8, 5, 2)
        assert caught.value.model == "stock.move"
    assert server.stock == 5
    assert "stock.picking.button_validate" not in methods(wire)
    server.stock = 9
    assert stock.consume("x.p1", 1, 9, 8, 5, 2) == 7
    assert server.stock == 0


def test_a_transfer_that_odoo_asks_about_is_not_taken_for_done(server: Server, stock: Stock) -> None:
    server.on("stock.picking", "button_validate", {"type": "ir.actions.act_window"})
    with pytest.raises(Rejected, match="transfer is assigned in Odoo"):
        stock.consume("x.p1", 1, 3, 8, 5, 2)


@pytest.mark.parametrize("step", ["load", "action_confirm", "action_assign", "button_validate"])
def test_a_lost_answer_at_any_step_is_mended_by_calling_again(
    server: Server, connect: Connect, step: str, wire: Wire
) -> None:
    lost: list[str] = []

    def answer(request: Request) -> None:
        model, method, args, keywords = request.call()[2][3:]
        if (model, method) == ("stock.picking", step) and not lost:
            lost.append(step)
            server.handlers[model, method](*args, **keywords)
            request.reset()
        else:
            server(request)

    stock = Stock(connect(answer))
    with pytest.raises(Uncertain):
        stock.consume("x.p1", 1, 3, 8, 5, 2)
    assert stock.consume("x.p1", 1, 3, 8, 5, 2) == 7
    assert server.stock == 2


def test_an_external_id_of_something_else_is_refused(server: Server, stock: Stock) -> None:
    server.known["x.p1"] = ["res.partner", 7]
    with pytest.raises(Rejected, match=r"belongs to a record of res\.partner"):
        stock.scrap("x.p1", 1, 2, 8)
    assert server.stock == 5


def test_a_quantity_that_is_no_number_is_garbled(server: Server, stock: Stock) -> None:
    row = {"id": 1, "product_id": [1, "a"], "location_id": [8, "b"], "quantity": "many", "reserved_quantity": 0}
    server.on("stock.quant", "search_read", lambda *args, **options: [row])
    with pytest.raises(Garbled):
        stock.available()
