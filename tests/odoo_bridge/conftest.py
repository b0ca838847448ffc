"""The sync against a sandbox of one version; every version is met in the conformance suite."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from clinic.demo.running.programs import Program
from odoo_bridge.models import Connection, Link, Window
from tests.contract.conftest import (  # noqa: F401
    accountant,
    books,
    clients_are_closed,
    connection,
    every_peer,
    line,
    practice,
)
from tests.contract.peers import Peer, Peers, disarm
from tests.provision.processes import Processes, Running


@pytest.fixture
def peer(every_peer: Peers) -> Iterator[Peer]:  # noqa: F811
    """A sandbox that behaves at the beginning of each test."""
    peer = every_peer.named("17-jsonrpc")
    yield peer
    disarm(peer)


def database_url() -> str:
    """Return the address of the database that the tests run on, for a process of its own."""
    own = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{own['NAME']}"
    password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
    return f"postgres://{own['USER']}{password}@{own['HOST']}:{own['PORT']}/{own['NAME']}"


def bridge_environment() -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "ODOO_URL": "",
        "ODOO_RING": "0",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


_RUN = """
import django; django.setup()
from odoo_bridge import sync
from odoo_bridge.models import Connection
sync.{what}(Connection.objects.get(pk={pk}))
"""


@pytest.fixture
def start(processes: Processes) -> Callable[[str, Connection], Running]:
    """Starts a push or a pull in a process of its own: `start("push", connection)`."""

    def start(what: str, connection: Connection) -> Running:  # noqa: F811
        argv = [sys.executable, "-c", _RUN.format(what=what, pk=connection.pk)]
        return processes.start(Program(what, argv, bridge_environment()))

    return start


def leases_run_out() -> None:
    """Let the time pass for which a killed process holds its leases."""
    past = timezone.now() - timedelta(seconds=1)
    Link.objects.exclude(lease=None).update(leased_until=past)
    Window.objects.exclude(lease=None).update(leased_until=past)
