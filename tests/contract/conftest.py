"""The conformance suite: the sync against an Odoo, a real one or the sandbox in each of its versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_bridge import doctor
from odoo_bridge.client import Client
from odoo_bridge.models import Connection
from tests.contract import peers
from tests.contract.books import Books
from tests.contract.line import Line, line_to
from tests.contract.practice import Practice


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "peer" in metafunc.fixturenames:
        metafunc.parametrize("peer", peers.names(), indirect=True, scope="session")


@pytest.fixture(scope="session")
def every_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Peers]:
    peers.refuse_unless_meant()
    started = peers.Peers(tmp_path_factory.mktemp("odoo"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def peer(every_peer: peers.Peers, request: pytest.FixtureRequest) -> peers.Peer:
    """The Odoo at the other end."""
    return every_peer.named(request.param)


@pytest.fixture
def accountant(peer: peers.Peer) -> Iterator[Client]:
    """Somebody who works in Odoo."""
    with peer.client() as client:
        yield client


@pytest.fixture
def practice(db: None, accountant: Client) -> Practice:
    """A clinic whose invoice numbers go on where those in Odoo end."""
    return Practice(accountant)


@pytest.fixture
def connection(practice: Practice, peer: peers.Peer) -> Connection:
    """The connection of the clinic to this Odoo, checked and active."""
    made = peer.connection()
    problems = [finding.says for finding in doctor.examine(made) if not finding.ok]
    assert not problems
    return made


@pytest.fixture
def books(accountant: Client, connection: Connection) -> Books:
    """What stands in Odoo, and what people do there."""
    return Books(accountant, connection)


@pytest.fixture
def line(connection: Connection) -> Iterator[Line]:
    """A line that the connection goes over from now on."""
    with line_to(connection.url) as line:
        connection.url = line.url
        connection.save()
        yield line


@pytest.fixture(autouse=True)
def clients_are_closed() -> Iterator[None]:
    from odoo_bridge import sync

    yield
    sync.hang_up()
