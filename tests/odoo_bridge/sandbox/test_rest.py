"""The REST module: what docs/rest-module.md says of it, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from tests.odoo_bridge.sandbox.conftest import User
from tests.odoo_bridge.sandbox.serving import Caller, serving
from tests.odoo_bridge.sandbox.test_http import Server

FORM = "application/x-www-form-urlencoded"
OFFICE = {"db": "sandbox", "login": "admin", "password": "admin"}


class Rest:
    """Somebody with a token, who sends JSON as the module's documentation does."""

    def __init__(self, caller: Caller, **credentials: str) -> None:
        self.caller = caller
        _status, given = caller.json("/api/auth/token", urlencode(credentials), "GET", **{"Content-Type": FORM})
        self.token: str = given["access_token"]

    def __call__(self, verb: str, path: str, **payload: Any) -> tuple[int, Any]:
        return self.caller.json(f"/api/{path}", payload, verb, **{"access-token": self.token})


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    with serving(sandbox, with_rest=True) as caller:
        yield caller


@pytest.fixture
def rest(caller: Caller) -> Rest:
    return Rest(caller, **OFFICE)


@pytest.mark.parametrize("place", ("body", "query", "headers"))
def test_a_token_is_given_for_login_and_password_wherever_they_stand(place: str, caller: Caller) -> None:
    path = "/api/auth/token" + ("?" + urlencode(OFFICE) if place == "query" else "")
    headers = OFFICE if place == "headers" else {}
    body = urlencode(OFFICE) if place == "body" else None
    status, given = caller.json(path, body, "GET", **{"Content-Type": FORM, **headers})
    assert (status, given["uid"], given["user_context"]["uid"], given["company_ids"]) == (200, 2, 2, [1])
    assert given["access_token"].startswith("access_token_")
    assert caller.json("/api/res.partner/1", {}, "GET", **{"access-token": given["access_token"]})[0] == 200


def test_a_key_does_for_a_password(caller: Caller) -> None:
    assert Rest(caller, db="sandbox", login="bridge", password=BRIDGE_KEY)("GET", "res.partner/1")[0] == 200


@pytest.mark.parametrize(
    ("credentials", "status", "kind"),
    [
        ({**OFFICE, "password": "wrong"}, 401, "Access denied"),
        ({**OFFICE, "login": "nobody"}, 401, "Access denied"),
        ({**OFFICE, "db": "nodb"}, 403, "wrong database name"),
        ({"login": "admin"}, 403, "missing error"),
    ],
)
def test_wrong_credentials_are_told_apart(credentials: dict[str, str], status: int, kind: str, caller: Caller) -> None:
    answered = caller.json("/api/auth/token", urlencode(credentials), "GET", **{"Content-Type": FORM})
    assert (answered[0], answered[1]["type"]) == (status, kind)


def test_the_same_token_is_given_until_it_is_deleted(caller: Caller, rest: Rest) -> None:
    assert Rest(caller, **OFFICE).token == rest.token
    status, answered = caller.json(
        "/api/auth/token", None, "DELETE", **{"Content-Type": FORM, "access-token": rest.token}
    )
    assert (status, answered) == (
        200,
        {"count": 1, "data": [{"desc": "access token successfully deleted", "delete": True}]},
    )
    assert rest("GET", "res.partner") == (
        401,
        {"type": "access_token", "message": "token seems to have expired or invalid"},
    )
    assert Rest(caller, **OFFICE).token != rest.token


def test_a_request_without_a_token_is_refused(caller: Caller) -> None:
    status, answered = caller.json("/api/res.partner", None, "GET", **{"Content-Type": FORM})
    assert (status, answered["type"]) == (401, "access_token_not_found")
    # Odoo itself answers JSON that comes to a route that is not for JSON.
    status, answered = caller.json("/api/res.partner", {}, "GET")
    assert (status, answered["error"]["code"]) == (200, 200)


def test_records_are_searched_with_literals(rest: Rest, office: User) -> None:
    made = [office("res.partner", "create", {"name": name, "ref": "rest"}) for name in ("Ann", "Bob", "Cid")]
    status, answered = rest(
        "GET",
        "res.partner",
        domain=f"[('ref', '=', 'rest'), ('id', '>', '{made[0] - 1}')]",
        fields="['id', 'name', 'parent_id']",
        order="name desc",
        limit=2,
        offset=1,
    )
    assert status == 200
    assert answered == {
        "count": 2,
        "data": [
            {"id": made[1], "name": "Bob", "parent_id": False},
            {"id": made[0], "name": "Ann", "parent_id": False},
        ],
    }


def test_one_record_is_read_by_its_id_with_moments_in_iso_form(rest: Rest, office: User) -> None:
    made = office("res.partner", "create", {"name": "Ann"})
    _status, answered = rest("GET", f"res.partner/{made}", fields="['name', 'write_date', 'company_id']")
    moment = office.one("res.partner", made, "write_date")["write_date"].replace(" ", "T")
    assert answered["data"] == [{"id": made, "name": "Ann", "write_date": moment, "company_id": False}]
    assert rest("GET", "res.partner/99999999") == (200, {"count": 0, "data": []})


def test_a_literal_is_no_program(rest: Rest) -> None:
    status, _headers, body = rest.caller.send(
        "/api/res.partner",
        {"domain": "__import__('os').getcwd()"},
        "GET",
        **{"access-token": rest.token},
    )
    assert (status, b"Internal Server Error" in body) == (500, True)


