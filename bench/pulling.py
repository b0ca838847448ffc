"""A pull of what changed in Odoo beside a bare `search_read` of the same, and the calls of an idle poll."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.calls import counted
from bench.practice import Practice
from bench.pushing import push_all_taken_in
from odoo_bridge import channel, sync
from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope

PART = 1000


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    known = Link.objects.filter(connection=connection, mapping="partner").count()
    practice.patients(max(0, 2 * records - known))
    push_all_taken_in(connection)
    _pull(connection)  # It finds all that the push wrote; deletions are looked for, and not again for some minutes.
    for says, values in (("nothing new in them", None), ("a new city in each", {"city": "Galway"})):
        yield from _changed(connection, says, values)
    yield from _idle(connection)


def _changed(connection: Connection, says: str, values: dict[str, str] | None) -> Iterator[str]:
    """Write to the patients in Odoo, then read them: by hand, and by a pull."""
    links = Link.objects.filter(connection=connection, mapping="partner").order_by("odoo_id")
    ids = list(links.values_list("odoo_id", flat=True))
    with channel.client_for(connection) as client:
        scope = Scope(connection, client)
        mapping = registry()["partner"](scope)
        client.version()
        since = client.server_time - timedelta(seconds=1)
        for start in range(0, len(ids), PART):
            # What stands there already is written too: Odoo notes a new moment, and the pull has to look.
            client.write(mapping.odoo, ids[start : start + PART], values or {"city": "Dublin"})
        fields = [*mapping.read_fields, "write_date"]
        bare, found = _bare(client, mapping.odoo, since, fields)
    # A pull looks back a little further than its window.
    Window.objects.filter(connection=connection).update(since=since + sync.OVERLAP)
    with counted() as calls:
        start = time.perf_counter()
        _pull(connection)
        pulled = time.perf_counter() - start
    yield f"pull of {found} patients written in Odoo, {says}"
    yield f"  bare search_read {bare:8.2f} s"
    yield f"  pull             {pulled:8.2f} s, in Odoo {sum(calls.seconds.values()):.2f} s"
    yield f"  ratio            {pulled / bare:8.2f}    (asked: at most 1.5)"


def _bare(client: Client, model: str, since: datetime, fields: list[str]) -> tuple[float, int]:
    moment = since.strftime("%Y-%m-%d %H:%M:%S")
    start = time.perf_counter()
    found = client.search_read(model, [["write_date", ">=", moment]], fields, context={"active_test": False})
    return time.perf_counter() - start, len(found)


def _idle(connection: Connection) -> Iterator[str]:
    """A poll when nothing was changed for longer than the overlap."""
    with channel.client_for(connection) as client:
        client.version()
        now = client.server_time
    Window.objects.filter(connection=connection).update(since=now + sync.OVERLAP + timedelta(seconds=1))
    with counted() as calls:
        sync.pull(connection)
    with counted() as sweep:
        sync.push(connection)
    yield "an idle poll (asked: at most one small call per polled model, the sweep and the canary apart)"
    for name, often in sorted(calls.made.items()):
        yield f"  {name:40s}{often:4d} calls {calls.seconds[name] * 1000:6.0f} ms"
    yield f"  a push with nothing to do            {sum(sweep.made.values()):7d} calls"
    Window.objects.filter(connection=connection).update(since=now)


def _pull(connection: Connection) -> None:
    connection.refresh_from_db()
    sync.pull(connection)
    connection.refresh_from_db()
    if connection.trouble:
        raise SystemExit(f"The pull met trouble: {connection.trouble}")
