"""The client against an Odoo: the same tests for each transport of the sandbox in each version, and of a real server.

A test runs over the transports that call methods; `@pytest.mark.over(...)` names others. What only looks is marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Denied, Incompatible, Missing, Rejected
from tests.contract.peers import Peer, administrator, disarm

Made = Callable[[str, int], int]


@pytest.fixture
def odoo(peer: Peer) -> Iterator[Client]:
    """A client of the user with no more rights than the bridge needs."""
    with peer.client() as client:
        yield client


@pytest.fixture
def unchecked(peer: Peer) -> Iterator[Client]:
    """The same, which leaves it to Odoo whether there are such fields."""
    with peer.client(checks_fields=False) as client:
        yield client


@contextmanager
def removing(client: Client) -> Iterator[Made]:
    """Remember records of a model, to be removed in the end; what cannot be is archived."""
    records: list[tuple[str, int]] = []

    def remember(model: str, record: int) -> int:
        records.append((model, record))
        return record

    yield remember
    for model, record in reversed(records):
        try:
            client.unlink(model, [record])
        except (Rejected, Denied):
            with suppress(Rejected):
                client.write(model, [record], {"active": False})
        except Missing:
            pass


@pytest.fixture
def made(odoo: Client) -> Iterator[Made]:
    """Remembers a record of a model, to be removed after the test; what cannot be is archived."""
    with removing(odoo) as remember:
        yield remember


@pytest.fixture
def unique() -> str:
    """A word that is nowhere else in this Odoo."""
    return uuid4().hex[:12]


@pytest.fixture
def partner(odoo: Client, made: Made) -> int:
    """A contact of its own."""
    return made("res.partner", odoo.create("res.partner", {"name": f"Contract {uuid4().hex[:8]}"}))


@pytest.fixture
def invoice(odoo: Client, made: Made, partner: int) -> int:
    """A draft of an invoice of 80."""
    line = {"name": "Visit", "quantity": 2, "price_unit": 40.0, "tax_ids": [[6, 0, []]]}
    values = {"move_type": "out_invoice", "partner_id": partner, "invoice_date": "2026-03-02"}
    return made("account.move", odoo.create("account.move", {**values, "invoice_line_ids": [[0, 0, line]]}))


@pytest.fixture
def product(odoo: Client, request: pytest.FixtureRequest) -> Iterator[int]:
    """Something to sell; where there is nothing yet, an administrator makes it, and archives it after the test."""
    needs(odoo, "product.product")
    if found := odoo.search("product.product", [["sale_ok", "=", True]], limit=1):
        yield found[0]
        return
    office: Client = request.getfixturevalue("office")
    product = office.create("product.product", {"name": "Contract", "list_price": 10, "sale_ok": True})
    yield product
    office.write("product.product", [product], {"active": False})


@pytest.fixture
def disturbed(peer: Peer) -> Iterator[Peer]:
    """A sandbox that can be told to misbehave, and behaves again after the test."""
    if not peer.is_sandbox:
        pytest.skip("a real server does not misbehave when it is asked to")
    yield peer
    disarm(peer)


@pytest.fixture
def office(peer: Peer) -> Iterator[Client]:
    """Somebody with all rights."""
    with administrator(peer) as client:
        yield client


def needs(client: Client, model: str) -> None:
    """Skip the test on an Odoo without the module that brings `model`."""
    try:
        client.fields_get(model)
    except Incompatible:
        pytest.skip(f"this Odoo has no {model}")
