"""The Odoo at the other end: a sandbox in a process of its own, or the real server that the environment names."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from odoo_bridge.client import Client
from odoo_bridge.models import Connection
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.provision.processes import Processes

VERSIONS = (16, 17, 19)
TRANSPORTS = ("jsonrpc", "xmlrpc")
VARIABLES = ("ODOO_URL", "ODOO_DB", "ODOO_USERNAME", "ODOO_API_KEY")

REFUSAL = (
    "ODOO_URL names a real Odoo, and these tests write to it: contacts, events, posted invoices, payments. "
    "If it is a database made for tests, say so with ODOO_TEST_DATABASE=1."
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
        password = os.environ.get("ODOO_ADMIN_PASSWORD")
        if not password:
            pytest.skip("Only an administrator may count mails: set ODOO_ADMIN_PASSWORD (and ODOO_ADMIN_USERNAME).")
        admin = os.environ.get("ODOO_ADMIN_USERNAME", "admin")
        with Client(self.url, self.database, admin, password) as client:
            return client.search_count("mail.mail", [])


def names() -> list[str]:
    """Return the names of the Odoos that the suite runs against."""
    if os.environ.get("ODOO_URL"):
        return [f"real-{transport}" for transport in TRANSPORTS]
    return [f"{version}-{transport}" for version in VERSIONS for transport in TRANSPORTS]


def refuse_unless_meant() -> None:
    """End the run before anything is written to a real Odoo that nobody gave for it."""
    if not os.environ.get("ODOO_URL"):
        return
    if os.environ.get("ODOO_TEST_DATABASE") != "1":
        pytest.exit(REFUSAL, returncode=4)
    if lacking := [name for name in VARIABLES if not os.environ.get(name)]:
        pytest.exit(f"To speak to a real Odoo, set {', '.join(lacking)} too.", returncode=4)


class Peers:
    """Starts each Odoo when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._processes = folder, Processes(folder)
        self._started: dict[int, str] = {}

    def named(self, name: str) -> Peer:
        which, _, transport = name.partition("-")
        if which == "real":
            return Peer(name, *(os.environ[variable] for variable in VARIABLES), transport)
        version = int(which)
        if version not in self._started:
            self._started[version] = start_sandbox(self._processes, self._file(version), version)
        return sandbox_peer(name, self._started[version], transport, self._file(version))

    def stop(self) -> None:
        self._processes.stop()

    def _file(self, version: int) -> Path:
        return self._folder / f"sandbox{version}.sqlite3"


def start_sandbox(processes: Processes, file: Path, version: int = 17, port: int | None = None) -> str:
    """Start a sandbox and return its URL."""
    port = port or free_port()
    options = ["--port", str(port), "--version", str(version), "--file", str(file)]
    url = f"http://{LOOPBACK}:{port}"
    program = Program(f"sandbox{version}", [sys.executable, "-m", "odoo_bridge.sandbox", *options])
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
