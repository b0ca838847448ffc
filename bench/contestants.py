"""One contestant at one task, in a process of its own: `python -m bench.contestants TASK WHO COUNT`.

Prints {"wall": seconds, "cpu": seconds, "memory": MiB} as JSON. What it makes in Odoo carries the name "Bench …".
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xmlrpc.client import ServerProxy

URL, DB = os.environ["ODOO_URL"], os.environ["ODOO_DB"]
USER, KEY = os.environ["ODOO_USERNAME"], os.environ["ODOO_API_KEY"]
MODEL = "res.partner"
CONTEXT = {"tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True}
FIELDS = ["name", "email", "phone", "street", "city", "zip", "ref", "active", "country_id", "write_date"]
BATCH = 500
PAGE = 2000


def values(number: int) -> dict[str, Any]:
    return {
        "name": f"Bench {number} {uuid4().hex[:6]}",
        "email": f"bench{number}@example.com",
        "phone": f"+353 1 {number:07d}",
        "street": f"{number} Main Street",
        "city": "Dublin",
        "zip": f"D{number % 24:02d}",
    }


# ---- how each of them speaks to Odoo


def seed() -> tuple[Callable[..., Any], None]:
    """As the tutorials do: `xmlrpc.client`, one call after the other."""
    uid = ServerProxy(f"{URL}/xmlrpc/2/common").authenticate(DB, USER, KEY, {})
    models = ServerProxy(f"{URL}/xmlrpc/2/object")

    def call(method: str, args: list[Any], **kwargs: Any) -> Any:
        return models.execute_kw(DB, uid, KEY, MODEL, method, args, kwargs)

    return call, None


def odoorpc() -> tuple[Callable[..., Any], Any]:
    import odoorpc as library

    parts = urlsplit(URL)
    odoo = library.ODOO(parts.hostname, port=parts.port or 80, timeout=600)
    odoo.login(DB, USER, KEY)
    return (lambda method, args, **kwargs: odoo.execute_kw(MODEL, method, args, kwargs)), odoo


def odooly() -> tuple[Callable[..., Any], Any]:
    from odooly import Client

    client = Client(URL + "/jsonrpc", DB, USER, KEY)
    return (lambda method, args, **kwargs: client.env.execute(MODEL, method, *args, **kwargs)), client


def ours() -> Any:
    from odoo_bridge.client import Client

    client = Client(URL, DB, USER, KEY, context=CONTEXT)
    client.fields_get(MODEL)  # asked for once, as signing in is
    return client


OPENERS = {"seed": seed, "odoorpc": odoorpc, "odooly": odooly}


# ---- the tasks: what is prepared, and what is timed


def push(who: str, count: int) -> Callable[[], Any]:
    rows = [values(number) for number in range(count)]
    if who in ("ours", "ours-twofold", "raw-batch"):
        client = ours()
        if who == "raw-batch":
            return lambda: [client.create(MODEL, part) for part in _parts(rows, BATCH)]
        connections = 2 if who == "ours-twofold" else 1
        from odoo_bridge.client.batches import load_all

        fields = ["id", *rows[0]]
        stem = f"bench_{uuid4().hex[:8]}"
        lines = [[f"{stem}.p{number}", *row.values()] for number, row in enumerate(rows)]
        return lambda: load_all(client, MODEL, fields, lines, count=BATCH, connections=connections)
    name, _, batched = who.partition("-")
    call, _ = OPENERS[name]()
    if batched:
        return lambda: [call("create", [part], context=CONTEXT) for part in _parts(rows, BATCH)]
    return lambda: [call("create", [row], context=CONTEXT) for row in rows]


def update(who: str, count: int) -> Callable[[], Any]:
    from odoo_bridge.client.batches import create_all

    with ours() as client:
        made = [one for ids in create_all(client, MODEL, [values(number) for number in range(count)]) for one in ids]
    updates = {record: values(record) for record in made}
    if who.startswith("ours"):
        from odoo_bridge.client.updating import update_all

        client, connections = ours(), 2 if who == "ours-twofold" else 1
        return lambda: update_all(client, MODEL, updates, connections=connections)
    call, _ = OPENERS[who]()
    return lambda: [call("write", [[record], one], context=CONTEXT) for record, one in updates.items()]


def read(who: str, count: int) -> Callable[[], Any]:
    """All of them, with ten fields; each in the way that is quickest for it."""
    _fill(count)
    if who.startswith("ours"):
        from odoo_bridge.client.reading import pages

        client = ours()
        partners = client[MODEL]
        if who == "ours-typed":
            return lambda: _count(partners.each([], FIELDS), count)
        return lambda: _count((row for rows in pages(client, MODEL, [], FIELDS) for row in rows), count)
    call, _ = OPENERS[who]()

    def pages() -> Iterable[Any]:
        for offset in range(0, count, PAGE):
            limit = min(PAGE, count - offset)
            yield from call("search_read", [[]], fields=FIELDS, offset=offset, limit=limit, order="id")

    return lambda: _count(pages(), count)


def stream(who: str, count: int) -> Callable[[], Any]:
    """As many records as asked for, however few there are: read from the beginning again and again."""
    _fill(2 * PAGE)
    partners = ours()[MODEL]

    def forever() -> Iterable[Any]:
        while True:
            yield from partners.each([], FIELDS)

    return lambda: _count(forever(), count)


def _fill(count: int) -> None:
    """See to it that there are that many contacts."""
    from odoo_bridge.client.batches import create_all

    with ours() as client:
        lacking = count - client.search_count(MODEL, [])
        for _ in create_all(client, MODEL, [values(number) for number in range(lacking)], count=BATCH):
            pass


def _count(records: Iterable[Any], count: int) -> None:
    left = count
    for _ in records:
        left -= 1
        if not left:
            return
    raise SystemExit(f"{left} of {count} records were not read.")


def _parts(rows: list[Any], size: int) -> Iterable[list[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


TASKS = {"push": push, "update": update, "read": read, "stream": stream}


def _peak() -> float:
    """MiB that this process took at most. (What getrusage() tells includes the process that started it.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(task: str, who: str, count: int) -> None:
    work = TASKS[task](who, count)
    before, peak = resource.getrusage(resource.RUSAGE_SELF), _peak()
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "memory": _peak() - peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
