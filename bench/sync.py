"""What the sync costs beside doing the same by hand, in one run against one server: `python -m bench sync`.

push      everything for the first time, beside the best raw batched loop
loop      patients alone, beside a loop of `create` over XML-RPC
pull      what changed in Odoo, beside a bare `search_read`
idle      the calls of a poll that finds nothing
workers   two workers beside one
latency   from the commit of an edit until Odoo has it, with a backlog behind it
memory    how a process grows with what it pushes and pulls
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from uuid import uuid4

from django.core.management import call_command

from bench import latency, memory, pulling, pushing, workers
from bench.practice import CODE, Practice
from odoo_bridge import channel, connecting, doctor
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Link

PARTS = ("push", "loop", "pull", "idle", "workers", "latency", "memory")

FEW = 200
"""Patients that are pushed where the first push is not what is measured."""


def compare(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of the report."""
    wanted = set(options.only or PARTS)
    call_command("migrate", verbosity=0)
    connection = connecting.connect()
    practice = Practice(_next_number(connection))
    _make_ready(connection)
    # Nobody keeps what is made now: it is what an installation has when it is first connected.
    Connection.objects.update(state=Connection.State.PAUSED)
    records = options.records if "push" in wanted else min(options.records, FEW)
    practice.all_of_it(records)
    take_in()
    Link.objects.all().delete()
    connection.refresh_from_db()
    yield f"{channel.client_for(connection).version().text} at {connection.url}, {options.records} patients"
    yield from pushing.measure(connection, practice, records)
    if "loop" in wanted:
        yield from pushing.beside_a_loop(connection, practice, options.records)
    if wanted & {"pull", "idle"}:
        yield from pulling.measure(connection, practice, options.records)
    if "workers" in wanted:
        yield from workers.measure(connection, practice, options.records)
    if "latency" in wanted:
        yield from latency.measure(connection, practice, options.records)
    if "memory" in wanted:
        yield from memory.measure(connection, practice, options.many)


def _make_ready(connection: Connection) -> None:
    """Use external ids that nobody used before, and check the connection."""
    connection.namespace = f"bench_{uuid4().hex[:8]}"
    connection.save()
    if problems := [finding.says for finding in doctor.examine(connection) if not finding.ok]:
        raise SystemExit("\n".join(problems))


def _next_number(connection: Connection) -> int:
    """The first invoice number of this year's that Odoo has not got."""
    with channel.client_for(connection) as client:
        taken = client.search_read("account.move", [["name", "=like", f"{CODE}/%"]], ["name"])
    return max((int(row["name"].rpartition("/")[2]) for row in taken), default=0) + 1
