"""Answers that are made to hurt: each is a typed error, within a budget of memory and time, on every transport."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any
from xmlrpc.client import Fault

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Garbled, OdooError, Rejected, Uncertain
from odoo_bridge.transports.http import MAX_ANSWER

from .conftest import Connect
from .wire import USER, Request, Wire, serving

SIZE = MAX_ANSWER - 1000
MEMORY = 50
"""MiB that the process may grow by at most: the answer itself, and what is made of it."""

JSON: dict[str, tuple[bytes, bytes, bytes]] = {
    "empty lists": (b"[[]", b",[]", b"]"),
    "empty objects": (b"[{}", b",{}", b"]"),
    "small objects": (b'[{"a":1}', b',{"a":1}', b"]"),
    "numbers": (b"[1.5", b",1.5", b"]"),
    "short texts": (b'["\xc3\xa91"', b',"\xc3\xa91"', b"]"),
    "keys": (b'{"a":1', b',"%d":1', b"}"),
    "one text of wide characters": (b'"', "😀".encode(), b'"'),
    "nesting": (b"", b"[", b""),
    "digits": (b"1", b"0", b""),
    "blanks": (b"", b" ", b"1"),
}
XML: dict[str, tuple[bytes, bytes, bytes]] = {
    "empty arrays": (
        b"<array><data>",
        b"<value><array><data></data></array></value>",
        b"</data></array>",
    ),
    "empty structs": (b"<array><data>", b"<value><struct></struct></value>", b"</data></array>"),
    "numbers": (b"<array><data>", b"<value><double>1.5</double></value>", b"</data></array>"),
    "texts": (b"<array><data>", b"<value>a</value>", b"</data></array>"),
    "bare texts": (b"<array><data>", b"<string>a</string>", b"</data></array>"),
    "nesting": (b"", b"<value><array><data>", b""),
    "elements": (b"", b"<a>", b""),
    "attributes": (b"<value ", b'a%d="b" ', b">"),
    "one text": (b"<string>", "😀".encode(), b"</string>"),
}


def repeated(shape: tuple[bytes, bytes, bytes], frame: tuple[bytes, bytes], size: int) -> bytes:
    """As often as fits: the middle of a shape, numbered where it asks for it."""
    begin, middle, end = (frame[0] + shape[0], shape[1], shape[2] + frame[1])
    times = (size - len(begin) - len(end)) // (len(middle) + (6 if b"%d" in middle else 0))
    return begin + (b"".join(middle % n for n in range(times)) if b"%d" in middle else middle * times) + end


def jsonrpc(shape: tuple[bytes, bytes, bytes]) -> bytes:
    return repeated(shape, (b'{"jsonrpc":"2.0","id":2,"result":', b"}"), SIZE)


def json2(shape: tuple[bytes, bytes, bytes]) -> bytes:
    return repeated(shape, (b"", b""), SIZE)


def xmlrpc(shape: tuple[bytes, bytes, bytes]) -> bytes:
    head = b"<?xml version='1.0'?><methodResponse><params><param><value>"
    return repeated(shape, (head, b"</value></param></params></methodResponse>"), SIZE)


BOMBS = [
    *(("jsonrpc", name, jsonrpc, shape) for name, shape in JSON.items()),
    ("json2", "small objects", json2, JSON["small objects"]),  # read as those of JSON-RPC are
    *(("xmlrpc", name, xmlrpc, shape) for name, shape in XML.items()),
]

CALLER = """
import json, re, sys, time
from pathlib import Path
from odoo_bridge.client import Client
from odoo_bridge.errors import OdooError
client = Client(sys.argv[1], "clinic", "bridge", "0" * 40, transport=sys.argv[2], checks_fields=False)
client.uid
# The peak of this process alone: getrusage() would count the one that started it, too.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before, start = peak(), time.perf_counter()
try:
    client.read("res.partner", [1], ["name"])
    outcome = "believed"
except OdooError as error:
    outcome = type(error).__name__
