"""Web sessions, and the API keys that are made in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, BRIDGE_UID, OdooError, Sandbox
from odoo_bridge.sandbox.errors import AccessDenied
from tests.odoo_bridge.sandbox.conftest import Clock, User
from tests.odoo_bridge.sandbox.serving import Caller, serving


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    with serving(sandbox) as caller:
        yield caller


def make_key(caller: Caller, version: int, **description: Any) -> dict[str, Any]:
    """The answer to the last of the calls that make a key."""
    name = "res.users.apikeys.description"
    made = caller.call_kw(name, "create", {"name": "bridge rpc", **description})["result"]
    action = caller.call_kw(name, "make_key", [made])["result"]
    assert action["res_model"] == "res.users.identitycheck"
    return check(caller, version, action["res_id"], "bridge")


def check(caller: Caller, version: int, wizard: int, password: str) -> dict[str, Any]:
    if version == 19:
        return caller.call_kw("res.users.identitycheck", "run_check", [wizard], context={"password": password})
    caller.call_kw("res.users.identitycheck", "write", [wizard], {"password": password})
    return caller.call_kw("res.users.identitycheck", "run_check", [wizard])


def error(answered: dict[str, Any]) -> tuple[int, str, str]:
    data = answered["error"]["data"]
    return answered["error"]["code"], data["name"], data["message"]


def test_a_session_knows_who_signed_in_until_it_is_destroyed(caller: Caller, sandbox: Sandbox) -> None:
    info = caller.sign_in(sandbox, "bridge", "bridge")["result"]
    assert (info["uid"], info["username"], info["is_admin"], info["db"]) == (6, "bridge", False, "sandbox")
    assert info["server_version_info"][0] == 17
    assert info["user_context"] == {"lang": "en_US", "tz": False, "uid": 6}
    assert caller.web("/web/session/get_session_info")["result"] == info
    assert caller.call_kw("res.partner", "search", [["id", "=", 1]])["result"] == [1]
    assert caller.web("/web/session/destroy") == {"jsonrpc": "2.0", "id": 1}
    for answered in (caller.web("/web/session/get_session_info"), caller.call_kw("res.partner", "search", [])):
        assert answered["id"] is None
        assert answered["error"]["message"] == "Odoo Session Expired"
        assert error(answered) == (100, "odoo.http.SessionExpiredException", "Session expired")


@pytest.mark.parametrize("password", ("wrong", BRIDGE_KEY))
def test_neither_a_wrong_password_nor_a_key_opens_a_session(password: str, caller: Caller, sandbox: Sandbox) -> None:
    answered = caller.sign_in(sandbox, "bridge", password)
    assert error(answered) == (200, "odoo.exceptions.AccessDenied", "Access Denied")
    assert caller.cookie == ""


def test_a_wrong_database_and_a_missing_password(caller: Caller) -> None:
    answered = caller.web("/web/session/authenticate", db="nodb", login="admin", password="admin")
    assert error(answered) == (200, "odoo.exceptions.AccessError", "Database not found.")
    answered = caller.web("/web/session/authenticate", db="sandbox", login="admin")
    message = "Session.authenticate() missing 1 required positional argument: 'password'"
    assert error(answered) == (200, "builtins.TypeError", message)


def test_what_needs_no_session(caller: Caller) -> None:
    assert caller.web("/web/webclient/version_info")["result"]["server_serie"] == "17.0"
    assert caller.web("/web/database/list")["result"] == ["sandbox"]
    assert caller.send("/web/webclient/version_info", b"{broken")[::2] == (400, b"Invalid JSON data")
    status, _headers, page = caller.send("/web/webclient/version_info", b"{}", **{"Content-Type": "text/plain"})
    assert (status, b"is type=&#39;json&#39;" in page) == (400, True)


def test_methods_are_called_as_whoever_signed_in(caller: Caller, sandbox: Sandbox) -> None:
    caller.sign_in(sandbox, "admin", "admin")
    made = caller.call_kw("res.partner", "create", {"name": "Ann"})["result"]
    (row,) = caller.call_kw("res.partner", "read", [made], ["create_uid", "name"])["result"]
    assert row == {"id": made, "create_uid": [2, "Administrator"], "name": "Ann"}
    assert error(caller.call_kw("no.model", "search", [])) == (200, "builtins.KeyError", "no.model")
    assert error(caller.call_kw("res.partner", "_write", [made], {}))[1] == "odoo.exceptions.AccessError"
    plain = caller.web("/web/dataset/call_kw", model="res.partner", method="search_count", args=[[]], kwargs={})
    assert plain["result"] > 1


def test_a_button_answers_an_action_or_false(caller: Caller, sandbox: Sandbox, office: User) -> None:
    caller.sign_in(sandbox, "admin", "admin")
    invoice = office.invoice()
    button = {"model": "account.move", "method": "action_post", "args": [[invoice]], "kwargs": {}}
    assert caller.web("/web/dataset/call_button", **button)["result"] is False
    assert office.one("account.move", invoice, "state")["state"] == "posted"
    context = {"active_model": "account.move", "active_ids": [invoice]}
    wizard = office("account.payment.register", "create", {}, context=context)
    button = {"model": "account.payment.register", "method": "action_create_payments", "args": [[wizard]]}
    shown = caller.web("/web/dataset/call_button", **button, kwargs={})["result"]
    assert shown["res_model"] == "account.payment"


def test_faults_apply_to_methods_called_in_a_session(caller: Caller, sandbox: Sandbox) -> None:
    caller.sign_in(sandbox, "admin", "admin")
    caller.send("/sandbox/faults", {"kind": "serialization", "method": "write"})
    answered = caller.call_kw("res.partner", "write", [1], {"ref": "x"})
    assert error(answered)[1] == "psycopg2.errors.SerializationFailure"
    caller.send("/sandbox/faults", {"kind": "refuse", "method": "write"})
    body = {"params": {"model": "res.partner", "method": "write", "args": [[1], {}], "kwargs": {}}}
    assert caller.send("/web/dataset/call_kw", body)[0] == 502


@pytest.mark.parametrize("version", (16, 17, 19))
def test_a_new_key_opens_rpc_and_json2_but_no_session(
    version: int, caller: Caller, sandbox: Sandbox, clock: Clock
) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    duration = {"duration": "90"} if version == 19 else {}
    key = make_key(caller, version, **duration)["result"]["context"]["default_key"]
    assert sandbox.authenticate("sandbox", "bridge", key) == BRIDGE_UID
    assert User(sandbox, BRIDGE_UID, key)("res.partner", "search", [["id", "=", 1]]) == [1]
    status = caller.send("/json/2/res.users/context_get", {}, Authorization=f"bearer {key}")[0]
    assert status == (200 if version == 19 else 404)
    assert "error" in caller.sign_in(sandbox, "bridge", key)


@pytest.mark.parametrize("version", (17, 19))
def test_a_wrong_password_makes_no_key(version: int, caller: Caller, sandbox: Sandbox) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    made = caller.call_kw("res.users.apikeys.description", "create", {"name": "x"})["result"]
    wizard = caller.call_kw("res.users.apikeys.description", "make_key", [made])["result"]["res_id"]
    for wrong in ("wrong", BRIDGE_KEY):
        assert "Incorrect Password" in error(check(caller, version, wizard, wrong))[2]
    assert User(sandbox, BRIDGE_UID, BRIDGE_KEY)("res.users.apikeys", "search_count", []) == 1


def test_the_password_counts_for_ten_minutes(caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    make_key(caller, 17)
    name = "res.users.apikeys.description"
    made = caller.call_kw(name, "create", {"name": "second"})["result"]
    clock.advance(599)
    assert caller.call_kw(name, "make_key", [made])["result"]["res_model"] == "res.users.apikeys.show"
    made = caller.call_kw(name, "create", {"name": "third"})["result"]
    clock.advance(2)
    assert caller.call_kw(name, "make_key", [made])["result"]["res_model"] == "res.users.identitycheck"


def test_a_key_can_be_taken_back_by_its_owner_only(caller: Caller, sandbox: Sandbox, office: User) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    key = make_key(caller, 17)["result"]["context"]["default_key"]
    first, second = office("res.users.apikeys", "search", [])
    assert caller.call_kw("res.users.apikeys", "remove", [second])["result"] == {"type": "ir.actions.act_window_close"}
    with pytest.raises(AccessDenied):
        User(sandbox, BRIDGE_UID, key)("res.partner", "search", [])
    sandbox._connection.execute("UPDATE res_users_apikeys SET user_id = 2")
    assert "You can not remove API keys" in error(caller.call_kw("res.users.apikeys", "remove", [first]))[2]
    bridge = User(sandbox, BRIDGE_UID, BRIDGE_KEY)
    assert bridge("res.users.apikeys", "search_count", []) == 0


@pytest.mark.parametrize("version", (19,))
def test_a_key_ends_at_midnight_after_its_days(version: int, caller: Caller, sandbox: Sandbox, clock: Clock) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    key = make_key(caller, version, duration="90")["result"]["context"]["default_key"]
    bridge = User(sandbox, BRIDGE_UID, key)
    row = bridge("res.users.apikeys", "search_read", [["name", "=", "bridge rpc"]], ["expiration_date"])[0]
    assert row["expiration_date"] == "2027-02-20 00:00:00"
    clock.advance(90 * 24 * 3600 - 9 * 3600)
    assert sandbox.owner_of_key(key) == BRIDGE_UID
    clock.advance(2 * 3600)
    assert sandbox.owner_of_key(key) is None
    with pytest.raises(AccessDenied):
        bridge("res.partner", "search", [])


@pytest.mark.parametrize("version", (19,))
@pytest.mark.parametrize(("duration", "says"), [("180", "exceed 90"), ("0", "must have an expiration date")])
def test_who_does_not_administer_may_not_make_a_lasting_key(
    version: int, duration: str, says: str, caller: Caller, sandbox: Sandbox
) -> None:
    caller.sign_in(sandbox, "bridge", "bridge")
    assert says in error(make_key(caller, version, duration=duration))[2]
    assert User(sandbox, BRIDGE_UID, BRIDGE_KEY)("res.users.apikeys", "search_count", []) == 1


def test_a_check_belongs_to_a_session(bridge: User) -> None:
    with pytest.raises(OdooError, match="can only be accessed over HTTP"):
        bridge("res.users.identitycheck", "run_check", [1])


def test_the_bootstrap_names_a_database_that_opens(caller: Caller) -> None:
    with ServerProxy(f"{caller.url}/start") as start:
        info: Any = start.start()
        with pytest.raises(Fault, match="Method not found"):
            start.stop()
    assert info["host"] == caller.url
    with ServerProxy(f"{info['host']}/xmlrpc/2/common") as common:
        assert common.authenticate(info["database"], info["user"], info["password"], {}) == 2


def test_a_file_of_an_earlier_sandbox_gets_what_came_since(tmp_path: Path) -> None:
    path = str(tmp_path / "odoo.sqlite3")
    first = Sandbox(path=path)
    made = first.as_user(2, "res.partner", "create", {"name": "Ann"})
    for statement in ("DROP TABLE res_users_apikeys", "ALTER TABLE sandbox_secret DROP COLUMN expires"):
        first._connection.execute(statement)
    first.close()
    second = Sandbox(path=path)
    bridge = User(second, BRIDGE_UID, BRIDGE_KEY)
    assert bridge.one("res.partner", made, "name")["name"] == "Ann"
    assert bridge("res.users.apikeys", "search", []) == []
    second.close()
