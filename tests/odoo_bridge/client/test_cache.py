"""What changes slowly is asked for once in a while, and forgotten when told so."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.cache import Remembered
from odoo_bridge.client.domains import F
from odoo_bridge.errors import Garbled, Rejected

from .conftest import Connect
from .served import sandbox_client
from .wire import Request, Wire


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module", params=[16, 17, 19])
def odoo(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client that asks for nothing by itself, so that calls can be counted."""
    with sandbox_client(request.param, checks_fields=False) as client:
        yield client


@pytest.fixture
def count(caplog: pytest.LogCaptureFixture) -> Callable[[], int]:
    caplog.set_level(logging.INFO, "odoo_bridge.calls")
    return lambda: sum(record.name == "odoo_bridge.calls" for record in caplog.records)


def test_the_second_question_is_answered_from_memory(odoo: Client, count: Callable[[], int]) -> None:
    memory = Remembered(odoo)
    belgium = memory.reference("res.country", "code", "BE")
    assert odoo.read("res.country", [belgium or 0], ["code"])[0]["code"] == "BE"
    calls = count()
    for _ in range(3):
        assert memory.reference("res.country", "code", "BE") == belgium
    assert count() == calls
    assert memory.reference("res.country", "code", "NL") not in (None, belgium)
    assert count() == calls + 1
    assert memory.fields_get("res.country")["code"]["type"] == "char"
    assert memory.fields_get("res.country") is memory.fields_get("res.country")
    assert count() == calls + 2


def test_answers_are_kept_for_their_time_and_no_longer(odoo: Client, count: Callable[[], int]) -> None:
    clock = Clock()
    memory = Remembered(odoo, ttl=60, clock=clock)
    memory.reference("res.country", "code", "BE")
    clock.now = 59
    memory.reference("res.country", "code", "BE")
    assert count() == 1
    clock.now = 61
    memory.reference("res.country", "code", "BE")
    assert count() == 2


def test_an_answer_that_expires_while_it_is_looked_up_is_asked_for_anew(odoo: Client) -> None:
    memory = Remembered(odoo, ttl=1, clock=itertools.count(step=0.4).__next__)
    for _ in range(20):
        assert memory.reference("res.country", "code", "BE")


def test_fields_without_a_type_are_no_answer(connect: Connect) -> None:
    with pytest.raises(Garbled):
        connect(lambda request: request.result({"name": {"string": "Name"}})).fields_get("res.partner")


def test_forgetting_is_by_model_or_of_all(odoo: Client, count: Callable[[], int]) -> None:
    memory = Remembered(odoo)

    def ask() -> int:
        before = count()
        memory.reference("res.country", "code", "BE")
        memory.reference("res.currency", "name", "EUR")
        return count() - before

    assert ask() == 2
    assert ask() == 0
    memory.forget("res.country")
    assert ask() == 1
    memory.forget()
    assert ask() == 2


def test_what_is_not_there_yet_is_asked_for_again(odoo: Client) -> None:
    memory, name = Remembered(odoo), uuid4().hex
    assert memory.reference("res.partner.category", "name", name) is None
    tag = odoo.create("res.partner.category", {"name": name})
    assert memory.reference("res.partner.category", "name", name) == tag


def test_two_records_with_the_same_code_are_no_answer(odoo: Client) -> None:
    memory, ref = Remembered(odoo), uuid4().hex
    one, two = odoo.create(
        "res.partner", [{"name": "a", "ref": ref, "color": 1}, {"name": "b", "ref": ref, "color": 2}]
    )
    with pytest.raises(Rejected, match=r"Several records of res\.partner have that ref") as caught:
        memory.reference("res.partner", "ref", ref)
    assert caught.value.field == "ref"
    assert memory.reference("res.partner", "ref", ref, F("color") == 1) == one
    assert memory.reference("res.partner", "ref", ref, F("color") == 2) == two


def test_rows_are_the_callers_own(odoo: Client, count: Callable[[], int]) -> None:
    memory = Remembered(odoo)
    rows = memory.rows("account.journal", ["code"], F("type") == "sale")
    kept = [dict(row) for row in rows]
    rows[0]["code"] = "changed"
    rows.clear()
    assert memory.rows("account.journal", ["code"], F("type") == "sale") == kept
    assert kept
    assert count() == 1


def test_an_answer_on_its_way_while_all_is_forgotten_is_not_kept(connect: Connect, wire: Wire) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(request: Request) -> None:
        asked.set()
        assert go_on.wait(5)
        request.result([len(wire.calls)])

    memory = Remembered(connect(answer))
    found: list[int | None] = []
    thread = threading.Thread(target=lambda: found.append(memory.reference("res.country", "code", "BE")))
    thread.start()
    assert asked.wait(5)
    memory.forget("res.country")
    go_on.set()
    thread.join()
    assert found == [1]
    assert memory.reference("res.country", "code", "BE") == 2
    assert memory.reference("res.country", "code", "BE") == 2


def test_threads_may_share_the_memory(odoo: Client) -> None:
    memory = Remembered(odoo, size=3)
    codes = ["BE", "NL", "DE", "FR", "IE", "US"]
    expected = {code: odoo.search("res.country", [["code", "=", code]])[0] for code in codes}
    wrong: list[object] = []

    def work(start: int) -> None:
        for number in range(40):
            code = codes[(start + number) % len(codes)]
            if number % 10 == 0:
                memory.forget()
            found = memory.reference("res.country", "code", code)
            if found != expected[code]:
                wrong.append((code, found))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
