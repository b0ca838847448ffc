"""Samples of the guide that define functions, and what these do when they are called."""

from __future__ import annotations

from typing import Any

from tests.odoo_bridge.samples.expecting import a_record, fault, gives
from tests.odoo_bridge.samples.running import Step
from tests.odoo_bridge.samples.world import World

NO_METHOD = {
    16: "The method 'no_method' does not exist on the model 'res.partner'",
    19: "The method 'res.partner.no_method' does not exist",
}

CUSTOMERS = [
    Step("10.1 Customer Management", gives()),
    Step(
        "a customer is made",
        gives(
            lambda found, world, names: (
                found
                == [{"id": names["customer"], "customer_rank": 1, "is_company": False, "phone": "+353 1 555 0100"}]
            ),
            customer=a_record,
        ),
        code="api = OdooCustomerAPI(url, db, username, password)\n"
        "customer = api.create_customer('Ann Samples', 'ann@samples.example', '+353 1 555 0100')\n"
        "models.execute_kw(db, uid, password, 'res.partner', 'read', [[customer], "
        "['customer_rank', 'is_company', 'phone']])",
    ),
    # One OR for three conditions: it joins the first two, and the third is required.
    Step(
        "customers are found by name or email, and must be customers",
        gives(
            lambda found, world, names: (
                [row["id"] for row in found] == [names["customer"]]
                and set(found[0]) == {"id", "name", "email", "phone", "create_date"}
            ),
            lambda found, world, names: [row["id"] for row in found] == [names["customer"]],
        ),
        code="api.find_customers('ann@samples.example')\napi.find_customers('Ann Samples')",
        given=lambda world: {"other": world.partner("Ann Samples", email="ann@samples.example")},
    ),
    Step("a customer is changed", gives(True), code="api.update_customer(customer, phone='+353 1 555 0101')"),
    Step(
        "a customer gets a mobile number",
        {16: gives(True), 19: fault(1, "ValueError: Invalid field 'mobile' in 'res.partner'")},
        code="api.update_customer(customer, mobile='+353 87 555 0102')",
    ),
    Step(
        "a customer gets a date of birth",
        {
            16: fault(1, "ValueError: Invalid field 'birthdate' on model 'res.partner'"),
            19: fault(1, "ValueError: Invalid field 'birthdate' in 'res.partner'"),
        },
        code="api.update_customer(customer, birthdate='1980-01-31')",
    ),
]


def to_sell(world: World) -> dict[str, Any]:
    return {
        "customer_id": world.partner("Customer"),
        "product1": world.product("Product 1"),
        "product2": world.product("Product 2"),
    }


ORDERS = [
    Step(
        "10.2 Sales Order Processing",
        gives(order_id=a_record),
        given=to_sell,
        filled=lambda world: {"'product_id': 1": "'product_id': product1", "'product_id': 2": "'product_id': product2"},
    ),
    Step(
        "the order",
        gives(
            lambda found, world, names: found == [{"id": names["order_id"], "state": "draft", "amount_untaxed": 600.0}],
            [[5.0, 100.0, 500.0], [2.0, 50.0, 100.0]],
        ),
        code="models.execute_kw(db, uid, password, 'sale.order', 'read', [[order_id], ['state', 'amount_untaxed']])\n"
        "[[row['product_uom_qty'], row['price_unit'], row['price_subtotal']] for row in models.execute_kw(\n"
        "    db, uid, password, 'sale.order.line', 'search_read', [[['order_id', '=', order_id]]], {'order': 'id'})]",
    ),
]


def to_move(world: World) -> dict[str, Any]:
    return {
        "product_id": world.product("In stock", storable=True),
        "source": world.id_of("stock.location", ["usage", "=", "internal"]),
        "destination": world.id_of("stock.location", ["usage", "=", "customer"]),
    }


NOTHING_THERE: tuple[Any, ...] = (0, [])
STOCK = [
    Step("10.3 Inventory Management", gives()),
    Step(
        "a product that is not in stock",
        gives(NOTHING_THERE, NOTHING_THERE),
        code="check_product_stock(models, db, uid, password, product_id)\n"
        "check_product_stock(models, db, uid, password, product_id, source)",
        given=to_move,
    ),
    # `action_confirm` belongs to the picking; and a move has no name any more on 19.
    Step(
        "a move is made and cannot be confirmed",
        {
            16: fault(1, "AttributeError: The method 'action_confirm' does not exist on the model 'stock.move'"),
            19: fault(1, "ValueError: Invalid field 'name' in 'stock.move'"),
        },
        code="create_stock_move(models, db, uid, password, product_id, 3, source, destination)",
    ),
    Step(
        "the move that is left",
        {16: gives([["draft", 3.0]]), 19: gives([])},
        code="[[row['state'], row['product_uom_qty']] for row in models.execute_kw(\n"
        "    db, uid, password, 'stock.move', 'search_read', [[['product_id', '=', product_id]], "
        "['state', 'product_uom_qty']])]",
    ),
]