print(json.dumps([outcome, (peak() - before) / 1024, time.perf_counter() - start]))
"""


@pytest.mark.parametrize(
    ("transport", "make", "shape"),
    [(transport, make, shape) for transport, _, make, shape in BOMBS],
    ids=[f"{transport}: {name}" for transport, name, _, _ in BOMBS],
)
def test_an_answer_made_to_fill_the_memory_is_refused_within_the_budget(
    transport: str, make: Callable[[Any], bytes], shape: tuple[bytes, bytes, bytes]
) -> None:
    body = make(shape)
    media = "text/xml" if transport == "xmlrpc" else "application/json"
    with serving(Wire(lambda request: request.page(body, media=media))) as wire:
        argv = [sys.executable, "-c", CALLER, wire.url, transport]
        told = subprocess.run(argv, check=True, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."})
    outcome, grown, seconds = json.loads(told.stdout)
    assert outcome == "Garbled"
    assert grown < MEMORY
    assert seconds < 10


WRONG: dict[str, Any] = {
    "null": None,
    "a text": "hello",
    "a number": 5,
    "an object": {"id": 1},
    "numbers for records": [1, 2],
    "records without ids": [{"name": "Ann"}],
    "records with strange ids": [{"id": "1"}],
    "a yes for an id": [True],
    "lists in lists": [[1]],
    "texts for ids": ["1"],
}
CALLS: dict[str, tuple[Callable[[Client], Any], frozenset[str]]] = {
    "search": (lambda odoo: odoo.search("res.partner", []), frozenset({"numbers for records"})),
    "search_count": (lambda odoo: odoo.search_count("res.partner", []), frozenset({"a number"})),
    "search_read": (lambda odoo: odoo.search_read("res.partner", [], ["name"]), frozenset()),
    "read": (lambda odoo: odoo.read("res.partner", [1], ["name"]), frozenset()),
    "create": (lambda odoo: odoo.create("res.partner", [{"name": "Ann"}]), frozenset({"numbers for records"})),
    "fields_get": (lambda odoo: odoo.fields_get("res.partner"), frozenset()),
    "load": (lambda odoo: odoo.load("res.partner", ["id"], [["a.b"]]), frozenset()),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("called", CALLS)
@pytest.mark.parametrize("transport", ["jsonrpc", "json2"])
def test_an_answer_of_the_wrong_shape_is_not_believed(
    transport: str, called: str, wrong: str, connect: Connect
) -> None:
    call, sound = CALLS[called]
    client = connect(lambda request: request.result(WRONG[wrong]), transport=transport)
    if wrong in sound:
        call(client)
        return
    with pytest.raises(Garbled):
        call(client)


def raw(*pieces: bytes) -> Callable[[Request], None]:
    return lambda request: request.send(*pieces)


HTTP: dict[str, Callable[[Request], None]] = {
    "a thousand headers": raw(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1000, b"\r\n"),
    "an endless header": raw(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 2**20),
    "provisional answers": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000),
    "a negative length": raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n{}"),
    "two lengths": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"
    ),
    "a broken chunk": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"
    ),
    "a chunk of a billion": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3b9aca00\r\n{}"
    ),
    "packed content": raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
        b"\x1f\x8b\x08\x00"
    ),
    "an older protocol": raw(b"ICY 200 OK\r\n\r\n"),
    "a status that is none": raw(b"HTTP/1.1 abc OK\r\n\r\n"),
    "nothing": lambda request: request.sock.close(),
}


@pytest.mark.parametrize("trick", HTTP)
def test_broken_http_is_a_typed_error_and_leaves_the_client_usable(trick: str, connect: Connect, wire: Wire) -> None:
    def answer(request: Request) -> None:
        HTTP[trick](request)
        if trick != "packed content":  # all others leave the connection in the middle of something
            request.reset()

    client = connect(answer)
    assert client.uid == USER
    started = time.monotonic()
    with pytest.raises(OdooError) as caught:
        client.create("res.partner", {"name": "Ann"})
    assert isinstance(caught.value, Uncertain)
    assert time.monotonic() - started < 5
    assert len(wire.calls) == 1
    wire.answer = lambda request: request.result([3])
    assert client.search("res.partner", []) == [3]


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: ²", "{}"),
        (f"Content-Length: {'9' * 5000}", "{}"),
        ("Content-Length: 2\r\nDate: Fri, 31 Dec 9999 23:59:59 -2300", "{}"),
        ("Transfer-Encoding: chunked", "-5\r\nabcdef\r\n"),
        ("Transfer-Encoding: chunked", "g\r\nabcdef\r\n"),
        ("Transfer-Encoding: chunked", f"{'f' * 5000}\r\nabcdef\r\n"),
    ],
)
def test_headers_that_are_made_to_hurt_leave_the_call_uncertain(head: str, body: str, connect: Connect) -> None:
    def answer(request: Request) -> None:
        request.send((HEAD + head + "\r\n\r\n" + body).encode("latin-1"))
        request.sock.close()

    with pytest.raises(Uncertain):
        connect(answer).call("res.partner", "create", {})


def test_a_chunk_of_a_negative_size_is_not_read_to_its_end(connect: Connect) -> None:
    sent = []

    def answer(request: Request) -> None:
        request.send((HEAD + "Transfer-Encoding: chunked\r\n\r\n-1\r\n").encode())
        for _ in range(64):
            request.send(b"a" * 2**20)
            sent.append(2**20)

    with pytest.raises(Uncertain):
        connect(answer).call("res.partner", "create", {})
    assert sum(sent) < 2 * MAX_ANSWER


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 No Content"])
def test_an_answer_that_speaks_of_success_otherwise_than_odoo_has_to_be_looked_into(
    status: str, connect: Connect
) -> None:
    client = connect(lambda request: request.page("{}", status=status, media="application/json"))
    with pytest.raises(Garbled):
        client.call("res.partner", "create", {})


@pytest.mark.parametrize("words", ["API ", "plan ", "API plan " * 2])
def test_a_long_refusal_is_read_at_once(words: str, connect: Connect) -> None:
    error = {"data": {"name": "odoo.exceptions.UserError", "message": words * 100_000}}
    client = connect(lambda request: request.result({"error": error}))
    started = time.monotonic()
    with pytest.raises(OdooError):
        client.call("res.partner", "read", [7])
    assert time.monotonic() - started < 3


def test_a_traceback_in_a_refusal_is_not_shown(connect: Connect, transport: str) -> None:
    text = 'It went wrong.\nTraceback (most recent call last):\n  File "/odoo/x.py", line 3\nValueError: secret'
    fault: Any = Fault(2, text)
    if transport == "jsonrpc":
        fault = {"error": {"data": {"name": "odoo.exceptions.UserError", "message": text}}}
    with pytest.raises(Rejected) as refused:
        connect(lambda request: request.result(fault), transport=transport).call("res.partner", "read", [7])
    assert refused.value.message == "It went wrong."


def test_what_an_answer_stumbles_over_is_in_no_traceback(connect: Connect) -> None:
    page = "<methodResponse><params><param><value><int>Secret</int></value></param></params></methodResponse>"
    client = connect(lambda request: request.page(page, media="text/xml"), transport="xmlrpc")
    with pytest.raises(Garbled) as caught:
        client.call("res.partner", "read", [7])
    assert "Secret" not in "".join(traceback.format_exception(caught.value))
