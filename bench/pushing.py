"""The first push of everything beside the best raw batched loop, and patients beside a loop over XML-RPC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4
from xmlrpc.client import ServerProxy

from bench.calls import Calls, counted
from bench.practice import Practice
from bench.raw import Raw
from odoo_bridge import channel, connecting, sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry

ONE_BY_ONE = 200
"""Records of the slow loop: its rate does not depend on how many there are."""

COUNTRY = "IE"

PUSHED = ("partner", "event", "move", "payment")
"""The mappings that are measured, in the order in which their records refer to each other."""


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    """Half of the raw loop, the sync, the other half: what grows or warms up in Odoo meets both alike."""
    kept = {key: registry()[key] for key in PUSHED}
    uids = {key: list(one.belongs().order_by("pk").values_list("uid", flat=True)) for key, one in kept.items()}
    halves = [{key: ids[part::2] for key, ids in uids.items()} for part in (0, 1)]
    # A payment is for every tenth invoice, and those have to be in the same half.
    halves = [_whole(half) for half in halves]
    practice.next_number += records  # Those are the raw loop's.
    with channel.client_for(connection) as client, counted() as raw_calls:
        raw = Raw(connection, client, f"raw_{uuid4().hex[:8]}", shift=records)
        raw.push(halves[0])
    took_in, pushed, calls = _push(connection)
    with channel.client_for(connection) as client, counted() as more_calls:
        raw.client = client
        raw.push(halves[1])
    by_hand = sum(raw.seconds.values())
    in_odoo = sum(calls.seconds.values())
    raw_in_odoo = sum(raw_calls.seconds.values()) + sum(more_calls.seconds.values())
    total = took_in + pushed
    yield f"first push of {', '.join(f'{len(ids)} {key}s' for key, ids in uids.items())}"
    yield f"  raw loop  {by_hand:8.1f} s, in Odoo {raw_in_odoo:8.1f} s   {_shares(raw.seconds)}"
    yield f"  sync      {total:8.1f} s, in Odoo {in_odoo:8.1f} s   wishing for it {took_in:.1f} s"
    yield f"  ratio     {total / by_hand:8.2f}    (asked: at most 1.25)"
    for name, seconds in calls.seconds.most_common():
        raw_seconds = raw_calls.seconds[name] + more_calls.seconds[name]
        yield f"    {name:44s}{calls.made[name]:7d} calls {seconds:8.1f} s   raw {raw_seconds:8.1f} s"


def _whole(half: dict[str, list[object]]) -> dict[str, list[object]]:
    from clinic.invoices.models import Allocation

    invoices = set(half["move"])
    found = Allocation.objects.order_by("pk").values_list("payment__uid", "invoice__uid")
    return half | {"payment": [payment for payment, invoice in found if invoice in invoices]}


def _push(connection: Connection) -> tuple[float, float, Calls]:
    """Seconds of wishing for everything and of pushing it, and the calls."""
    start = time.perf_counter()
    connecting.go(connection)
    wished = time.perf_counter()
    with counted() as calls:
        push_all(connection)
    return wished - start, time.perf_counter() - wished, calls


def push_all(connection: Connection) -> None:
    """Push until nothing waits."""
    links = Link.objects.filter(connection=connection)
    while links.waiting().exists():
        before = links.waiting().count()
        if not sync.push(connection, seconds=3600) and links.waiting().count() == before:
            time.sleep(0.2)  # What waits for others is tried again in some seconds.
        connection.refresh_from_db()
        if connection.trouble:
            raise SystemExit(f"The push met trouble: {connection.trouble}")
    if stuck := links.filter(needs_person=True).first():
        raise SystemExit(f"{stuck} did not reach Odoo: {stuck.reason}")


def beside_a_loop(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    loop = ONE_BY_ONE / _one_by_one(connection)
    practice.patients(records)
    start = time.perf_counter()
    push_all_taken_in(connection)
    synced = records / (time.perf_counter() - start)
    yield "patients alone"
    yield f"  one by one, XML-RPC create   {loop:8.0f} records/s"
    yield f"  the sync                     {synced:8.0f} records/s   {synced / loop:.1f} times (asked: at least 15)"


def push_all_taken_in(connection: Connection) -> None:
    take_in()
    push_all(connection)


def _one_by_one(connection: Connection) -> float:
    """Seconds for so many patients, each with the values that the sync sends too."""
    uid = ServerProxy(f"{connection.url}/xmlrpc/2/common").authenticate(
        connection.database, connection.username, connection.api_key, {}
    )
    models = ServerProxy(f"{connection.url}/xmlrpc/2/object")

    def call(model: str, method: str, *args: object) -> object:
        return models.execute_kw(connection.database, uid, connection.api_key, model, method, list(args), {})

    country = call("res.country", "search", [["code", "=", COUNTRY]])[0]
    start = time.perf_counter()
    for number in range(ONE_BY_ONE):
        values = {
            "name": f"Bench {number}",
            "email": f"bench{number}@post.example",
            "phone": "+353 1 671 4000",
            "mobile": "+353 88 100 0000",
            "street": "12 Capel Street",
            "street2": "Flat 2",
            "city": "Dublin",
            "zip": "D01 X2P3",
            "country_id": country,
            "customer_rank": 1,
        }
        call("res.partner", "create", values)
    return time.perf_counter() - start


def _shares(seconds: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.1f}" for key, value in seconds.items())
