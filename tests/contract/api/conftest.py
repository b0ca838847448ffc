"""The client against an Odoo: the same tests for the sandbox in each version and for a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Incompatible, Missing, Rejected
from tests.contract.peers import Peer

Made = Callable[[str, int], int]


@pytest.fixture
def odoo(peer: Peer) -> Iterator[Client]:
    """A client of the user with no more rights than the bridge needs."""
    with peer.client() as client:
        yield client


@pytest.fixture
def made(odoo: Client) -> Iterator[Made]:
    """Remember a record of a model, to be removed after the test; what cannot be is archived."""
    records: list[tuple[str, int]] = []

    def remember(model: str, record: int) -> int:
        records.append((model, record))
        return record

    yield remember
    for model, record in reversed(records):
        try:
            odoo.unlink(model, [record])
        except Rejected:
            with suppress(Rejected):
                odoo.write(model, [record], {"active": False})
        except Missing:
            pass


@pytest.fixture
def partner(odoo: Client, made: Made) -> int:
    """A contact of its own."""
    return made("res.partner", odoo.create("res.partner", {"name": f"Contract {uuid4().hex[:8]}"}))


@pytest.fixture
def office(peer: Peer) -> Iterator[Client]:
    """Somebody with all rights."""
    name, password = os.environ.get("ODOO_ADMIN_USERNAME", "admin"), os.environ.get("ODOO_ADMIN_PASSWORD")
    if peer.is_sandbox:
        password = "admin"
    if not password:
        pytest.skip("only an administrator may do this: set ODOO_ADMIN_PASSWORD (and ODOO_ADMIN_USERNAME)")
    with Client(peer.url, peer.database, name, password, transport="jsonrpc") as client:
        yield client


def needs(client: Client, model: str) -> None:
    """Skip the test on an Odoo without the module that brings `model`."""
    try:
        client.fields_get(model)
    except Incompatible:
        pytest.skip(f"this Odoo has no {model}")
