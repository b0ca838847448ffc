"""Makes a new Odoo ready for the clinic: fed to `odoo shell`, which gives it `env`. Running it again changes nothing.

It sets the company's currency before the first booking, adds a sales journal for each branch, the sales taxes of the
fee schedule and the product that plans are sold as, and creates the integration user with the five groups it needs and
an API key, which it writes to `CLINIC_API_KEY_FILE`. Odoo's own names differ by version (`groups_id` became
`group_ids`, `_generate` takes an expiry since 18).

Environment: `CLINIC_BRANCHES` ("NORTH SOUTH"), `CLINIC_CURRENCY` ("EUR"), `CLINIC_TAXES` (percentages),
`CLINIC_ODOO_LOGIN`, `CLINIC_API_KEY_FILE`.
"""

import os
import secrets
from pathlib import Path
from typing import Any

env: Any = globals()["env"]

GROUPS = [
    "base.group_user",
    "base.group_partner_manager",
    "account.group_account_invoice",
    "sales_team.group_sale_salesman_all_leads",
    "stock.group_stock_user",
]


def set_currency(company: Any, code: str) -> None:
    """Give the company its currency, as long as nothing is booked, and a chart of accounts if it has none."""
    currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
    currency.active = True
    if company.currency_id != currency and not env["account.move.line"].search_count([]):
        company.currency_id = currency
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)


def add_journals(company: Any, codes: list[str]) -> None:
    """Add a sales journal for each branch; the clinic's invoice numbers are Odoo's, so nobody else may use it."""
    journals = env["account.journal"]
    account = journals.search([("type", "=", "sale"), ("company_id", "=", company.id)], limit=1).default_account_id
    for code in codes:
        if not journals.search_count([("code", "=", code), ("company_id", "=", company.id)]):
            names = {"name": f"Clinic {code.title()}", "code": code, "type": "sale"}
            journals.create({**names, "default_account_id": account.id, "company_id": company.id})


def add_taxes(company: Any, rates: list[str]) -> None:
    """Add a sales tax, on top of the price, for each rate of the fee schedule."""
    taxes = env["account.tax"]
    for rate in rates:
        values = {"amount": float(rate), "amount_type": "percent", "type_tax_use": "sale", "company_id": company.id}
        if not taxes.search_count([(name, "=", value) for name, value in values.items()]):
            taxes.create({**values, "name": f"VAT {rate}%"})


def add_service() -> None:
    """Add the product that treatment plans are sold as, where there is something to sell with."""
    products = env["product.product"]
    if "sale_ok" in products._fields and not products.search_count([("default_code", "=", "TREAT")]):
        products.create({"name": "Dental treatment", "default_code": "TREAT", "type": "service", "list_price": 0})


def make_user(login: str) -> Any:
    """Return the integration user, made with no more rights than the bridge needs and a password nobody knows."""
    users = env["res.users"].with_context(no_reset_password=True)
    field = "groups_id" if "groups_id" in users._fields else "group_ids"
    groups = [env.ref(name).id for name in GROUPS]
    values = {"name": "Clinic", "login": login, "email": f"{login}@clinic.example", "lang": "en_US", "tz": "UTC"}
    return users.search([("login", "=", login)]) or users.create(
        {**values, "password": secrets.token_urlsafe(24), field: [(6, 0, groups)]}
    )


def write_key(user: Any, path: Path) -> None:
    """Make an API key for the user and leave it in a file, unless one is there."""
    if path.exists() and path.read_text().strip():
        return
    keys = env["res.users.apikeys"].with_user(user).sudo()
    newer = "expiration_date" in keys._fields
    key = keys._generate("rpc", "clinic", None) if newer else keys._generate("rpc", "clinic")
    path.touch(mode=0o640)
    path.write_text(key)


def provision() -> None:
    company = env.company
    set_currency(company, os.environ.get("CLINIC_CURRENCY", "EUR"))
    add_journals(company, os.environ.get("CLINIC_BRANCHES", "NORTH SOUTH").split())
    add_taxes(company, os.environ.get("CLINIC_TAXES", "0 13.5 23").split())
    add_service()
    # No mail to a patient, whoever drags an event in Odoo.
    env["ir.config_parameter"].sudo().set_param("calendar.block_mail", "True")
    user = make_user(os.environ.get("CLINIC_ODOO_LOGIN", "clinic"))
    write_key(user, Path(os.environ["CLINIC_API_KEY_FILE"]))
    env.cr.commit()


provision()
