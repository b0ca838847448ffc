"""What a fresh sandbox holds: a company and its books, two users, the world's countries."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from odoo_bridge.sandbox import secrets
from odoo_bridge.sandbox.models.custom import plant_models
from odoo_bridge.sandbox.orm.env import Env
from odoo_bridge.sandbox.profiles import DATA
from odoo_bridge.sandbox.seed_goods import SUPPLIES, Supply, insert, plant_goods

ADMIN_UID = 2
BRIDGE_UID = 6
# No secrets: the sandbox listens on loopback only and holds invented data.
ADMIN_PASSWORD, BRIDGE_PASSWORD = "admin", "bridge"
BRIDGE_KEY = "5a4d0b0c1e2f3a4b5c6d7e8f90a1b2c3d4e5f607"


@dataclass(frozen=True, slots=True)
class Seed:
    """The variable part of a fresh database.

    ``branches`` become sale journals next to ``INV``; ``taxes`` are percentages of sale taxes, excluded
    from prices. ``supplies`` lie in the first company's stock. ``companies`` are further ones with a chart, taxes and
    journals of their own: each a name and its branches. Every user works for all of them, and mainly for the first.
    """

    company: str = "Clinic Sandbox"
    currency: str = "EUR"
    country: str = "IE"
    branches: tuple[tuple[str, str], ...] = (("NORTH", "North branch"), ("SOUTH", "South branch"))
    taxes: tuple[float, ...] = (0.0, 13.5, 15.0, 23.0)
    default_tax: float | None = None
    companies: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    languages: tuple[tuple[str, str], ...] = (("en_US", "English (US)"),)
    supplies: tuple[Supply, ...] = SUPPLIES


def plant(env: Env, seed: Seed, key: str) -> None:
    """Fills an empty database; ``key`` is the bridge's API key."""
    _world(env, seed)
    companies = [_company(env, seed, seed.company, "base.main_company")]
    companies += [_company(env, seed, name, "") for name, _branches in seed.companies]
    _users(env, key, companies)
    for company, branches in zip(companies, (seed.branches, *(own for _name, own in seed.companies)), strict=True):
        _books(env, seed, company, branches)
    plant_goods(env, seed.supplies)
    plant_models(env)
    _modules(env)


