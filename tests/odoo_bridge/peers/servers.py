"""The Odoos that the public clients connect to: sandboxes, or the real one that the environment names."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import pytest
import urllib3

from odoo_bridge.sandbox.seed import ADMIN_PASSWORD, BRIDGE_PASSWORD
from tests.contract import peers

VERSIONS = (16, 17, 19)
FIRST_WITH_JSON2 = 19


@dataclass(frozen=True)
class Server:
    """Where an Odoo is, and who we are there: a user with a key, and a person with a password."""

    url: str
    database: str
    username: str
    key: str
    person: str
    password: str

    @property
    def office(self) -> Server:
        """The same server, where the person administers it."""
        is_sandbox = self.person == self.username
        return replace(self, person="admin", password=ADMIN_PASSWORD) if is_sandbox else self

    @property
    def version(self) -> int:
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"{self.url}/web/webclient/version_info", json={}).json()
        return int(answer["result"]["server_version_info"][0])


def names() -> list[str]:
    """Which servers the tests run against."""
    return ["real"] if os.environ.get("ODOO_URL") else [str(version) for version in VERSIONS]


def named(name: str, started: peers.Peers) -> Server:
    """The server of that name; a sandbox is started when it is first asked for.

    Skips where nobody said a password of a real server.
    """
    if name != "real":
        peer = started.named(f"{name}-jsonrpc")
        return Server(peer.url, peer.database, peer.username, peer.key, peer.username, BRIDGE_PASSWORD)
    password = os.environ.get("ODOO_ADMIN_PASSWORD")
    if not password:
        pytest.skip("A web session needs a password: set ODOO_ADMIN_PASSWORD (and ODOO_ADMIN_USERNAME).")
    person = os.environ.get("ODOO_ADMIN_USERNAME", "admin")
    return Server(*(os.environ[variable] for variable in peers.VARIABLES), person, password)
