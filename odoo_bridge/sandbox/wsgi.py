"""The sandbox for a WSGI server, set up by environment variables.

``ODOO_SANDBOX_DB_FILE`` (default ``:memory:``), ``ODOO_SANDBOX_VERSION`` (17), ``ODOO_SANDBOX_KEY``,
``ODOO_SANDBOX_DATABASE`` (``sandbox``), ``ODOO_SANDBOX_COMPANY``, ``ODOO_SANDBOX_CURRENCY`` (``EUR``),
``ODOO_SANDBOX_COUNTRY`` (``IE``), ``ODOO_SANDBOX_BRANCHES`` (``NORTH=North branch,SOUTH=South branch``),
``ODOO_SANDBOX_COMPANIES`` (further ones: ``Clinic West:WEST=West branch;Clinic East:EAST=East branch``),
``ODOO_SANDBOX_CLOCK_OFFSET`` (seconds this server's clock is ahead), ``ODOO_SANDBOX_REST`` (1 installs the REST
module). One process only: the database has one
owner.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping

from odoo_bridge.sandbox.sandbox import Sandbox, utc_now
from odoo_bridge.sandbox.seed import BRIDGE_KEY, Seed
from odoo_bridge.sandbox.web.pages import Pages
from odoo_bridge.sandbox.wire.app import App


def application_from(environ: Mapping[str, str]) -> App:
    """The application those variables describe. Raises ``ValueError`` for an unknown version."""
    sandbox = Sandbox(
        version=int(environ.get("ODOO_SANDBOX_VERSION", "17")),
        path=environ.get("ODOO_SANDBOX_DB_FILE", ":memory:"),
        database=environ.get("ODOO_SANDBOX_DATABASE", "sandbox"),
        key=environ.get("ODOO_SANDBOX_KEY", BRIDGE_KEY),
        clock=_clock(float(environ.get("ODOO_SANDBOX_CLOCK_OFFSET", "0"))),
        seed=_seed(environ),
    )
    return App(sandbox, Pages(sandbox), with_rest=environ.get("ODOO_SANDBOX_REST", "") == "1")


def _clock(offset: float) -> Callable[[], dt.datetime]:
    ahead = dt.timedelta(seconds=offset)
    return lambda: utc_now() + ahead


def _seed(environ: Mapping[str, str]) -> Seed:
    default = Seed()
    branches = default.branches
    if "ODOO_SANDBOX_BRANCHES" in environ:
        branches = _branches(environ["ODOO_SANDBOX_BRANCHES"])
    further = (each.partition(":") for each in environ.get("ODOO_SANDBOX_COMPANIES", "").split(";") if each.strip())
    return Seed(
        company=environ.get("ODOO_SANDBOX_COMPANY", default.company),
        currency=environ.get("ODOO_SANDBOX_CURRENCY", default.currency),
        country=environ.get("ODOO_SANDBOX_COUNTRY", default.country),
        branches=branches,
        companies=tuple((name.strip(), _branches(theirs)) for name, _colon, theirs in further),
    )


def _branches(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition("=") for each in text.split(",") if each.strip())
    return tuple((code.strip(), name.strip() or code.strip()) for code, _equals, name in pairs)


def __getattr__(name: str) -> App:
    """``application``, made when a server asks for it and not when something merely imports this module."""
    if name == "application":
        made = application_from(os.environ)
        globals()["application"] = made
        return made
    raise AttributeError(name)
