"""JSON-2: the calls of the client as a real Odoo 19 was recorded to be asked, and its answers and errors."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Busy, Denied, Garbled, Incompatible, Missing, OdooError, Rejected, Uncertain, Unreachable

from .conftest import KEY, Connect
from .recordings import Exchange, json2_exchanges
from .wire import USER, Answer, Request, Wire, serving

CREDENTIALS, RIGHTS = (Denied, "credentials"), (Denied, "rights")
FAULTS: dict[str, tuple[type[OdooError], str | None]] = {
    "bad key": CREDENTIALS,
    "no Authorization header": CREDENTIALS,
    "Basic auth scheme instead of bearer": CREDENTIALS,
    "wrong database header": (Denied, "database"),
    "unknown model": (Incompatible, None),
    "unknown method": (Incompatible, None),
    "private method": RIGHTS,
    "missing record (write)": (Missing, None),
    "validation error (python constraint)": (Rejected, None),
    "check constraint (no name)": (Rejected, None),
    "user error": (Rejected, None),
    "access error (model ACL)": RIGHTS,
    "access error (ir.model.data)": RIGHTS,
    "missing required arg": (Incompatible, None),
    "unexpected arg": (Incompatible, None),
    "ids on an @api.model method": (Incompatible, None),
    "invalid field in create": (Incompatible, None),
    "invalid field in domain": (Incompatible, None),
    "bad type value": (Rejected, None),
    "serialization conflict (json2)": (Busy, None),
}


def asked(exchange: Exchange) -> tuple[str, str, dict[str, Any]]:
    """Model, method and named arguments of a recorded request."""
    model, method = exchange.request["path"].rsplit("/", 2)[1:]
    return model, method, exchange.request["body"]


@pytest.fixture
def json2(connect: Connect) -> Client:
    client = connect(transport="json2")
    assert client.uid == USER
    return client


RETURNED = [exchange for exchange in json2_exchanges() if not exchange.faulty]
FAULTY = [exchange for exchange in json2_exchanges() if exchange.faulty]


@pytest.mark.parametrize("exchange", RETURNED, ids=str)
def test_a_recorded_call_is_sent_and_read_as_it_was(exchange: Exchange, json2: Client, wire: Wire) -> None:
    wire.answer, wire.everything = exchange.replay, True
    wire.requests.clear()
    model, method, body = asked(exchange)
    result = json2.call(model, method, **body)
    sent = wire.requests[-1]
    assert sent.path == exchange.request["path"]
    assert sent.call()[2][6] == body
    assert sent.headers["authorization"] == f"bearer {KEY}"
    assert sent.headers["x-odoo-database"] == "clinic"
    single = method == "create" and isinstance(body["vals_list"], dict)
    assert result == (exchange.answer[0] if single else exchange.answer)


@pytest.mark.parametrize("exchange", FAULTY, ids=str)
def test_a_recorded_error_becomes_the_one_that_says_what_to_do(exchange: Exchange, json2: Client, wire: Wire) -> None:
    wire.answer = exchange.replay
    model, method, body = asked(exchange)
    kind, detail = FAULTS[exchange.label]
    with pytest.raises(OdooError) as caught:
        json2.call(model, method, **body)
    error = caught.value
    assert type(error) is kind
    assert detail == getattr(error, "reason", getattr(error, "field", None))
    assert (error.model, error.method) == (model, method)
    assert "Traceback" not in error.message
    assert 10 < len(error.message) <= 500


def test_every_recorded_error_is_expected_and_every_expected_one_recorded() -> None:
    assert {exchange.label for exchange in FAULTY} == FAULTS.keys()


def test_the_named_methods_send_names(json2: Client, wire: Wire) -> None:
    wire.answer = lambda request: request.result({"create": [4], "load": {"ids": [4], "messages": []}}.get(method, []))
    sent = {}
    for method, call in {
        "search": lambda: json2.search("res.partner", [["id", ">", 1]], limit=2, order="id"),
        "search_read": lambda: json2.search_read("res.partner", [], ["name"], offset=5),
        "read": lambda: json2.read("res.partner", [1], ["name"]),
        "create": lambda: json2.create("res.partner", {"name": "Ann"}),
        "write": lambda: json2.write("res.partner", [1], {"name": "Ann"}),
        "unlink": lambda: json2.unlink("res.partner", [1]),
        "load": lambda: json2.load("res.partner", ["id"], [["clinic.1"]]),
        "action_post": lambda: json2.call("account.move", "action_post", [1]),
    }.items():
        call()
        sent[method] = wire.requests[-1].call()[2][6]
    assert sent == {
        "search": {"domain": [["id", ">", 1]], "limit": 2, "order": "id"},
        "search_read": {"domain": [], "fields": ["name"], "offset": 5},
        "read": {"ids": [1], "fields": ["name"]},
        "create": {"vals_list": {"name": "Ann"}},
        "write": {"ids": [1], "vals": {"name": "Ann"}},
        "unlink": {"ids": [1]},
        "load": {"fields": ["id"], "data": [["clinic.1"]], "context": {"tz": "UTC"}},
        "action_post": {"ids": [1]},
    }


def test_arguments_that_json2_cannot_name_are_refused_before_sending(json2: Client, wire: Wire) -> None:
    wire.requests.clear()
    with pytest.raises(Rejected, match="name the arguments"):
        json2.call("some.model", "some_method", [1], 2)
    with pytest.raises(Rejected, match="ids is given twice"):
        json2.call("res.partner", "write", [1], ids=[2], vals={})
    assert not wire.requests


@pytest.mark.parametrize("transport", ["jsonrpc", "xmlrpc"])
def test_ids_by_name_go_first_on_the_older_transports(transport: str, connect: Connect, wire: Wire) -> None:
    client = connect(transport=transport)
    client.call("account.move", "js_assign_outstanding_line", ids=[5], line_id=9)
    assert wire.calls == [["account.move", "js_assign_outstanding_line", [[5]], {"line_id": 9}]]
    with pytest.raises(Rejected, match="ids is given twice"):
        client.call("account.move", "action_post", [1], ids=[2])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda request: request.page("<html>Bad Gateway</html>", status="502 Bad Gateway"), Uncertain),
        (lambda request: request.page("{}", status="500 Error", media="application/json"), Uncertain),
        (lambda request: request.page('{"name": 5}', status="422 No", media="application/json"), Rejected),
        (lambda request: request.page("[", status="500 Error", media="application/json"), Uncertain),
        (lambda request: request.page("", status="302 Found", Location="https://evil.example/"), Incompatible),
        (lambda request: request.result([1, 2]), Garbled),
        (lambda request: request.reset(), Uncertain),
    ],
    ids=["a proxy's page", "an empty object", "no message", "half an object", "a redirect", "two ids", "a reset"],
)
def test_an_answer_that_json2_does_not_give_is_a_typed_error(
    answer: Answer, kind: type[OdooError], json2: Client, wire: Wire
) -> None:
    wire.answer = answer
    wire.requests.clear()
    with pytest.raises(OdooError) as caught:
        json2.create("res.partner", {"name": "Ann"})
    assert type(caught.value) is kind
    assert len(wire.calls) == 1


def test_a_key_of_somebody_else_does_not_sign_in(wire: Wire) -> None:
    with (
        Client(wire.url, "clinic", "accountant", KEY, transport="json2") as client,
        pytest.raises(Denied) as caught,
    ):
        client.search("res.partner", [])
    assert caught.value.reason == "credentials"
    assert not wire.calls


# ---- the choice


def served(major: int, **options: Any) -> Wire:
    version = {"server_version": f"{major}.0", "server_version_info": [major, 0, 0, "final", 0, ""]}
    return Wire(lambda request: request.result([3]), version=version, **options)


@pytest.mark.parametrize(("major", "chosen"), [(16, "jsonrpc"), (17, "jsonrpc"), (18, "jsonrpc"), (19, "json2")])
def test_the_transport_is_chosen_by_the_servers_version_once(major: int, chosen: str) -> None:
    with serving(served(major)) as wire, Client(wire.url, "clinic", "bridge", KEY) as client:
        assert client.search("res.partner", []) == [3]
        assert client.search("res.partner", []) == [3]
        assert client.transport.name == chosen
        versions = [request for request in wire.requests if request.call()[1] == "version"]
        assert len(versions) == 1
        assert len(wire.calls) == 2


def test_an_odoo_without_its_older_interfaces_is_spoken_to_in_json2() -> None:
    with serving(served(22, legacy=False)) as wire, Client(wire.url, "clinic", "bridge", KEY) as client:
        assert client.version().major == 22
        assert client.search("res.partner", []) == [3]
        assert client.transport.name == "json2"


def test_a_password_signs_in_to_odoo_19_by_the_older_interface() -> None:
    """JSON-2 takes API keys only (observed on 19)."""
    wire = served(19)

    def refuse_json2(request: Request) -> None:
        if "/json/2/" in request.path:
            refusal = '{"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}'
            request.page(refusal, status="401 Unauthorized", media="application/json")
        elif request.call()[1] == "authenticate":
            request.result(USER)
        elif request.call()[1] == "version":
            request.result(wire.version)
        else:
            request.result([3])

    wire.answer, wire.everything = refuse_json2, True
    with serving(wire), Client(wire.url, "clinic", "bridge", "a password") as client:
        assert client.search("res.partner", []) == [3]
        assert client.transport.name == "jsonrpc"


def test_a_setting_overrides_the_choice() -> None:
    with serving(served(19)) as wire, Client(wire.url, "clinic", "bridge", KEY, transport="xmlrpc") as client:
        client.search("res.partner", [])
        assert {request.path for request in wire.requests} == {"/xmlrpc/2/common", "/xmlrpc/2/object"}


def test_a_version_that_is_not_answered_leaves_nothing_to_look_for() -> None:
    with (
        serving(Wire(lambda request: request.reset(), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY) as client,
        pytest.raises(Unreachable),
    ):
        client.create("res.partner", {"name": "Ann"})


def test_a_password_or_database_that_no_header_carries_is_denied() -> None:
    with serving(Wire(version={"server_version_info": [19, 0, 0, "final", 0, ""]})) as wire:
        for password, database, reason in [("пароль", "clinic", "credentials"), (KEY, "клиника", "database")]:
            with Client(wire.url, database, "bridge", password, transport="json2") as odoo:
                with pytest.raises(Denied) as denied:
                    _ = odoo.uid
                assert denied.value.reason == reason
        with Client(wire.url, "clinic", "bridge", "пароль") as odoo:
            assert odoo.uid == USER  # over the older interface
            assert odoo.transport.name == "jsonrpc"


@pytest.mark.parametrize(
    ("status", "kind"), [("429 Too Many Requests", Busy), ("502 Bad Gateway", Uncertain), ("403 Forbidden", Denied)]
)
def test_an_unreadable_error_is_judged_by_its_status(status: str, kind: type[OdooError], connect: Connect) -> None:
    client = connect(
        lambda request: request.page("slow down", status=status, media="application/json"), transport="json2"
    )
    with pytest.raises(OdooError) as caught:
        client.create("res.partner", {"name": "Ann"})
    assert type(caught.value) is kind
