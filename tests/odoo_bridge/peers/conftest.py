"""A server and a program that speaks to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.contract import peers
from tests.odoo_bridge.peers import clients, servers


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Peers]:
    running = peers.Peers(tmp_path_factory.mktemp("peers"))
    yield running
    running.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    peers.only_look(item)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pair every server with every client that it can understand."""
    if "client" in metafunc.fixturenames:
        metafunc.parametrize(("server", "client"), pairs(), indirect=["server"])
    elif "server" in metafunc.fixturenames:
        metafunc.parametrize("server", servers.names(), indirect=True)


def pairs() -> list[tuple[str, str]]:
    both = itertools.product(servers.names(), clients.MAKERS)
    return [(name, client) for name, client in both if name in ("real", "19") or not client.endswith("JSON-2")]


@pytest.fixture
def server(started: peers.Peers, request: pytest.FixtureRequest) -> servers.Server:
    found = servers.named(request.param, started)
    client = request.node.callspec.params.get("client", "")
    if client.endswith("JSON-2") and found.version < servers.FIRST_WITH_JSON2:
        pytest.skip("This Odoo does not speak JSON-2 yet.")
    return found


@pytest.fixture
def program(client: str, server: servers.Server) -> clients.Program:
    return clients.sign_in(client, server)
