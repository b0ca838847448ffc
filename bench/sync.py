"""How fast patients reach Odoo: one by one over XML-RPC, in raw batches, and by the sync with all its promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import uuid4
from xmlrpc.client import ServerProxy

from django.core.management import call_command

from odoo_bridge import connecting, sync
from odoo_bridge.models import Connection, Link

ONE_BY_ONE = 200
"""Records of the slow loop: its rate does not depend on how many there are."""


def compare(records: int) -> Iterator[str]:
    """Yield the lines of the report."""
    from clinic.demo.factories import BranchFactory, PatientFactory

    call_command("migrate", verbosity=0)
    branch = BranchFactory()
    PatientFactory.create_batch(records, branch=branch)
    connection = connecting.connect()
    Connection.objects.update(namespace=f"bench_{uuid4().hex[:8]}")
    connection.refresh_from_db()

    loop = _rate(lambda: _one_by_one(connection), ONE_BY_ONE)
    batches = _rate(lambda: _batches(connection, records), records)
    synced = _rate(lambda: _synced(connection), records)
    again = _rate(lambda: _again(connection, records), records)
    yield f"{records} patients to {sync.client_for(connection).version().text} at {connection.url}"
    yield f"  one by one, XML-RPC create     {loop:8.0f} records/s   1.0"
    yield f"  raw load() in batches of 200   {batches:8.0f} records/s   {batches / loop:.1f} times the loop"
    yield f"  sync.push                      {synced:8.0f} records/s   {synced / loop:.1f} times the loop, "
    yield f"                                 {batches / synced:.2f} times the time of the raw batches"
    yield f"  sync.push, nothing changed     {again:8.0f} records/s   {again / synced:.1f} times the first push"


def _rate(work: Callable[[], None], records: int) -> float:
    start = time.perf_counter()
    work()
    return records / (time.perf_counter() - start)


def _one_by_one(connection: Connection) -> None:
    common = ServerProxy(f"{connection.url}/xmlrpc/2/common")
    uid = common.authenticate(connection.database, connection.username, connection.api_key, {})
    models = ServerProxy(f"{connection.url}/xmlrpc/2/object")
    for number in range(ONE_BY_ONE):
        values = {"name": f"Bench {number}", "phone": "+353 1 234 5678", "city": "Dublin"}
        models.execute_kw(connection.database, uid, connection.api_key, "res.partner", "create", [values], {})


def _batches(connection: Connection, records: int) -> None:
    columns = ["id", "name", "phone", "city", "customer_rank"]
    with sync.client_for(connection) as client:
        for start in range(0, records, 200):
            rows = [
                [f"{connection.namespace}.raw_{n}", f"Bench {n}", "+353 1 234 5678", "Dublin", 1]
                for n in range(start, min(start + 200, records))
            ]
            client.load("res.partner", columns, rows).raise_if_refused()


def _synced(connection: Connection) -> None:
    connecting.go(connection)
    sync.push(connection, seconds=3600)
    left = Link.objects.filter(connection=connection, mapping="partner").waiting().count()
    if left:
        raise SystemExit(f"{left} patients did not reach Odoo.")


def _again(connection: Connection, records: int) -> None:
    from clinic.patients.models import Patient

    Patient.objects.update(contact_by="phone")
    sync.push(connection, seconds=3600)