def _data(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def _world(env: Env, seed: Seed) -> None:
    for name, full_name, symbol, rounding, position in _data("currencies.json"):
        places = len(f"{rounding:g}".partition(".")[2])
        row = {
            "name": name,
            "full_name": full_name,
            "symbol": symbol,
            "rounding": rounding,
            "position": position,
        }
        row.update(decimal_places=places, active=int(name == seed.currency))
        insert(env, "res.currency", row, f"base.{name}")
    countries = {}
    for code, (name, phone_code) in _data("countries.json").items():
        row = {"code": code, "name": name, "phone_code": phone_code}
        # Odoo kept the old code in this one external id.
        xmlid = "base.uk" if code == "GB" else f"base.{code.lower()}"
        countries[code] = insert(env, "res.country", row, xmlid)
    for xmlid, country, code, name in _data("states.json"):
        row = {"country_id": countries[country], "code": code, "name": name}
        insert(env, "res.country.state", row, f"base.{xmlid}")
    for code, name in seed.languages:
        row = {"code": code, "name": name, "iso_code": code[:2], "url_code": code[:2], "direction": "ltr"}
        insert(
            env,
            "res.lang",
            {**row, "date_format": "%m/%d/%Y", "time_format": "%H:%M:%S"},
            f"base.lang_{code[:2]}",
        )


def _contact(env: Env, name: str, **more: Any) -> int:
    row = {"name": name, "display_name": name, "complete_name": name, "type": "contact", "is_company": 0}
    row.update({"lang": "en_US", **more})
    columns = {field.name for field in env["res.partner"].fields.values() if field.is_column}
    return insert(env, "res.partner", {k: v for k, v in row.items() if k in columns})


def _company(env: Env, seed: Seed, name: str, xmlid: str) -> int:
    country = env.value("SELECT id FROM res_country WHERE code = ?", (seed.country,))
    currency = env.value("SELECT id FROM res_currency WHERE name = ?", (seed.currency,))
    partner = _contact(env, name, is_company=1, country_id=country)
    row = {"name": name, "partner_id": partner, "currency_id": currency, "sequence": 10}
    row["tax_calculation_rounding_method"] = "round_per_line"
    return insert(env, "res.company", row, xmlid)


def _users(env: Env, key: str, companies: list[int]) -> None:
    people = (
        (1, "__system__", "OdooBot", "odoobot@example.com", 0, "base.user_root"),
        (ADMIN_UID, "admin", "Administrator", "admin@example.com", 1, "base.user_admin"),
        (BRIDGE_UID, "bridge", "Clinic bridge", "bridge@example.com", 1, ""),
    )
    for uid, login, name, email, active, xmlid in people:
        partner = _contact(env, name, email=email, email_normalized=email, active=active)
        row = {"id": uid, "login": login, "partner_id": partner, "company_id": 1, "active": active}
        insert(env, "res.users", row, xmlid)
        rows = [(uid, company) for company in companies]
        env.connection.executemany("INSERT INTO rel_res_users_company_ids (here, there) VALUES (?, ?)", rows)
    connection = env.connection
    secrets.add(connection, 1, "none", "", is_admin=True)
    secrets.add(connection, ADMIN_UID, secrets.PASSWORD, ADMIN_PASSWORD, is_admin=True)
    secrets.add(connection, BRIDGE_UID, secrets.PASSWORD, BRIDGE_PASSWORD, is_admin=False)
    record = insert(env, "res.users.apikeys", {"name": "Clinic", "user_id": BRIDGE_UID})
    secrets.add(connection, BRIDGE_UID, secrets.KEY, key, is_admin=False, api_key=record)
    groups = (
        ("Internal User", "base.group_user", (ADMIN_UID, BRIDGE_UID)),
        ("Access Rights", "base.group_erp_manager", (ADMIN_UID,)),
        ("Settings", "base.group_system", (ADMIN_UID,)),
    )
    members = next(name for name in ("users", "user_ids") if name in env["res.groups"].fields)
    for name, xmlid, users in groups:
        made = insert(env, "res.groups", {"name": name}, xmlid)
        rows = [(made, user) for user in users]
        env.connection.executemany(f"INSERT INTO rel_res_groups_{members} (here, there) VALUES (?, ?)", rows)


ACCOUNTS = (
    ("101401", "Bank", "asset_cash", 0),
    ("101402", "Outstanding Receipts", "asset_current", 1),
    ("101403", "Outstanding Payments", "asset_current", 1),
    ("101501", "Cash", "asset_cash", 0),
    ("121000", "Account Receivable", "asset_receivable", 1),
    ("211000", "Account Payable", "liability_payable", 1),
    ("251000", "Tax Received", "liability_current", 0),
    ("400000", "Product Sales", "income", 0),
    ("400100", "Service Sales", "income", 0),
    ("600000", "Expenses", "expense", 0),
)


def _books(env: Env, seed: Seed, company: int, branches: tuple[tuple[str, str], ...]) -> None:
    accounts = _accounts(env, company)
    _taxes(env, seed, company)
    insert(env, "account.fiscal.position", {"name": "Domestic", "sequence": 1, "active": 1, "company_id": company})
    sales = [("INV", env.profile.texts["sale_journal"]), *branches]
    for sequence, (code, name) in enumerate(sales, start=5):
        row = {
            "code": code,
            "name": name,
            "type": "sale",
            "sequence": sequence,
            "default_account_id": accounts["400000"],
        }
        _journal(env, company, {**row, "refund_sequence": 1})
    _journal(env, company, {"code": "MISC", "name": "Miscellaneous Operations", "type": "general", "sequence": 20})
    for code, name, kind, account in (("BNK1", "Bank", "bank", "101401"), ("CSH1", "Cash", "cash", "101501")):
        row = {
            "code": code,
            "name": name,
            "type": kind,
            "sequence": 30,
            "default_account_id": accounts[account],
        }
        journal = _journal(env, company, {**row, "payment_sequence": 1})
        for way, outstanding in (("inbound", "101402"), ("outbound", "101403")):
            line = {
                "name": env.profile.texts["manual_method"],
                "code": "manual",
                "payment_type": way,
                "journal_id": journal,
                "sequence": 10,
            }
            # A sandbox is set up as a clinic's Odoo should be: on 19 the account is empty out of the box.
            insert(env, "account.payment.method.line", {**line, "payment_account_id": accounts[outstanding]})


def _accounts(env: Env, company: int) -> dict[str, int]:
    """A company's chart: the accounts' ids by their codes. From 18 on an account may be several companies'."""
    accounts, owned = {}, "company_id" in env["account.account"].fields
    for code, name, kind, reconcile in ACCOUNTS:
        row: dict[str, Any] = {"code": code, "name": name, "account_type": kind, "reconcile": reconcile}
        made = insert(env, "account.account", row | ({"company_id": company} if owned else {}))
        if not owned:
            env.execute("INSERT INTO rel_account_account_company_ids (here, there) VALUES (?, ?)", (made, company))
        accounts[code] = made
    env.execute(
        "UPDATE res_company SET account_journal_payment_debit_account_id = ?, "
        "account_journal_payment_credit_account_id = ? WHERE id = ?",
        (accounts["101402"], accounts["101403"], company),
    )
    return accounts


def _journal(env: Env, company: int, row: dict[str, Any]) -> int:
    return insert(env, "account.journal", {"company_id": company, **row})


def _taxes(env: Env, seed: Seed, company: int) -> None:
    for amount in seed.taxes:
        row = {"name": f"VAT {amount:g}%", "amount": amount, "amount_type": "percent", "type_tax_use": "sale"}
        row.update(
            sequence=1, price_include=0, include_base_amount=0, company_id=company, description=f"VAT {amount:g}%"
        )
        tax = insert(env, "account.tax", row)
        if amount == seed.default_tax:
            env.execute("UPDATE res_company SET account_sale_tax_id = ? WHERE id = ?", (tax, company))


def _modules(env: Env) -> None:
    """The applications that the recorded servers had, and what these stand on."""
    version = f"{env.profile.version}.0.1.0"
    for name, label, application, sequence in _data("modules.json"):
        row = {"name": name, "shortdesc": label, "application": int(application), "sequence": sequence}
        row.update(state="installed", author="Odoo S.A.", license="LGPL-3", latest_version=version)
        insert(env, "ir.module.module", row)
