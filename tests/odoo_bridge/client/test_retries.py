"""What is repeated, after which pause, and above all what is never sent twice: on real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.conduct import Conduct
from odoo_bridge.client.retries import READS, Retries
from odoo_bridge.errors import (
    Busy,
    Denied,
    Garbled,
    Incompatible,
    Missing,
    OdooError,
    Rejected,
    Retry,
    Uncertain,
    Unreachable,
)
from odoo_bridge.transports.http import Timeout

from .conftest import KEY
from .wire import Answer, Request, Wire

CONFLICT = {"error": {"data": {"name": "psycopg2.errors.SerializationFailure", "message": "could not serialize"}}}

HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"

LOST: dict[str, Answer] = {
    "reset": lambda request: request.reset(),
    "cut off": lambda request: (request.send(HALF), request.reset())[-1],
    "closed": lambda request: request.sock.shutdown(2),
    "a proxy's error": lambda request: request.page("<html>502</html>", status="502 Bad Gateway"),
    "another language": lambda request: request.page("<html>Hello</html>"),
    "half an answer": lambda request: request.page('{"jsonrpc": "2.0"', media="application/json"),
}


def steady_client(url: str, retries: Retries) -> Client:
    """A client that repeats what may be repeated."""
    return Client(
        url,
        "clinic",
        "bridge",
        KEY,
        transport="jsonrpc",
        timeout=Timeout(connect=1, read=5),
        conduct=Conduct(retries=retries),
        checks_fields=False,
    )


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def steady(wire: Wire, pauses: list[float]) -> Any:
    retries = Retries(attempts=4, base=1, cap=3, sleep=pauses.append, spread=lambda seconds: seconds)
    with steady_client(wire.url, retries) as client:
        yield client


def first(*failures: Answer, then: Any = True) -> Answer:
    """Fail that way, once each, and then answer."""
    left = list(failures)

    def answer(request: Request) -> None:
        if left:
            left.pop(0)(request)
        else:
            request.result(then)

    return answer


def busy(request: Request) -> None:
    request.result(CONFLICT)


WRITING: dict[str, Callable[[Client], Any]] = {
    "create": lambda client: client.create("res.partner", {"name": "Ann"}),
    "write": lambda client: client.write("res.partner", [1], {"name": "Ann"}),
    "unlink": lambda client: client.unlink("res.partner", [1]),
    "load": lambda client: client.load("res.partner", ["id", "name"], [["a.b", "Ann"]]),
    "action_post": lambda client: client.call("account.move", "action_post", [1]),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("method", WRITING)
def test_a_lost_answer_to_what_writes_is_never_sent_twice(
    method: str, how: str, wire: Wire, steady: Client, pauses: list[float]
) -> None:
    wire.answer = LOST[how]
    with pytest.raises(Uncertain):
        WRITING[method](steady)
    assert [call[1] for call in wire.calls] == [method]
    assert pauses == []


@pytest.mark.parametrize("how", LOST)
def test_a_lost_answer_to_a_question_is_asked_again(how: str, wire: Wire, steady: Client, pauses: list[float]) -> None:
    wire.answer = first(LOST[how], LOST[how], then=[7])
    assert steady.search("res.partner", []) == [7]
    assert [call[1] for call in wire.calls] == ["search"] * 3
    assert pauses == [1, 2]


@pytest.mark.parametrize("method", WRITING)
def test_what_odoo_rolled_back_is_sent_again(method: str, wire: Wire, steady: Client) -> None:
    wire.answer = first(busy, then={"ids": [1], "messages": []} if method == "load" else 7)
    WRITING[method](steady)
    assert [call[1] for call in wire.calls] == [method] * 2


def test_odoo_says_how_long_to_wait(wire: Wire, steady: Client, pauses: list[float]) -> None:
    def closed(request: Request) -> None:
        request.page("", status="503 Service Unavailable", Retry_After="7")

    wire.answer = first(closed, then=7)
    assert steady.create("res.partner", {"name": "Ann"}) == 7
    assert pauses == [7]


def test_a_wait_beyond_patience_is_left_to_the_caller(wire: Wire, steady: Client, pauses: list[float]) -> None:
    wire.answer = lambda request: request.page("", status="503 Service Unavailable", Retry_After="3600")
    with pytest.raises(Busy) as caught:
        steady.search("res.partner", [])
    assert caught.value.retry_after == 3600
    assert len(wire.calls) == 1
    assert pauses == []


def test_after_the_last_attempt_the_error_rises_as_it_is(wire: Wire, steady: Client, pauses: list[float]) -> None:
    wire.answer = busy
    with pytest.raises(Busy) as caught:
        steady.search("res.partner", [])
    assert (caught.value.model, caught.value.method) == ("res.partner", "search")
    assert len(wire.calls) == 4
    assert pauses == [1, 2, 3]


def test_a_refusal_is_not_asked_for_again(wire: Wire, steady: Client) -> None:
    refused = {"error": {"data": {"name": "odoo.exceptions.UserError", "message": "No."}}}
    wire.answer = lambda request: request.result(refused)
    with pytest.raises(Rejected):
        steady.search("res.partner", [])
    assert len(wire.calls) == 1


def test_nobody_there_is_tried_again(pauses: list[float]) -> None:
    retries = Retries(attempts=3, sleep=pauses.append)
    with steady_client("http://127.0.0.1:1", retries) as client, pytest.raises(Unreachable):
        client.create("res.partner", {"name": "Ann"})
    assert len(pauses) == 2


ERRORS: list[OdooError] = [
    Unreachable("x"),
    Uncertain("x"),
    Garbled("x"),
    Busy("x"),
    Denied("x", reason="rights"),
    Rejected("x"),
    Missing("x"),
    Incompatible("x"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", ["search", "create", "action_confirm", "web_save"])
def test_the_decision_is_that_of_the_error(error: OdooError, method: str) -> None:
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        raise error

    with pytest.raises(OdooError):
        Retries(attempts=2, sleep=lambda seconds: None).run(method, attempt)
    repeated = error.retry is Retry.LATER or (error.retry is Retry.LOOK and method in READS)
    assert len(attempts) == (2 if repeated else 1)


def test_another_exception_is_not_repeated() -> None:
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        json.loads("{")

    with pytest.raises(ValueError, match="Expecting"):
        Retries(sleep=lambda seconds: None).run("search", attempt)
    assert len(attempts) == 1


def test_pauses_are_a_random_part_of_a_doubling_time() -> None:
    def attempt() -> None:
        raise Busy("x")

    longest = [0.0] * 5
    distinct: set[float] = set()
    for _ in range(300):
        pauses: list[float] = []
        with pytest.raises(Busy):
            Retries(attempts=6, base=1, cap=8, sleep=pauses.append).run("search", attempt)
        longest = [max(pair) for pair in zip(longest, pauses, strict=True)]
        distinct.update(pauses)
        assert all(0 <= pause <= most for pause, most in zip(pauses, [1, 2, 4, 8, 8], strict=True))
    assert len(distinct) > 1000
    assert all(most * 0.9 < seen for seen, most in zip(longest, [1, 2, 4, 8, 8], strict=True))
