"""The client against an Odoo: the same tests for the sandbox in each version and for a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Missing, Rejected
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
