"""A sandbox, and the people who use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, BRIDGE_UID, Sandbox

ADMIN_UID = 2


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 22, 8, 0, 0, 840000)  # noqa: DTZ001 - the sandbox keeps UTC without zone

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


class User:
    """Somebody who calls the sandbox: ``user("res.partner", "search", [])``."""

    def __init__(self, sandbox: Sandbox, uid: int, secret: str) -> None:
        self.sandbox, self.uid, self.secret = sandbox, uid, secret

    def __call__(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.sandbox.execute_kw(self.sandbox.database, self.uid, self.secret, model, method, list(args), kwargs)

    def one(self, model: str, record: int, *fields: str) -> dict[str, Any]:
        (row,) = self(model, "read", [record], list(fields))
        return row

    def invoice(self, **more: Any) -> int:
        """A draft of two lines, 100.00 and 90.90, without tax."""
        lines = [
            [0, 0, {"name": "Visit", "quantity": 1, "price_unit": 100.0, "tax_ids": []}],
            [0, 0, {"name": "X-ray", "quantity": 2, "price_unit": 50.5, "discount": 10, "tax_ids": []}],
        ]
        vals = {"move_type": "out_invoice", "invoice_date": "2026-11-20", "invoice_line_ids": lines, **more}
        if "partner_id" not in vals:
            vals["partner_id"] = self("res.partner", "create", {"name": "Ann Lee"})
        return self("account.move", "create", vals)

    def journal(self, code: str) -> int:
        return self("account.journal", "search", [["code", "=", code]])[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock, version: int) -> Iterator[Sandbox]:
    made = Sandbox(version, clock=clock)
    yield made
    made.close()


@pytest.fixture
def version() -> int:
    """17, unless a test says otherwise."""
    return 17


@pytest.fixture
def bridge(sandbox: Sandbox) -> User:
    return User(sandbox, BRIDGE_UID, BRIDGE_KEY)


@pytest.fixture
def office(sandbox: Sandbox) -> User:
    return User(sandbox, ADMIN_UID, "admin")
