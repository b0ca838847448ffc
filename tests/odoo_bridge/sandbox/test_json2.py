"""JSON-2: what the recordings do not show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from tests.odoo_bridge.sandbox.conftest import Clock, User
from tests.odoo_bridge.sandbox.serving import Caller, serving

KEY = {"Authorization": f"Bearer {BRIDGE_KEY}"}


@pytest.fixture
def version() -> int:
    return 19


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    with serving(sandbox) as caller:
        yield caller


def call(caller: Caller, model: str, method: str, **named: Any) -> tuple[int, Any]:
    return caller.json(f"/json/2/{model}/{method}", named, **KEY)


@pytest.mark.parametrize("older", (16, 17, 18))
def test_older_versions_have_no_such_path(older: int) -> None:
    sandbox = Sandbox(older)
    with serving(sandbox) as caller:
        assert caller.send("/json/2/res.partner/search", {"domain": []}, **KEY)[0] == 404
    sandbox.close()


@pytest.mark.parametrize("secret", ("bridge", "admin", "", BRIDGE_KEY[:-1]))
def test_only_a_key_opens_it(secret: str, caller: Caller) -> None:
    status, answered = caller.json(
        "/json/2/res.partner/search", {"domain": []}, Authorization=f"bearer {secret}", Cookie="session_id=x"
    )
    assert (status, answered["name"]) == (401, "werkzeug.exceptions.Unauthorized")


def test_a_key_of_somebody_who_left_opens_nothing(caller: Caller, office: User) -> None:
    assert call(caller, "res.users", "context_get")[0] == 200
    office("res.users", "write", [6], {"active": False})
    assert call(caller, "res.users", "context_get")[0] == 401


@pytest.mark.parametrize("every", (16, 17, 18, 19))
def test_everybody_may_ask_for_the_own_context(every: int) -> None:
    sandbox = Sandbox(every)
    assert User(sandbox, 6, BRIDGE_KEY)("res.users", "context_get") == {"lang": "en_US", "tz": False, "uid": 6}
    sandbox.close()


def test_a_new_record_is_a_list_and_ids_may_be_left_out(caller: Caller) -> None:
    status, (made,) = call(caller, "res.partner", "create", vals_list={"name": "Ann"})
    assert status == 200
    assert call(caller, "res.partner", "read", ids=[made], fields=["name"]) == (200, [{"id": made, "name": "Ann"}])
    assert call(caller, "res.partner", "read", fields=["name"]) == (200, [])
    assert call(caller, "res.partner", "action_archive", ids=[made]) == (200, None)
    found = [["id", "=", made]]
    assert call(caller, "res.partner", "search", domain=found) == (200, [])
    assert call(caller, "res.partner", "search", domain=found, context={"active_test": False}) == (200, [made])


def test_the_methods_are_documented_for_administrators_only(caller: Caller, sandbox: Sandbox) -> None:
    path = "/doc-bearer/res.partner.json"
    assert caller.send(path, method="GET")[0] == 401
    assert caller.send(path, method="GET", **KEY)[0] == 403
    sandbox._connection.execute("UPDATE sandbox_secret SET is_admin = 1 WHERE uid = 6")
    status, described = caller.json(path, method="GET", **KEY)
    assert (status, described["name"], described["fields"]["name"]["type"]) == (200, "Contact", "char")
    search, write = described["methods"]["search"], described["methods"]["write"]
    assert (list(search["parameters"]), search["api"]) == (["domain", "offset", "limit", "order"], ["model"])
    assert (list(write["parameters"]), write["api"]) == (["vals"], [])
    assert "_write" not in described["methods"]
    assert caller.send("/doc-bearer/no.model.json", method="GET", **KEY)[0] == 404


def arm(caller: Caller, kind: str, method: str, **more: Any) -> None:
    fault = {"kind": kind, "model": "res.partner", "method": method, **more}
    assert caller.send("/sandbox/faults", fault)[0] == 200


@pytest.mark.parametrize(("kind", "status", "starts"), [("refuse", 502, b"<html>"), ("html", 200, b"<!DOCTYPE")])
def test_a_proxy_can_answer_instead(kind: str, status: int, starts: bytes, caller: Caller) -> None:
    arm(caller, kind, "search")
    answered = caller.send("/json/2/res.partner/search", {"domain": []}, **KEY)
    assert (answered[0], answered[2][: len(starts)]) == (status, starts)


@pytest.mark.parametrize(("kind", "happened"), [("reset_before", False), ("reset_after", True)])
def test_a_connection_can_be_dropped(kind: str, happened: bool, caller: Caller, office: User) -> None:
    arm(caller, kind, "create")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        call(caller, "res.partner", "create", vals_list={"name": kind})
    assert bool(office("res.partner", "search", [["name", "=", kind]])) is happened


def test_an_answer_can_be_cut_and_the_work_is_done(caller: Caller, office: User) -> None:
    arm(caller, "truncate", "create")
    _status, _headers, body = caller.send("/json/2/res.partner/create", {"vals_list": [{"name": "Cut"}]}, **KEY)
    (made,) = office("res.partner", "search", [["name", "=", "Cut"]])
    assert body in f"[{made}]".encode()
    assert len(body) < len(f"[{made}]")


def test_a_call_can_be_slow_after_its_transaction_began(caller: Caller, clock: Clock, office: User) -> None:
    arm(caller, "delay", "create", seconds=0.3)
    impatient = urllib3.PoolManager(retries=False)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        impatient.request(
            "POST",
            f"{caller.url}/json/2/res.partner/create",
            json={"vals_list": {"name": "Late"}},
            headers=KEY,
            timeout=0.1,
        )
    impatient.clear()
    assert office("res.partner", "search", [["name", "=", "Late"]]) == []
    clock.advance(60)
    time.sleep(0.6)
    found = office("res.partner", "search", [["name", "=", "Late"]])
    assert office.one("res.partner", found[0], "write_date")["write_date"] == "2026-11-22 08:00:00"


def test_a_conflict_is_an_error_and_a_message_in_load(caller: Caller) -> None:
    arm(caller, "serialization", "write")
    status, error = call(caller, "res.partner", "write", ids=[1], vals={"ref": "x"})
    assert (status, error["name"]) == (500, "psycopg2.errors.SerializationFailure")
    arm(caller, "serialization", "load")
    status, answered = call(caller, "res.partner", "load", fields=["id", "name"], data=[["c.1", "A"], ["c.2", "B"]])
    assert (status, answered["ids"]) == (200, False)
    assert [m["record"] for m in answered["messages"]] == [0, 1]
