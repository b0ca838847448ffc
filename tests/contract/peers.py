"""The Odoo at the other end: a sandbox in a process of its own, or the real server that the environment names.

A sandbox is met by whoever can tell something new from it: the sync once over each transport that it speaks, and the
newest Odoo over both of its own; the client over every transport of every version.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from odoo_bridge.client import Client
from odoo_bridge.errors import Incompatible, OdooError
from odoo_bridge.models import Connection
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD, BRIDGE_KEY
from tests.provision.processes import Processes

FOR_THE_SYNC = ("16-xmlrpc", "17-jsonrpc", "19-jsonrpc", "19-json2")
OF_VERSION = {
    16: ("jsonrpc", "xmlrpc", "rest"),
    17: ("jsonrpc", "xmlrpc"),
    18: ("jsonrpc", "xmlrpc"),
    19: ("jsonrpc", "xmlrpc", "json2"),
}
"""What each sandbox is spoken to; the one with the REST module is a server of its own."""

CALLING = ("jsonrpc", "xmlrpc", "json2")
"""The transports that call methods. The REST module has records, and no more."""

VARIABLES = ("ODOO_URL", "ODOO_DB", "ODOO_USERNAME", "ODOO_API_KEY")

ONLY_LOOKED_AT = (
    "it writes, and ODOO_URL names a real Odoo: if that is a database made for tests, say so with ODOO_TEST_DATABASE=1"
)


@dataclass(frozen=True)
class Peer:
    """One Odoo: where it is, who we are there, and how it is spoken to. `file` is a sandbox's database."""

    name: str
    url: str
    database: str
    username: str
    key: str
    transport: str
    file: Path | None = None

    @property
    def is_sandbox(self) -> bool:
        return self.file is not None

    def client(self, **options: Any) -> Client:
        """Return a client of our own rights: the accountant who works in Odoo."""
        return Client(self.url, self.database, self.username, self.key, transport=self.transport, **options)

    def connection(self, **options: Any) -> Connection:
        """Make a connection to this Odoo with external ids that nobody used before."""
        unique = uuid4().hex[:12]
        values = {
            "name": f"Odoo {unique}",
            "url": self.url,
            "database": self.database,
            "username": self.username,
            "api_key": self.key,
            "transport": self.transport,
            "namespace": f"contract_{unique}",
            "state": Connection.State.ACTIVE,
        }
        return Connection.objects.create(**(values | options))

    def mails(self) -> int:
        """Return how many mails this Odoo ever made. Only an administrator may ask a real one."""
        if self.file:
            with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as database:
                return int(database.execute("SELECT count(*) FROM mail_mail").fetchone()[0])
        with self._administrator("count mails") as client:
            return client.search_count("mail.mail", [])

    def close_books(self, until: date | None) -> None:
        """Close the books of every company up to a day, as their administrator does; None opens them."""
        day = until.isoformat() if until else None
        if self.file:
            with sqlite3.connect(self.file, timeout=30) as database:
                columns = [row[1] for row in database.execute("PRAGMA table_info(res_company)")]
                lock = "period_lock_date" if "period_lock_date" in columns else "sale_lock_date"
                database.execute(f"UPDATE res_company SET {lock} = ?", (day,))
            return
        with self._administrator("close books") as client:
            lock = "period_lock_date" if "period_lock_date" in client.fields_get("res.company") else "sale_lock_date"
            client.write("res.company", client.search("res.company", []), {lock: day or False})

    @contextmanager
    def _administrator(self, what: str) -> Iterator[Client]:
        password = os.environ.get("ODOO_ADMIN_PASSWORD")
        if not password:
            pytest.skip(f"Only an administrator may {what}: set ODOO_ADMIN_PASSWORD (and ODOO_ADMIN_USERNAME).")
        admin = os.environ.get("ODOO_ADMIN_USERNAME", "admin")
        with Client(self.url, self.database, admin, password) as client:
            yield client


def for_the_sync() -> list[str]:
    """The names of the Odoos that the suite of the sync runs against; it cannot do with the REST module.

    `SANDBOX_PEERS` names some of the sandboxes only, separated by commas.
    """
    if os.environ.get("ODOO_URL"):
        return [f"real-{transport}" for transport in _real_transports() if transport in CALLING]
    return os.environ.get("SANDBOX_PEERS", ",".join(FOR_THE_SYNC)).split(",")


def for_the_client(transports: Sequence[str] = CALLING) -> list[str]:
    """The names of the Odoos that the suite of the client runs against, as far as they speak `transports`."""
    if os.environ.get("ODOO_URL"):
        return [f"real-{transport}" for transport in _real_transports() if transport in transports]
    return [f"{version}-{each}" for version, spoken in OF_VERSION.items() for each in spoken if each in transports]


