"""`load()`: a refused batch is an answer like any other, and must not be taken for success."""

from __future__ import annotations

import math
from typing import Any

import pytest

from odoo_bridge.client.loading import Loaded, loaded_from
from odoo_bridge.errors import Busy, Garbled, Rejected

from .conftest import Connect
from .recordings import Exchange, model_calls
from .wire import Wire

LOADS = [e for e in model_calls() if e.parameters()[2][4] == "load" and not e.faulty]
CONFLICT = {"record": 0, "rows": {"from": 0, "to": 1}, "message": "could not serialize access due to ...\n"}
NAMELESS = {
    "record": 1,
    "rows": {"from": 1, "to": 2},
    "type": "error",
    "message": "'Contacts require a name'",
}
COUNTRY = {"record": 2, "type": "error", "field": "country_id", "message": "No matching record found"}
WARNING = {"record": 5, "type": "warning", "field": "phone", "message": "Looks odd"}


def refused(*messages: dict[str, Any]) -> Loaded:
    return loaded_from({"ids": False, "messages": list(messages), "nextrow": 0}, "res.partner", 9)


@pytest.mark.parametrize("exchange", LOADS, ids=str)
def test_a_recorded_batch_is_either_loaded_or_refused_with_reasons(exchange: Exchange) -> None:
    answer = exchange.answer["result"] if exchange.transport == "jsonrpc" else exchange.answer
    loaded = loaded_from(answer, "res.partner", len(exchange.parameters()[2][5][1]))
    if answer["ids"]:
        assert loaded.raise_if_refused() == loaded.ids == answer["ids"]
        assert loaded
        assert not loaded.refused
        return
    assert not loaded
    assert loaded.refused
    assert len(loaded.messages) == len(answer["messages"]) > 0
    assert loaded.retryable == (exchange.source.startswith("concurrency"))
    with pytest.raises(Busy if loaded.retryable else Rejected) as caught:
        loaded.raise_if_refused()
    assert (caught.value.model, caught.value.method) == ("res.partner", "load")


def test_utc_is_sent_whatever_the_contexts_say(wire: Wire, connect: Connect) -> None:
    client = connect(
        lambda request: request.result({"ids": [1], "messages": [], "nextrow": 0}),
        context={"tz": "Europe/Brussels", "lang": "nl_BE"},
    )
    client.load("res.partner", ("id", "name"), [("a.b", "Ann")], context={"tz": "Asia/Tokyo", "x": 1})
    assert wire.calls == [
        [
            "res.partner",
            "load",
            [["id", "name"], [["a.b", "Ann"]]],
            {"context": {"lang": "nl_BE", "tz": "UTC", "x": 1}},
        ]
    ]


def test_a_refusal_names_the_rows_the_field_and_the_reason_without_odoos_quotes() -> None:
    loaded = refused(NAMELESS, COUNTRY, WARNING)
    first, second, warning = loaded.messages
    assert (first.record, first.rows_from, first.rows_to, first.field) == (1, 1, 2, None)
    assert first.message == "Contacts require a name"
    assert (second.rows_from, second.rows_to, second.field) == (2, 2, "country_id")
    assert warning.warning
    assert loaded.suspects == [1, 2]
    with pytest.raises(Rejected, match=r"^Contacts require a name$") as caught:
        loaded.raise_if_refused()
    assert caught.value.field is None


def test_a_conflict_between_transactions_is_to_be_repeated_and_blames_no_row() -> None:
    loaded = refused(CONFLICT)
    assert loaded.retryable
    assert loaded.suspects == []
    with pytest.raises(Busy):
        loaded.raise_if_refused()


def test_a_refusal_without_any_reason_is_still_a_refusal() -> None:
    for loaded in (refused(), refused(WARNING)):
        assert loaded.refused
        with pytest.raises(Rejected, match="without a reason"):
            loaded.raise_if_refused()


def test_an_empty_batch_is_not_a_refused_one() -> None:
    loaded = loaded_from({"ids": [], "messages": []}, "res.partner", 0)
    assert not loaded.refused
    assert loaded.raise_if_refused() == []


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"ids": [1]},
        {"ids": True, "messages": []},
        {"ids": None, "messages": []},
        {"ids": [1, False], "messages": []},
        {"ids": False, "messages": [{"record": "x", "message": "y"}]},
        {"ids": False, "messages": ["y"]},
        {"ids": False, "messages": [{"record": 1}]},
        {"ids": False, "messages": [{"message": "y", "rows": [1]}]},
        {"ids": False, "messages": [{"message": "y", "record": math.inf}]},
        {"ids": [], "messages": []},
        {"ids": [1, 2, 3], "messages": []},
    ],
)
def test_an_unreadable_answer_is_neither_success_nor_refusal(answer: Any) -> None:
    with pytest.raises(Garbled):
        loaded_from(answer, "res.partner", 2)


def test_a_complaint_about_rows_that_were_not_sent_is_cut_to_those_that_were() -> None:
    everywhere = {"record": 0, "rows": {"from": -(10**12), "to": 10**12}, "message": "no"}
    assert refused(everywhere).suspects == list(range(9))
