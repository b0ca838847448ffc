"""Real processes, and what kills them. `@pytest.mark.chaos` marks what is too long for every run: `make chaos`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from clinic.demo.running.ports import LOOPBACK, free_port
from odoo_bridge import channel, doctor
from odoo_bridge.models import Connection
from tests.chaos.cable import Cable, cable_to
from tests.chaos.clinic import Clinic
from tests.contract.books import Books
from tests.contract.line import line_to
from tests.contract.peers import sandbox_peer, start_sandbox
from tests.contract.practice import Practice
from tests.odoo_bridge.conftest import bridge_environment, database_url
from tests.provision.processes import Processes
from tests.provision.stack import Stack

TRANSPORTS = ["16-xmlrpc", "17-jsonrpc", "19-json2"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what was measured."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "figure" and report.when == "call":
                    terminalreporter.write_line(f"figure: {value}")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a figure for the end of the run: `figure("synced after 3 s")`."""
    return lambda text: request.node.user_properties.append(("figure", text))


@pytest.fixture
def open_clinic(transactional_db: None, tmp_path: Path, redis_url: str) -> Iterator[Callable[..., Clinic]]:
    """A factory of clinics: `open_clinic("19-json2", start=["worker"], env={...})`; see `Opening`."""
    with ExitStack() as resources:

        def open_(peer: str = "17-jsonrpc", **options: Any) -> Clinic:
            return _open(resources, tmp_path, redis_url, peer, Opening(**options))

        yield open_


@dataclass
class Opening:
    """What is to be running when a clinic opens.

    Beat's intervals are as they ship unless `env` says otherwise. With "redis" among the programs the clinic has a
    Redis of its own, that may be killed. `cables`: what the programs reach by a cable that may break, of "redis" and
    "database". `real`: the sandbox is taken for a real Odoo, where copies and restores of either side are looked for.
    """

    start: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    cables: tuple[str, ...] = ()
    real: bool = False


def _open(resources: ExitStack, folder: Path, redis_url: str, name: str, opening: Opening) -> Clinic:

    resources.callback(channel.hang_up)
    (folder / "log").mkdir()
    processes = Processes(folder / "log")
    resources.callback(processes.kill)
    version, _, transport = name.partition("-")
    file = folder / "odoo.sqlite3"
    peer = sandbox_peer(name, start_sandbox(processes, file, int(version)), transport, file)
    line = resources.enter_context(line_to(peer.url))
    accountant = resources.enter_context(peer.client())
    practice = Practice(accountant)
    connection = peer.connection(url=line.url, is_sandbox=not opening.real)
    assert all(finding.ok for finding in doctor.examine(connection))
    if "redis" in opening.start:
        redis_url = f"redis://{LOOPBACK}:{free_port()}/0"
    stack = _stack(folder, redis_url, peer.url, processes, opening.env)
    cables = {what: _over_a_cable(resources, stack, VARIABLES[what]) for what in opening.cables}
    clinic = Clinic(stack, peer, line, practice, Books(accountant, connection), cables)
    stack.start(*opening.start)
    assert Connection.objects.get() == connection
    return clinic


VARIABLES = {"redis": "REDIS_URL", "database": "DATABASE_URL"}


def _over_a_cable(resources: ExitStack, stack: Stack, variable: str) -> Cable:
    """Let the programs of a stack reach one of its servers by a cable."""
    address = urlsplit(stack.env[variable])
    cable = resources.enter_context(cable_to(address.port or 0))
    by_cable = address._replace(netloc=address.netloc.replace(f":{address.port}", f":{cable.port}"))
    stack.env = {**stack.env, variable: by_cable.geturl()}
    return cable


def _stack(folder: Path, redis_url: str, odoo: str, processes: Processes, env: dict[str, str]) -> Stack:
    own = {
        **bridge_environment(),
        "CLINIC_VAR": str(folder),
        "REDIS_URL": redis_url,
        "CELERY_PREFIX": f"{uuid4().hex[:8]}:",
        "ODOO_RING": "1",
        "ODOO_SANDBOX_URL": odoo,
        "ODOO_DELETIONS_SECONDS": "0",
        "METRICS_TOKEN": "of the tests",
        **env,
    }
    url = f"http://{LOOPBACK}:{free_port()}"
    return Stack(url, odoo, database_url(), redis_url, folder, own, processes, {})
