"""What a fresh sandbox sells and where it lies: products, a warehouse, a sales team."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

from typing import Any

from odoo_bridge.sandbox.orm.env import Env

# (name, usage, parent, active) in the order of their ids, as observed on 17; 16 and 18 are taken to be alike.
PLACES: tuple[tuple[str, str, int, int], ...] = (
    ("Physical Locations", "view", 0, 1),
    ("Partners", "view", 0, 1),
    ("Virtual Locations", "view", 0, 1),
    ("Vendors", "supplier", 2, 1),
    ("Customers", "customer", 2, 1),
    ("Inter-company transit", "transit", 3, 0),
    ("WH", "view", 1, 1),
    ("Stock", "internal", 7, 1),
    ("Input", "internal", 7, 0),
    ("Quality Control", "internal", 7, 0),
    ("Output", "internal", 7, 0),
    ("Packing Zone", "internal", 7, 0),
    ("Inter-warehouse transit", "transit", 1, 0),
    ("Inventory adjustment", "inventory", 3, 1),
    ("Production", "production", 3, 1),
    ("Scrap", "inventory", 3, 1),
)
STOCK = 8
XMLIDS = {4: "stock.stock_location_suppliers", 5: "stock.stock_location_customers", 8: "stock.stock_location_stock"}
# (name, code, short code, from, to, active)
PICKING_TYPES = (
    ("Receipts", "incoming", "IN", None, STOCK, 1),
    ("Delivery Orders", "outgoing", "OUT", STOCK, None, 1),
    ("Pick", "internal", "PICK", STOCK, 12, 0),
    ("Pack", "internal", "PACK", 12, STOCK, 0),
    ("Internal Transfers", "internal", "INT", STOCK, STOCK, 0),
)
PRODUCTS = (
    ("TREAT", "Dental treatment", 0.0),
    ("EXAM", "Examination", 60.0),
    ("HYG", "Hygiene visit", 85.0),
)
# code, name, price, how many lie in the stock
Supply = tuple[str, str, float, float]
SUPPLIES: tuple[Supply, ...] = (
    ("GLV-M", "Gloves, nitrile, medium", 9.5, 38.0),
    ("ANA-4", "Anaesthetic cartridges, articaine 4 %", 42.0, 6.0),
    ("COM-A2", "Composite A2, syringe", 31.0, 12.0),
    ("BUR-D8", "Diamond burs, round", 18.5, 24.0),
    ("MSK-II", "Masks, type II", 7.9, 3.0),
)


def insert(env: Env, model: str, vals: dict[str, Any], xmlid: str = "") -> int:
    """A row as it is, without defaults: there is no user yet whose defaults could be asked for."""
    fields = env[model].fields
    vals = {"create_uid": 1, "write_uid": 1, "create_date": env.stamp, "write_date": env.stamp, **vals}
    if "active" in fields:
        vals.setdefault("active", 1)
    vals = {name: value for name, value in vals.items() if name in fields and fields[name].is_column}
    listed = ", ".join(f'"{name}"' for name in vals)
    holes = ", ".join("?" * len(vals))
    cursor = env.execute(f"INSERT INTO {env[model].table} ({listed}) VALUES ({holes})", list(vals.values()))
    made = int(cursor.lastrowid or 0)
    if xmlid:
        module, _dot, name = xmlid.partition(".")
        data = {"module": module, "name": name, "model": model, "res_id": made, "noupdate": 1}
        insert(env, "ir.model.data", data)
    return made


def plant_goods(env: Env, supplies: tuple[Supply, ...]) -> None:
    """Fills an empty database that has a company."""
    _warehouse(env)
    company = {"company_id": 1, "sequence": 0}
    insert(env, "crm.team", {**company, "name": "Sales"}, "sales_team.team_sales_department")
    currency = env.value("SELECT currency_id FROM res_company WHERE id = 1")
    if env.profile.sale_needs_pricelist:
        row = {**company, "name": "Public Pricelist", "currency_id": currency}
        insert(env, "product.pricelist", row, "product.list0")
    _products(env)
    _shelves(env, supplies)


def _warehouse(env: Env) -> None:
    for at, (name, usage, parent, active) in enumerate(PLACES, start=1):
        row = {"name": name, "usage": usage, "location_id": parent or None, "active": active, "company_id": None}
        row["scrap_location"] = int(name == "Scrap")
        if usage != "view" and name not in ("Vendors", "Customers"):
            row["company_id"] = 1
        above = PLACES[parent - 1][0] if parent and usage != "view" else ""
        row["complete_name"] = f"{above}/{name}" if above else name
        insert(env, "stock.location", row, XMLIDS.get(at, ""))
    name = env.value("SELECT name FROM res_company WHERE id = 1")
    row = {"name": name, "code": "WH", "company_id": 1, "partner_id": 1, "sequence": 10}
    row |= {"view_location_id": 7, "lot_stock_id": STOCK, "in_type_id": 1, "out_type_id": 2, "int_type_id": 5}
    insert(env, "stock.warehouse", row, "stock.warehouse0")
    for at, (name, code, short, source, target, active) in enumerate(PICKING_TYPES, start=1):
        row = {"name": name, "code": code, "sequence_code": short, "sequence": at, "warehouse_id": 1, "company_id": 1}
        row |= {"default_location_src_id": source, "default_location_dest_id": target, "active": active}
        insert(env, "stock.picking.type", row)


def _products(env: Env) -> None:
    insert(env, "uom.uom", {"name": "Units"}, "uom.product_uom_unit")
    insert(env, "product.category", {"name": "All"}, "product.product_category_all")
    for code, name, price in PRODUCTS:
        _product(env, code, name, price, type="service", detailed_type="service")


def _product(env: Env, code: str, name: str, price: float, **kind: Any) -> int:
    """A product and its template. Unit and category are the first that there are."""
    row: dict[str, Any] = {"default_code": code, "name": name, "lst_price": price, "list_price": price}
    row |= {"categ_id": 1, "uom_id": 1, "uom_po_id": 1, "tracking": "none", "invoice_policy": "order"}
    row |= {"sale_ok": 1, "purchase_ok": 1, **kind}
    template = insert(env, "product.template", row)
    return insert(env, "product.product", {**row, "product_tmpl_id": template})


def _shelves(env: Env, supplies: tuple[Supply, ...]) -> None:
    """What a clinic uses up."""
    kind: dict[str, Any] = {"type": "consu", "is_storable": 1} if env.profile.version >= 18 else {"type": "product"}
    for code, name, price, quantity in supplies:
        product = _product(env, code, name, price, **kind, detailed_type="product")
        row: dict[str, Any] = {
            "product_id": product,
            "location_id": STOCK,
            "quantity": quantity,
            "reserved_quantity": 0.0,
        }
        row |= {"in_date": env.stamp[:19], "company_id": 1, "inventory_date": f"{env.today[:4]}-12-31"}
        insert(env, "stock.quant", row)