def a_wizard(found: Any, world: World, names: dict[str, Any]) -> bool:
    """The action that asks whether to cancel."""
    wanted = {"type": "ir.actions.act_window", "res_model": "sale.order.cancel", "target": "new"}
    return wanted.items() <= found.items() and found["context"]["default_order_id"] == names["order_id"]


WORKFLOWS = [
    # 16 and 17 only ask back when a confirmed order is to be cancelled.
    Step(
        "12.1 Working with Workflows",
        {16: gives(True, a_wizard, False), 19: gives(True, True, False)},
        given=lambda world: {"invoice_id": world.invoice(world.partner("Payer"))},
    ),
    Step(
        "the order and the invoice after that",
        {16: gives("sale", "posted"), 19: gives("cancel", "posted")},
        code="models.execute_kw(db, uid, password, 'sale.order', 'read', [[order_id], ['state']])[0]['state']\n"
        "models.execute_kw(db, uid, password, 'account.move', 'read', [[invoice_id], ['state']])[0]['state']",
    ),
]
ATTACHMENTS = [
    Step("12.3 Working with Attachments", gives()),
    Step(
        "a file goes up and comes back",
        gives(("x-ray.txt", b"\x00 bytes \xff"), attachment_id=a_record),
        code="attachment_id = upload_attachment(\n"
        "    models, db, uid, password, 'res.partner', customer, 'x-ray.txt', b'\\x00 bytes \\xff')\n"
        "download_attachment(models, db, uid, password, attachment_id)",
    ),
]
CHECKED = [
    Step("13.2 Access Control", gives()),
    Step(
        "a search and a read that are allowed",
        gives(lambda found, world, names: found == [names["customer"]], [{"name": "Ann Samples"}]),
        code="safe_execute(models, db, uid, password, 'res.partner', 'search', [[['id', '=', customer]]])\n"
        "[{'name': row['name']} for row in safe_execute(\n"
        "    models, db, uid, password, 'res.partner', 'read', [[customer]], {'fields': ['name']})]",
    ),
    # It takes "search" of "search_count" for an operation.
    Step(
        "a method with an underscore",
        gives(
            printed=lambda found, world, names: (
                found.startswith("Error executing search_count on res.partner: <Fault 1")
                and "AssertionError: Invalid access mode" in found
            )
        ),
        code="safe_execute(models, db, uid, password, 'res.partner', 'search_count', [[]])",
    ),
    # It asks for the right to read whatever else the method does.
    Step(
        "a write to what may only be read",
        gives(True),
        {
            16: gives(
                printed=lambda found, world, names: (
                    found.startswith("Error executing write on res.country: <Fault 4:")
                    and "\\t- Administration/Settings\\n" in found
                )
            ),
            19: gives(
                printed=lambda found, world, names: (
                    found.startswith("Error executing write on res.country: <Fault 4:")
                    and "\\t- Role / Administrator\\n" in found
                )
            ),
        },
        code="safe_execute(models, db, uid, password, 'res.country', 'write', [[belgium], {'code': 'BE'}])",
        given=lambda world: {"belgium": world.id_of("res.country", ["code", "=", "BE"])},
    ),
]
LOGGED = [
    Step("14.2 Debugging API Calls", gives()),
    Step(
        "a call that succeeds",
        gives(
            lambda found, world, names: found == [{"id": names["customer"], "name": "Ann Samples"}],
            printed=lambda found, world, names: (
                found.startswith("🔍 Calling res.partner.read\n   Args: [")
                and found.endswith("✓ Success: <class 'list'> with 1 item(s)\n")
            ),
        ),
        code="debug_execute_kw(models, db, uid, password, 'res.partner', 'read', [[customer]], {'fields': ['name']})",
    ),
    Step(
        "a call that fails",
        {
            16: fault(1, f"AttributeError: {NO_METHOD[16]}"),
            19: fault(1, f"AttributeError: {NO_METHOD[19]}"),
        },
        code="debug_execute_kw(models, db, uid, password, 'res.partner', 'no_method', [[customer]])",
    ),
]