def test_a_record_is_made_with_lines_in_a_literal(rest: Rest, office: User) -> None:
    partner = office("res.partner", "create", {"name": "Ann"})
    lines = "[(0, 0, {'name': 'Visit', 'price_unit': 40, 'tax_ids': []})]"
    status, answered = rest(
        "POST", "account.move", partner_id=partner, move_type="out_invoice", __api__invoice_line_ids=lines
    )
    (move,) = answered["data"]
    assert (status, answered["count"], move["amount_total"], move["partner_id"]) == (200, 1, 40.0, [partner, "Ann"])


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"email": "a@example.com"}, "Contacts require a name"),
        ({"name": "Ann", "nofield": 1}, "nofield"),
        ({"name": "Ann", "__api__category_id": "open('x')"}, "malformed node or string"),
    ],
)
def test_a_record_that_is_refused_says_why(payload: dict[str, Any], says: str, rest: Rest) -> None:
    status, answered = rest("POST", "res.partner", **payload)
    assert (status, answered["type"]) == (401, "params")
    assert says in answered["message"]


def test_a_record_is_changed_as_odoobot(rest: Rest, office: User) -> None:
    made = office("res.partner", "create", {"name": "Ann"})
    status, answered = rest("PUT", f"res.partner/{made}", phone="123")
    assert (status, answered["data"][0]["phone"], answered["data"][0]["write_uid"][0]) == (200, "123", 1)
    status, answered = rest("PUT", f"res.partner/{made}", parent_id=made)
    assert (status, answered["type"]) == (401, "exception")


def test_a_form_that_carries_json_changes_nothing(rest: Rest, office: User) -> None:
    made = office("res.partner", "create", {"name": "Ann"})
    headers = {"Content-Type": FORM, "access-token": rest.token}
    status, answered = rest.caller.json(f"/api/res.partner/{made}", json.dumps({"name": "Eve"}), "PUT", **headers)
    assert (status, answered["data"][0]["name"]) == (200, "Ann")


def test_a_record_is_deleted(rest: Rest, office: User) -> None:
    made = office("res.partner", "create", {"name": "Ann"})
    assert rest("DELETE", f"res.partner/{made}") == (
        200,
        {"count": 1, "data": f"record {made} has been successfully deleted"},
    )
    assert office("res.partner", "search", [["id", "=", made]]) == []
    assert rest("DELETE", f"res.partner/{made}") == (
        404,
        {"type": "missing_record", "message": f"record object with id {made} could not be found"},
    )
    invoice = office.invoice()
    office("account.move", "action_post", [invoice])
    status, answered = rest("DELETE", f"account.move/{invoice}")
    assert (status, answered["type"]) == (503, "exception")


def test_a_method_is_called_by_path_or_by_name(rest: Rest, office: User) -> None:
    invoice = office.invoice()
    assert rest("PATCH", f"account.move/{invoice}", _method="action_post")[1]["count"] == 1
    assert office.one("account.move", invoice, "state")["state"] == "posted"
    headers = {"Content-Type": FORM, "access-token": rest.token}
    path = f"/api/account.move/{invoice}"
    status, answered = rest.caller.json(f"{path}/button_draft", None, "PATCH", **headers)
    assert (status, answered["data"]) == (200, f"record {invoice} has been successfully update")
    assert office.one("account.move", invoice, "state")["state"] == "draft"
    assert rest.caller.json(f"{path}/no_method", None, "PATCH", **headers)[0] == 404


def test_unknown_models_and_ids(rest: Rest) -> None:
    for verb in ("GET", "POST"):
        status, answered = rest(verb, "no.model")
        assert (status, answered["type"]) == (401, "invalid object model")
    assert rest("PUT", "no.model/1")[0] == 404
    headers = {"Content-Type": FORM, "access-token": rest.token}
    status, answered = rest.caller.json("/api/res.partner/abc", None, "DELETE", **headers)
    assert (status, answered["type"]) == (401, "invalid object id")


def test_the_rights_are_those_of_the_tokens_owner(caller: Caller) -> None:
    bridge = Rest(caller, db="sandbox", login="bridge", password="bridge")
    status, answered = bridge("GET", "ir.config_parameter")
    assert (status, answered["type"]) == (401, "Access error")
    assert bridge("POST", "res.country", name="Nowhere")[0] == 401


def test_faults_apply(sandbox: Sandbox, rest: Rest) -> None:
    rest.caller.json("/sandbox/faults", {"kind": "serialization", "model": "res.partner", "method": "create"})
    status, answered = rest("POST", "res.partner", name="Conflict")
    assert (status, answered["type"]) == (401, "params")
    rest.caller.json("/sandbox/faults", {"kind": "refuse", "model": "res.partner", "method": "search_read"})
    assert rest.caller.send("/api/res.partner", {}, "GET", **{"access-token": rest.token})[0] == 502
    assert sandbox.as_user(2, "res.partner", "search", [["name", "=", "Conflict"]]) == []


@pytest.mark.parametrize(
    ("options", "environ", "status"),
    [((), {}, 404), (("--rest",), {}, 200), ((), {"ODOO_SANDBOX_REST": "1"}, 200)],
)
def test_the_module_is_not_there_unless_asked_for(
    options: tuple[str, ...], environ: dict[str, str], status: int
) -> None:
    server = Server(17, *options, **environ)
    try:
        assert server.send("/api/auth/token", **OFFICE)[0] == status
    finally:
        server.stop()
