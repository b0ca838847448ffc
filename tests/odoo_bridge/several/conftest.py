"""A chain of three branches: two companies in one Odoo, and a third branch whose books are in another Odoo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_bridge import connecting, doctor
from odoo_bridge.models import Connection
from tests.contract.peers import Peer, sandbox_peer, start_sandbox
from tests.odoo_bridge.several.chain import Chain
from tests.provision.processes import Processes

WEST = ["--branches", "NORTH=North branch", "--companies", "Clinic West:WEST=West branch"]


@pytest.fixture(scope="session")
def odoos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, Peer]]:
    """A sandbox of Odoo 17 with two companies, and one of Odoo 19."""
    folder: Path = tmp_path_factory.mktemp("chain")
    processes = Processes(folder)
    near, far = folder / "near.sqlite3", folder / "far.sqlite3"
    near_url = start_sandbox(processes, near, 17, options=WEST)
    far_url = start_sandbox(processes, far, 19, options=["--branches", "FAR=Far branch"])
    yield sandbox_peer("17-jsonrpc", near_url, "jsonrpc", near), sandbox_peer("19-json2", far_url, "json2", far)
    processes.stop()


@pytest.fixture
def chain(db: None, odoos: tuple[Peer, Peer]) -> Iterator[Chain]:
    near, far = odoos
    with near.client() as near_client, far.client() as far_client:
        chain = Chain(near.connection(name="Near"), far.connection(name="Far"), near_client, far_client)
        Connection.objects.filter(pk=chain.near.pk).update(is_default=True)
        connecting.assign(chain.far, [chain.at_far])
        for connection in chain.connections():
            problems = [finding.says for finding in doctor.examine(connection) if not finding.ok]
            assert not problems
        yield chain