@functools.cache
def _real_transports() -> tuple[str, ...]:
    """The transports that the real Odoo answers over. Ends the run if it does not answer at all."""
    _refuse_half_an_environment()
    values = [os.environ[variable] for variable in VARIABLES]
    spoken = []
    try:
        for transport in CALLING:
            with Client(*values, transport=transport) as client, suppress(Incompatible):
                client.version()
                spoken.append(transport)
    except OdooError as error:
        pytest.exit(f"The Odoo of ODOO_URL cannot be met: {error}", returncode=4)
    with urllib3.PoolManager(retries=False) as pool:
        # Without parameters the module refuses; where it is not installed, there is no such page.
        answer = pool.request("GET", f"{values[0].rstrip('/')}/api/auth/token", redirect=False)
    is_module = "json" in answer.headers.get("Content-Type", "") and answer.status != 404
    return (*spoken, "rest") if is_module else tuple(spoken)


def _refuse_half_an_environment() -> None:
    if lacking := [name for name in VARIABLES if not os.environ.get(name)]:
        pytest.exit(f"To speak to a real Odoo, set {', '.join(lacking)} too.", returncode=4)


def may_write() -> bool:
    """Whether records may be made in the Odoo at the other end: in a sandbox, and where somebody said so."""
    return not os.environ.get("ODOO_URL") or os.environ.get("ODOO_TEST_DATABASE") == "1"


def only_look(test: pytest.Item) -> None:
    """Skip a test that does more than look, where that is all that is allowed."""
    if not may_write() and not test.get_closest_marker("looks_only"):
        pytest.skip(ONLY_LOOKED_AT)


def administrators_password(peer: Peer) -> tuple[str, str]:
    """Return name and password of somebody with all rights; skips the test where nobody said who that is."""
    name, password = os.environ.get("ODOO_ADMIN_USERNAME", "admin"), os.environ.get("ODOO_ADMIN_PASSWORD")
    if peer.is_sandbox:
        name, password = "admin", ADMIN_PASSWORD
    if not password:
        pytest.skip("only an administrator may do this: set ODOO_ADMIN_PASSWORD (and ODOO_ADMIN_USERNAME)")
    return name, password


def administrator(peer: Peer) -> Client:
    """Return a client of somebody with all rights; skips the test where nobody said who that is."""
    return Client(peer.url, peer.database, *administrators_password(peer), transport="jsonrpc")


class Peers:
    """Starts each Odoo when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._processes = folder, Processes(folder)
        self._started: dict[str, str] = {}

    def named(self, name: str) -> Peer:
        which, _, transport = name.partition("-")
        if which == "real":
            return Peer(name, *(os.environ[variable] for variable in VARIABLES), transport)
        name_of_file = f"{which}-rest" if transport == "rest" else which
        file = self._folder / f"sandbox{name_of_file}.sqlite3"
        if name_of_file not in self._started:
            options = ["--rest"] if transport == "rest" else []
            # In one version there are two companies, as in an Odoo that a chain shares.
            options += ["--companies", "Clinic West:WEST=West branch"] if which == "17" else []
            self._started[name_of_file] = start_sandbox(self._processes, file, int(which), options=options)
        return sandbox_peer(name, self._started[name_of_file], transport, file)

    def stop(self) -> None:
        self._processes.stop()


def start_sandbox(
    processes: Processes, file: Path, version: int = 17, port: int | None = None, options: Sequence[str] = ()
) -> str:
    """Start a sandbox and return its URL."""
    port = port or free_port()
    argv = ["--port", str(port), "--version", str(version), "--file", str(file), *options]
    url = f"http://{LOOPBACK}:{port}"
    program = Program(file.stem, [sys.executable, "-m", "odoo_bridge.sandbox", *argv])
    processes.start(program, ready=f"{url}/web/health")
    return url


def sandbox_peer(name: str, url: str, transport: str, file: Path) -> Peer:
    return Peer(name, url, "sandbox", "bridge", BRIDGE_KEY, transport, file)


def arm(peer: Peer, kind: str, model: str = "*", method: str = "*", **options: Any) -> None:
    """Make a sandbox misbehave; see `odoo_bridge.sandbox.faults`."""
    with urllib3.PoolManager(retries=False) as pool:
        fault = {"kind": kind, "model": model, "method": method, **options}
        assert pool.request("POST", f"{peer.url}/sandbox/faults", json=fault).status == 200


def disarm(peer: Peer) -> list[dict[str, Any]]:
    """Let a sandbox behave again, and return the faults that were still armed."""
    with urllib3.PoolManager(retries=False) as pool:
        armed: list[dict[str, Any]] = pool.request("GET", f"{peer.url}/sandbox/faults").json()["armed"]
        pool.request("DELETE", f"{peer.url}/sandbox/faults")
    return armed


MakeConnection = Callable[..., Connection]
