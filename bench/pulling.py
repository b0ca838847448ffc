"""A pull of what changed in Odoo beside a bare `search_read` of the same, and the calls of an idle poll."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.calls import counted
from bench.practice import Practice
from bench.pushing import push_all_taken_in
from odoo_bridge import channel, sync
from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.reconcile import AUTHOR
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope

PART = 500
QUIET = {"no_mail_to_attendees": True, "tracking_disable": True}


@dataclass(frozen=True)
class Case:
    """What is written in Odoo to every record of a mapping; `values` takes what the bench knows of one."""

    mapping: str
    says: str
    read: tuple[str, ...]
    values: Callable[[dict[str, Any]], dict[str, Any]]


def _shorter(event: dict[str, Any]) -> dict[str, Any]:
    """Ten minutes less of an appointment of half an hour."""
    start = datetime.fromisoformat(event["start"])
    return {"start": event["start"], "stop": f"{start + timedelta(minutes=20):{MOMENT}}"}


MOMENT = "%Y-%m-%d %H:%M:%S"
CASES = (
    Case("partner", "patients, nothing new in them", (), lambda partner: {"city": "Dublin"}),
    Case("partner", "patients, a new city in each", (), lambda partner: {"city": "Galway"}),
    Case("event", "appointments, nothing new in them", (), lambda event: {"description": "Seen"}),
    Case("event", "appointments, each ten minutes shorter", ("start",), _shorter),
    Case("move", "posted invoices, nothing new in them", (), lambda move: {"narration": "Seen"}),
)


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    links = Link.objects.filter(connection=connection)
    patients = practice.patients(max(0, 2 * records - links.filter(mapping="partner").count()))
    missing = max(0, records - links.filter(mapping="event").count())
    practice.appointments(patients[:missing])
    practice.invoices(patients[: max(1, missing // 4)])
    push_all_taken_in(connection)
    _pull(connection)  # It finds all that the push wrote; deletions are looked for, and not again for some minutes.
    for case in CASES:
        yield from _changed(connection, case)
    yield from _idle(connection)


def _changed(connection: Connection, case: Case) -> Iterator[str]:
    """Write to records in Odoo, then read them: by hand, and by a pull."""
    links = Link.objects.filter(connection=connection, mapping=case.mapping, odoo_id__isnull=False)
    ids = list(links.order_by("odoo_id").values_list("odoo_id", flat=True))
    with channel.client_for(connection) as client:
        scope = Scope(connection, client)
        mapping = registry()[case.mapping](scope)
        client.version()
        since = client.server_time - timedelta(seconds=1)
        _write(client, mapping.odoo, ids, case)
        bare, found = _bare(client, mapping.odoo, since, [*mapping.read_fields, *AUTHOR])
    # A pull looks back a little further than its window.
    Window.objects.filter(connection=connection).update(since=since + sync.OVERLAP)
    with counted() as calls:
        start = time.perf_counter()
        _pull(connection)
        pulled = time.perf_counter() - start
    yield f"pull of {found} written in Odoo: {case.says}"
    yield f"  bare search_read {bare:8.2f} s"
    yield f"  pull             {pulled:8.2f} s, in Odoo {sum(calls.seconds.values()):.2f} s"
    yield f"  ratio            {pulled / bare:8.2f}    (asked: at most 1.5)"


def _write(client: Client, model: str, ids: list[int], case: Case) -> None:
    """Write equal values together. What stands there already is written too: Odoo notes a new moment all the same."""
    groups: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for start in range(0, len(ids), PART):
        for record in client.read(model, ids[start : start + PART], ["id", *case.read]):
            values = case.values(record)
            groups.setdefault(repr(values), (values, []))[1].append(record["id"])
    for values, mine in groups.values():
        for start in range(0, len(mine), PART):
            client.write(model, mine[start : start + PART], values, context=QUIET)


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
