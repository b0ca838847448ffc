"""Every recorded exchange is put back on the wire in front of the client, or it is said here why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Incompatible

from . import test_json2, test_recorded_faults
from .recordings import FOLDER
from .wire import Request, Wire, serving

Entry = dict[str, Any]
Place = tuple[str, int]
"""A file, and the number of an exchange in it."""

REASONS: dict[str, Callable[[Entry], bool]] = {
    "a web session, and the client opens none": lambda entry: _path(entry).startswith(("/web/session", "/web/dataset")),
    "no answer came: test_http.py breaks connections in these ways": lambda entry: entry["transport"] == "client",
    "malformed on purpose, and the client writes well-formed requests": lambda entry: _is_malformed(entry),
    "a service that the client does not ask": lambda entry: _path(entry) in ("/xmlrpc/2/db", "/xmlrpc/2/nosuch"),
    "refused by the client before it is sent": lambda entry: (
        entry["label"].startswith(test_recorded_faults.NEVER_SENT) and entry["transport"] != "client"
    ),
}


def _path(entry: Entry) -> str:
    return str(entry.get("path") or "")


def _is_malformed(entry: Entry) -> bool:
    request = entry["request"]
    if entry["transport"] != "json2":
        return isinstance(request, str)
    is_plain = isinstance(request["body"], dict) and entry["method"] == "POST"
    return not is_plain or "Content-Type" in request["headers"]


def _recorded() -> Iterator[tuple[Place, Entry]]:
    for path in sorted(FOLDER.glob("*.json")):
        for number, entry in enumerate(json.loads(path.read_text())["exchanges"]):
            yield (path.stem, number), entry


PAGES = [(place, entry) for place, entry in _recorded() if entry["transport"] == "http"]


def replayed() -> set[Place]:
    """What the tests of this folder put back on the wire."""
    rpc, json2 = test_recorded_faults, test_json2
    lists = (rpc.RETURNED, rpc.FAULTY, rpc.SIGN_INS, rpc.VERSIONS, json2.RETURNED, json2.FAULTY)
    calls = {(exchange.source, exchange.number) for exchanges in lists for exchange in exchanges}
    return calls | {place for place, _entry in PAGES}


def test_every_exchange_is_replayed_or_has_a_reason() -> None:
    done, used = replayed(), set()
    for place, entry in _recorded():
        reasons = [reason for reason, holds in REASONS.items() if holds(entry)]
        assert (place in done) == (not reasons), f"{place} {entry['label']}: {reasons}"
        used |= set(reasons)
    assert used == REASONS.keys()
    assert len(done) > 1000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page[0][0]}: {page[1]['label']}")
def test_a_recorded_page_is_read(page: tuple[Place, Entry]) -> None:
    """The version that JSON-2 asks for, and what Odoo has to say of a path that is none."""
    _place, entry = page

    def answer(request: Request) -> None:
        if entry["http_status"] == 200:
            request.page(json.dumps(entry["response"]), media="application/json")
        else:
            request.page(entry["fault"]["body"], status=f"{entry['http_status']} Recorded")

    with (
        serving(Wire(answer, everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", "key", transport="json2") as client,
    ):
        if entry["http_status"] == 200:
            assert client.version().major == 19
        else:
            with pytest.raises(Incompatible, match="no Odoo interface"):
                client.version()
