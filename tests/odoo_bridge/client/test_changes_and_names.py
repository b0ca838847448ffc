"""What changed in Odoo, what is called how, and what of all this is written down."""

from __future__ import annotations

import logging
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from odoo_bridge.client.typed import ATTRIBUTES
from odoo_bridge.errors import (
    Garbled,
    Rejected,
    Uncertain,
)

from .conftest import KEY, Connect
from .wire import Wire, answering


def test_fields_are_asked_for_once(wire: Wire, connect: Connect) -> None:
    client = connect(answering({"name": {"type": "char"}}))
    assert client.fields_get("res.partner") == client.fields_get("res.partner")
    client.fields_get("res.partner", ["type"])
    client.fields_get("res.users")
    asked = [(call[0], call[3]["attributes"]) for call in wire.calls]
    assert len(asked) == 3
    assert asked[0] == ("res.partner", list(ATTRIBUTES))
    assert asked[1] == ("res.partner", ["type"])


def test_changes_are_paged_by_id_within_a_fixed_window(wire: Wire, connect: Connect) -> None:
    client = connect(answering([{"id": 4}, {"id": 9}], [{"id": 12}], []))
    since = datetime(2026, 7, 1, 9, 0, 30, 999, tzinfo=timezone(timedelta(hours=2)))
    pages = client.changed_since(
        "res.partner", since, ["name"], domain=[["ref", "!=", False]], page=2, context={"lang": "nl_BE"}
    )
    assert list(pages) == [[{"id": 4}, {"id": 9}], [{"id": 12}]]
    window, mine = ["write_date", ">=", "2026-07-01 07:00:30"], ["ref", "!=", False]
    assert [call[2][0] for call in wire.calls] == [[window, ["id", ">", last], mine] for last in (0, 9, 12)]
    assert wire.calls[0][3] == {
        "limit": 2,
        "order": "id",
        "context": {"lang": "nl_BE", "active_test": False},
    }


def test_a_short_page_is_not_taken_for_the_last_one(connect: Connect) -> None:
    client = connect(answering([{"id": 1}], [{"id": 2}], []))
    assert len(list(client.changed_since("res.partner", datetime.now(UTC), ["name"], page=500))) == 2


def test_pages_that_do_not_advance_end_instead_of_going_on_for_ever(connect: Connect) -> None:
    client = connect(answering([{"id": 1}]))
    with pytest.raises(Garbled):
        list(client.changed_since("res.partner", datetime.now(UTC), ["name"]))


def test_changes_since_a_time_without_zone_are_refused_at_once(wire: Wire, connect: Connect) -> None:
    with pytest.raises(Rejected, match="since: a time without a time zone"):
        connect().changed_since("res.partner", datetime.now(UTC).replace(tzinfo=None), ["name"])
    assert wire.requests == []


def test_an_external_id_leads_to_its_record_archived_or_not(wire: Wire, connect: Connect) -> None:
    client = connect(answering(["res.partner", 7]))
    assert client.resolve("clinic_bridge.partner_1.2") == ("res.partner", 7)
    model, method, args, named = wire.calls[0]
    assert (model, method, args) == (
        "ir.model.data",
        "check_object_reference",
        ["clinic_bridge", "partner_1.2"],
    )
    assert named == {"context": {"active_test": False}}


NOT_FOUND = "External ID not found in the system: clinic_bridge.x"


@pytest.mark.parametrize(
    ("transport", "answer"),
    [
        ("jsonrpc", {"error": {"data": {"name": "builtins.ValueError", "message": NOT_FOUND}}}),
        (
            "xmlrpc",
            xmlrpc.client.Fault(1, f"Traceback (most recent call last):\n  x\nValueError: {NOT_FOUND}\n\n"),
        ),
        ("jsonrpc", ["res.partner", False]),
    ],
    ids=["unknown over JSON", "unknown over XML", "gone or hidden"],
)
def test_an_external_id_that_leads_nowhere_gives_none(transport: str, answer: Any, connect: Connect) -> None:
    assert connect(answering(answer), transport=transport).resolve("clinic_bridge.x") is None


def test_other_refusals_of_a_lookup_are_not_mistaken_for_not_found(connect: Connect) -> None:
    refusal = {"error": {"data": {"name": "builtins.ValueError", "message": "something else"}}}
    with pytest.raises(Rejected):
        connect(answering(refusal)).resolve("clinic_bridge.x")


@pytest.mark.parametrize("external_id", ["", "x", ".x", "x."])
def test_an_external_id_without_both_parts_is_refused(external_id: str, connect: Connect) -> None:
    with pytest.raises(Rejected, match=r"module\.name"):
        connect().resolve(external_id)


# ---- what is written down


def test_the_call_log_counts_but_never_tells(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused = {"ids": False, "messages": [{"record": 0, "message": "Secret Patient"}]}
    missing = {"error": {"data": {"name": "odoo.exceptions.UserError", "message": "Secret Patient"}}}
    client = connect(answering([1, 2, 3], refused, missing, True, {"name": {"type": "char"}}))
    client.search("res.partner", [["name", "=", "Secret Patient"]])
    client.load("res.partner", ["id", "name"], [["a.b", "Secret Patient"]])
    with pytest.raises(Rejected):
        client.create("res.partner", {"name": "Secret Patient"})
    client.write("res.partner", [1, 2], {"name": "Secret Patient"})
    client.fields_get("res.partner")
    lines = [record.getMessage() for record in caplog.records if record.name == "odoo_bridge.calls"]
    assert [line.partition(" ms=")[0] for line in lines] == [
        "res.partner.search records=3",
        "res.partner.load records=1",
        "res.partner.create records=1",
        "res.partner.write records=2",
        "res.partner.fields_get records=0",
    ]
    outcomes = [line.partition("outcome=")[2] for line in lines]
    assert outcomes == ["done", "refused", "Rejected", "done", "done"]
    assert "Secret" not in caplog.text
    assert KEY not in caplog.text


def test_the_key_is_shown_nowhere(connect: Connect) -> None:
    client = connect(lambda request: request.reset())
    with pytest.raises(Uncertain) as caught:
        client.create("res.partner", {"name": "Ann"})
    error: BaseException | None = caught.value
    while error:
        assert KEY not in f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert KEY not in repr(client)
    assert "bridge" in repr(client)


def test_a_closed_client_opens_new_connections_when_it_is_used_again(connect: Connect) -> None:
    client = connect(answering([1]))
    client.search("res.partner", [])
    client.close()
    assert client.search("res.partner", []) == [1]


def test_threads_share_a_client_without_mixing_up_their_answers(connect: Connect) -> None:
    client = connect(lambda request: request.result(request.call()[2][5][0]))
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda number: client.call("res.partner", "echo", number), range(400)))
    assert numbers == list(range(400))


def test_a_transport_that_does_not_exist_is_refused(connect: Connect) -> None:
    with pytest.raises(Rejected, match="auto, xmlrpc, jsonrpc, json2, rest"):
        connect(transport="carrier pigeon")
