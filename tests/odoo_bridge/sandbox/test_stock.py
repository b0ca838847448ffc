"""Products in locations and the moves between them; checked against a running Odoo 17."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.sandbox import OdooError
from tests.odoo_bridge.sandbox.conftest import User

EVERY = pytest.mark.parametrize("version", (16, 17, 18, 19))
STOCK, CUSTOMERS = 8, 5
DELIVERY = 2


def storable(user: User, version: int, name: str = "Gloves") -> int:
    kind = {"detailed_type": "product"} if version in (16, 17) else {"is_storable": True}
    return user("product.product", "create", {"name": name, "default_code": "GLV", "list_price": 5.0, **kind})


def stocked(user: User, version: int, quantity: float) -> int:
    product = storable(user, version)
    count(user, product, quantity)
    return product


def count(user: User, product: int, quantity: float) -> int:
    vals = {"product_id": product, "location_id": STOCK, "inventory_quantity": quantity}
    quant = user("stock.quant", "create", vals, context={"inventory_mode": True})
    user("stock.quant", "action_apply_inventory", [quant])
    return quant


def delivery(user: User, version: int, product: int, quantity: float) -> tuple[int, int]:
    """A transfer to a customer: (picking, move)."""
    move = {"product_id": product, "product_uom_qty": quantity, "location_id": STOCK, "location_dest_id": CUSTOMERS}
    if version != 19:
        move["name"] = "Consumed"
    vals = {"picking_type_id": DELIVERY, "origin": "VISIT", "move_ids": [[0, 0, move]]}
    picking = user("stock.picking", "create", vals)
    return picking, user.one("stock.picking", picking, "move_ids")["move_ids"][0]


def done(version: int, quantity: float) -> dict[str, Any]:
    return {"quantity_done": quantity} if version == 16 else {"quantity": quantity, "picked": True}


def amounts(user: User, product: int) -> tuple[float, float, float]:
    row = user.one("product.product", product, "qty_available", "free_qty", "virtual_available")
    return row["qty_available"], row["free_qty"], row["virtual_available"]


@EVERY
def test_a_template_and_its_variant_repeat_each_other(office: User, version: int) -> None:
    product = storable(office, version)
    row = office.one("product.product", product, "display_name", "product_tmpl_id", "type")
    assert (row["display_name"], row["product_tmpl_id"][1]) == ("[GLV] Gloves", "[GLV] Gloves")
    assert row["type"] == ("product" if version in (16, 17) else "consu")
    template = row["product_tmpl_id"][0]
    office("product.template", "write", [template], {"list_price": 7.0})
    assert office.one("product.product", product, "lst_price")["lst_price"] == 7.0
    office("product.product", "write", [product], {"name": "Fine gloves"})
    row = office.one("product.template", template, "name", "product_variant_ids", "product_variant_id")
    assert (row["name"], row["product_variant_ids"], row["product_variant_id"][0]) == (
        "Fine gloves",
        [product],
        product,
    )
    office("product.product", "unlink", [product])
    assert office("product.template", "search", [["id", "=", template]]) == []


@EVERY
def test_a_template_brings_its_variant(office: User) -> None:
    template = office("product.template", "create", {"name": "Floss", "default_code": "FL"})
    (product,) = office("product.product", "search_read", [["product_tmpl_id", "=", template]], ["display_name"])
    assert product["display_name"] == "[FL] Floss"
    assert office("product.product", "name_search", "[FL] Floss") == [[product["id"], "[FL] Floss"]]


@EVERY
def test_products_are_made_by_administrators(bridge: User, version: int) -> None:
    with pytest.raises(OdooError, match="Products/Create" if version == 19 else "Inventory/Administrator"):
        bridge("product.template", "create", {"name": "Floss"})


@EVERY
def test_a_count_becomes_the_quantity_on_hand(office: User, version: int) -> None:
    product = storable(office, version)
    quant = count(office, product, 50)
    row = office.one("stock.quant", quant, "quantity", "available_quantity", "inventory_quantity_set", "location_id")
    assert (row["quantity"], row["available_quantity"], row["location_id"][1]) == (50.0, 50.0, "WH/Stock")
    assert row["inventory_quantity_set"] is False
    assert amounts(office, product) == (50.0, 50.0, 50.0)
    move = office("stock.move", "search_read", [["product_id", "=", product]], ["state", "is_inventory", "reference"])
    assert move == [
        {
            "id": move[0]["id"],
            "state": "done",
            "is_inventory": True,
            "reference": "Product Quantity Updated (Administrator)",
        }
    ]
    assert count(office, product, 41) == quant
    assert amounts(office, product)[0] == 41.0


@EVERY
def test_who_may_apply_a_count(bridge: User, office: User, version: int) -> None:
    product = storable(office, version)
    if version == 19:
        count(bridge, product, 3)
        assert amounts(office, product)[0] == 3.0
    else:
        with pytest.raises(OdooError, match="Only a stock manager"):
            count(bridge, product, 3)


@EVERY
def test_a_quantity_can_be_written_without_a_move_but_not_while_counting(
    bridge: User, office: User, version: int
) -> None:
    quant = count(office, storable(office, version), 5)
    moves = office("stock.move", "search_count", [])
    assert bridge("stock.quant", "write", [quant], {"quantity": 7}) is True
    assert bridge.one("stock.quant", quant, "quantity")["quantity"] == 7.0
    assert office("stock.move", "search_count", []) == moves
    with pytest.raises(OdooError, match="editing is restricted"):
        bridge("stock.quant", "write", [quant], {"quantity": 8}, context={"inventory_mode": True})


@EVERY
def test_quants_are_for_storable_products_and_are_never_deleted(office: User, version: int) -> None:
    with pytest.raises(OdooError, match="cannot be created for consumables or services"):
        office("stock.quant", "create", {"product_id": 2, "location_id": STOCK, "quantity": 1})
    quant = count(office, storable(office, version), 5)
    with pytest.raises(OdooError, match="No group currently allows this operation"):
        office("stock.quant", "unlink", [quant])


@EVERY
def test_a_transfer_reserves_and_then_takes(office: User, bridge: User, version: int) -> None:
    product = stocked(office, version, 10)
    picking, move = delivery(bridge, version, product, 3)
    assert amounts(bridge, product) == (10.0, 10.0, 10.0)
    assert bridge("stock.picking", "action_confirm", [picking]) is True
    assert amounts(bridge, product) == (10.0, 7.0, 7.0)
    assert bridge.one("stock.move", move, "state")["state"] == "assigned"
    assert bridge("stock.picking", "action_assign", [picking]) is True
    bridge("stock.move", "write", [move], done(version, 3))
    assert bridge("stock.picking", "button_validate", [picking]) is True
    assert amounts(bridge, product) == (7.0, 7.0, 7.0)
    row = bridge.one("stock.picking", picking, "state", "name", "move_line_ids", "date_done")
    assert (row["state"], row["name"], bool(row["date_done"])) == ("done", "WH/OUT/00001", True)
    (line,) = bridge("stock.move.line", "read", row["move_line_ids"], ["location_id", "location_dest_id", "state"])
    assert (line["location_id"][1], line["location_dest_id"][1]) == ("WH/Stock", "Partners/Customers")
    with pytest.raises(OdooError, match="no quantities are reserved"):
        bridge("stock.picking", "button_validate", [picking])
    with pytest.raises(OdooError, match="has been set to 'Done'"):
        bridge("stock.picking", "action_cancel", [picking])


@EVERY
def test_a_transfer_of_more_than_there_is(office: User, bridge: User, version: int) -> None:
    product = stocked(office, version, 2)
    picking, move = delivery(bridge, version, product, 3)
    bridge("stock.picking", "action_confirm", [picking])
    assert bridge.one("stock.move", move, "state")["state"] == "partially_available"
    assert bridge("stock.picking", "do_unreserve", [picking]) is None
    assert amounts(bridge, product)[1] == 2.0
    bridge("stock.move", "write", [move], done(version, 2))
    answer = bridge("stock.picking", "button_validate", [picking])
    assert (answer["res_model"], bridge.one("stock.picking", picking, "state")["state"] == "done") == (
        "stock.backorder.confirmation",
        False,
    )
    assert bridge("stock.picking", "button_validate", [picking], context={"skip_backorder": True}) is True
    (rest,) = bridge("stock.picking", "search_read", [["backorder_id", "=", picking]], ["move_ids", "state"])
    assert bridge.one("stock.move", rest["move_ids"][0], "product_uom_qty")["product_uom_qty"] == 1.0
    assert amounts(bridge, product) == (0.0, 0.0, -1.0)
    assert bridge("stock.picking", "action_cancel", [rest["id"]]) is True
    assert amounts(bridge, product)[2] == 0.0


def test_a_draft_is_validated_as_it_stands_and_an_empty_one_is_refused(office: User, bridge: User) -> None:
    product = stocked(office, 17, 9)
    picking, _move = delivery(bridge, 17, product, 4)
    assert bridge("stock.picking", "button_validate", [picking]) is True
    assert amounts(bridge, product)[0] == 5.0
    empty = bridge("stock.picking", "create", {"picking_type_id": DELIVERY})
    row = bridge.one("stock.picking", empty, "location_id", "location_dest_id")
    assert (row["location_id"][0], row["location_dest_id"][0]) == (STOCK, CUSTOMERS)
    with pytest.raises(OdooError, match="validate an empty transfer"):
        bridge("stock.picking", "button_validate", [empty])
    with pytest.raises(OdooError, match="Nothing to check the availability for"):
        bridge("stock.picking", "action_assign", [empty])


@EVERY
def test_the_name_of_a_move_came_and_went(office: User, bridge: User, version: int) -> None:
    vals = {"product_id": storable(office, version), "location_id": STOCK, "location_dest_id": CUSTOMERS}
    if version == 19:
        with pytest.raises(OdooError, match="Invalid field 'name'"):
            bridge("stock.move", "create", {**vals, "name": "Consumed"})
    else:
        with pytest.raises(OdooError, match="name"):
            bridge("stock.move", "create", vals)


@EVERY
def test_a_move_has_no_public_workflow(office: User, bridge: User, version: int) -> None:
    _picking, move = delivery(bridge, version, storable(office, version), 1)
    with pytest.raises(OdooError, match="does not exist") as caught:
        bridge("stock.move", "action_confirm", [move])
    assert caught.value.name == "builtins.AttributeError"
    with pytest.raises(OdooError, match="Private methods"):
        bridge("stock.move", "_action_done", [move])


@EVERY
def test_scrap_is_taken_from_stock_if_there_is_enough(office: User, bridge: User, version: int) -> None:
    product = stocked(office, version, 5)
    scrap = bridge("stock.scrap", "create", {"product_id": product, "scrap_qty": 2})
    assert bridge("stock.scrap", "action_validate", [scrap]) is True
    assert bridge.one("stock.scrap", scrap, "state", "name")["name"] == "SP/00001"
    assert amounts(bridge, product)[0] == 3.0
    much = bridge("stock.scrap", "create", {"product_id": product, "scrap_qty": 200})
    assert bridge("stock.scrap", "action_validate", [much])["res_model"] == "stock.warn.insufficient.qty.scrap"
    assert bridge.one("stock.scrap", much, "state")["state"] == "draft"
    none = bridge("stock.scrap", "create", {"product_id": product, "scrap_qty": 0})
    with pytest.raises(OdooError, match="only enter positive quantities"):
        bridge("stock.scrap", "action_validate", [none])


def test_a_correction_of_a_done_move_corrects_the_stock(office: User, bridge: User) -> None:
    product = stocked(office, 17, 10)
    picking, move = delivery(bridge, 17, product, 3)
    bridge("stock.picking", "button_validate", [picking])
    bridge("stock.move", "write", [move], {"quantity": 5})
    assert amounts(bridge, product)[0] == 5.0


@EVERY
def test_a_move_of_nothing_goes_to_the_backorder_as_it_is(office: User, bridge: User, version: int) -> None:
    product = stocked(office, version, 5)
    picking, taken = delivery(bridge, version, product, 1)
    vals = {"product_id": product, "product_uom_qty": 2, "location_id": STOCK, "location_dest_id": CUSTOMERS}
    if version != 19:
        vals["name"] = "Later"
    bridge("stock.picking", "write", [picking], {"move_ids": [[0, 0, vals]]})
    left = max(bridge.one("stock.picking", picking, "move_ids")["move_ids"])
    bridge("stock.picking", "action_confirm", [picking])
    bridge("stock.move", "write", [taken], done(version, 1))
    bridge("stock.move", "write", [left], {"quantity_done": 0} if version == 16 else {"quantity": 0})
    assert bridge("stock.picking", "button_validate", [picking], context={"skip_backorder": True}) is True
    row = bridge.one("stock.move", left, "picking_id", "product_uom_qty", "state")
    assert (row["picking_id"][0] != picking, row["product_uom_qty"]) == (True, 2.0)
    assert amounts(bridge, product)[0] == 4.0


def test_archiving_a_product_leaves_its_template_active(office: User) -> None:
    product = storable(office, 17)
    template = office.one("product.product", product, "product_tmpl_id")["product_tmpl_id"][0]
    office("product.product", "write", [product], {"active": False})
    assert office.one("product.template", template, "active")["active"] is True
    office("product.template", "write", [template], {"active": False})
    assert office("product.product", "search_count", [["active", "=", False]]) == 1
