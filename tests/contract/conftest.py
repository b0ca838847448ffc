"""The contract suite: the sync, and in `api` the client, against an Odoo: the sandboxes, or a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from odoo_bridge import channel, doctor
from odoo_bridge.client import Client
from odoo_bridge.models import Connection
from tests.contract import peers
from tests.contract.books import Books
from tests.contract.line import Line, line_to
from tests.contract.practice import Practice

API = Path(__file__).parent / "api"


def pytest_sessionstart() -> None:
    """Ask a real Odoo once what it speaks, so that the run ends here if it cannot be met."""
    peers.for_the_client()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "peer" in metafunc.fixturenames:
        metafunc.parametrize("peer", _met_by(metafunc.definition), indirect=True, scope="session")


def _met_by(test: pytest.Item) -> list[str]:
    """The Odoos that a test meets. The client's tests may name their transports: `@pytest.mark.over("rest")`."""
    if API not in test.path.parents:
        return peers.for_the_sync()
    over = test.get_closest_marker("over")
    return peers.for_the_client(over.args if over else peers.CALLING)


def pytest_runtest_setup(item: pytest.Item) -> None:
    peers.only_look(item)


@pytest.fixture(scope="session")
def every_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Peers]:
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
def practice(db: None, accountant: Client, peer: peers.Peer) -> Practice:
    """A clinic whose invoice numbers go on where those in Odoo end."""
    return Practice(accountant, peer)


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
def closed_until(peer: peers.Peer) -> Iterator[Callable[[date], None]]:
    """Closes the books up to a day; they are open again afterwards."""
    yield peer.close_books
    peer.close_books(None)


@pytest.fixture
def line(connection: Connection) -> Iterator[Line]:
    """A line that the connection goes over from now on."""
    with line_to(connection.url) as line:
        connection.url = line.url
        connection.save()
        yield line


@pytest.fixture(autouse=True)
def clients_are_closed() -> Iterator[None]:

    yield
    channel.hang_up()
