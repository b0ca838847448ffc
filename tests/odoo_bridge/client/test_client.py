"""The client's methods: what they send, how they read the answer, and what they refuse to believe."""

from __future__ import annotations

import time
import xmlrpc.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from odoo_bridge.client import Client, Version
from odoo_bridge.errors import (
    Busy,
    Denied,
    Garbled,
    Incompatible,
    Missing,
    OdooError,
    Rejected,
    Uncertain,
    Unreachable,
)

from .conftest import KEY, Connect
from .wire import USER, VERSION, Answer, Request, Wire, answering, serving

# ---- the server


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ({"server_version": "16.0", "server_version_info": [16, 0, 0, "final", 0, ""]}, Version(16, "16.0")),
        ({"server_version": "saas~17.2", "server_version_info": ["saas~17", 2]}, Version(17, "saas~17.2")),
        ({"server_version": "22.0", "server_version_info": [22, 0]}, Version(22, "22.0")),
    ],
)
def test_the_version_is_read_without_signing_in(info: dict[str, Any], version: Version, transport: str) -> None:
    with (
        serving(Wire(answering(VERSION | info), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY, transport=transport) as client,
    ):
        assert client.version() == version
        assert len(wire.requests) == 1
        assert KEY not in repr(wire.requests[0].body)


@pytest.mark.parametrize(
    "answer",
    [
        answering({"server_version": "15.0", "server_version_info": [15, 0, 0, "final", 0, ""]}),
        answering("hello"),
        answering({"server_version_info": []}),
        answering({"server_version_info": ["9" * 5000]}),
        lambda request: request.page("<html>A shop</html>"),
        lambda request: request.page("<html>Not here</html>", status="404 Not Found"),
    ],
    ids=["too old", "text", "no version", "digits", "a web page", "not found"],
)
@pytest.mark.parametrize("transport", ["jsonrpc", "xmlrpc", "auto"])
def test_what_is_no_supported_odoo_is_incompatible(answer: Answer, transport: Any) -> None:
    with (
        serving(Wire(answer, everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY, transport=transport) as client,
        pytest.raises(Incompatible),
    ):
        client.version()


@pytest.mark.parametrize("transport", ["jsonrpc", "xmlrpc", "auto"])
def test_a_lost_answer_about_the_version_leaves_nothing_to_look_for(transport: Any) -> None:
    with (
        serving(Wire(lambda request: request.reset(), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY, transport=transport) as client,
        pytest.raises(Unreachable),
    ):
        client.version()


def test_threads_that_come_first_together_stay_with_one_choice(wire: Wire) -> None:
    def slowly(request: Request) -> None:
        time.sleep(0.2)
        service, method = request.call()[:2]
        request.result(VERSION if (service, method) == ("common", "version") else USER)

    wire.everything, wire.answer = True, slowly
    with Client(wire.url, "clinic", "bridge", KEY) as client, ThreadPoolExecutor(5) as threads:
        chosen = list(threads.map(lambda _: client.uid and client.transport, range(5)))
    assert len(set(map(id, chosen))) == 1


def test_a_path_prefix_is_kept(transport: str) -> None:
    with (
        serving(Wire(answering(VERSION), everything=True)) as wire,
        Client(wire.url + "/erp/", "clinic", "bridge", KEY, transport=transport) as client,
    ):
        client.version()
        assert wire.requests[0].path.startswith("/erp/")


# ---- signing in


def test_signing_in_happens_once(wire: Wire, connect: Connect, transport: str) -> None:
    client = connect(answering([]), transport=transport)
    client.search("res.partner", [])
    client.search("res.partner", [])
    assert client.uid == USER
    methods = [request.call()[1] for request in wire.requests]
    assert methods == ["authenticate", "execute_kw", "execute_kw"]


def test_a_wrong_key_is_denied_in_plain_words(transport: str) -> None:
    with (
        serving(Wire(answering(False), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY, transport=transport) as client,
    ):
        with pytest.raises(Denied) as caught:
            client.search("res.partner", [])
        assert caught.value.message == f"Odoo at 127.0.0.1:{wire.port} refused the user name or API key."
        assert caught.value.reason == "credentials"
        assert len(wire.requests) == 1


def test_a_key_that_is_revoked_later_is_asked_for_anew(wire: Wire, connect: Connect) -> None:
    denied = {"error": {"data": {"name": "odoo.exceptions.AccessDenied", "message": "Access Denied"}}}
    client = connect(answering(denied, [1]))
    with pytest.raises(Denied):
        client.search("res.partner", [])
    assert client.search("res.partner", []) == [1]
    methods = [request.call()[1] for request in wire.requests]
    assert methods == ["authenticate", "execute_kw", "authenticate", "execute_kw"]


def test_a_sign_in_that_is_not_answered_leaves_nothing_to_look_for() -> None:
    with (
        serving(Wire(lambda request: request.reset(), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY) as client,
        pytest.raises(Unreachable),
    ):
        client.create("res.partner", {"name": "Ann"})


def test_a_sign_in_that_is_answered_with_nonsense_is_incompatible() -> None:
    with (
        serving(Wire(answering("yes"), everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", KEY) as client,
        pytest.raises(Incompatible),
    ):
        client.search("res.partner", [])


# ---- calls

CALLS: list[tuple[Callable[[Client], Any], Any, list[Any]]] = [
    (
        lambda odoo: odoo.search("res.partner", [("ref", "=", "P-1")], limit=5, offset=10, order="id"),
        [3],
        ["res.partner", "search", [[["ref", "=", "P-1"]]], {"limit": 5, "offset": 10, "order": "id"}],
    ),
    (
        lambda odoo: odoo.search_count("res.partner", []),
        12,
        ["res.partner", "search_count", [[]], {}],
    ),
    (
        lambda odoo: odoo.search_read("res.partner", [], ("name",), limit=1),
        [{"id": 1, "name": "Ann"}],
        ["res.partner", "search_read", [[], ["name"]], {"limit": 1}],
    ),
    (
        lambda odoo: odoo.read("res.partner", (1, 2), ["name"], context={"lang": "nl_BE"}),
        [{"id": 1, "name": "Ann"}],
        ["res.partner", "read", [[1, 2], ["name"]], {"context": {"lang": "nl_BE"}}],
    ),
    (
        lambda odoo: odoo.create("res.partner", {"name": "Ann"}),
        5,
        ["res.partner", "create", [{"name": "Ann"}], {}],
    ),
    (
        lambda odoo: odoo.create("res.partner", [{"name": "Ann"}, {"name": "Bob"}]),
        [5, 6],
        ["res.partner", "create", [[{"name": "Ann"}, {"name": "Bob"}]], {}],
    ),
    (
        lambda odoo: odoo.call("account.move", "action_post", [4]),
        False,
        ["account.move", "action_post", [[4]], {}],
    ),
    (
        lambda odoo: odoo.call("res.partner", "name_search", "Ann", operator="=", context={"tz": "UTC"}),
        [[1, "Ann"]],
        ["res.partner", "name_search", ["Ann"], {"operator": "=", "context": {"tz": "UTC"}}],
    ),
]


@pytest.mark.parametrize(("call", "result", "sent"), CALLS, ids=[sent[1] for _, _, sent in CALLS])
def test_a_method_sends_what_odoo_expects_and_gives_its_answer(
    call: Callable[[Client], Any], result: Any, sent: list[Any], transport: str, wire: Wire, connect: Connect
) -> None:
    assert call(connect(answering(result), transport=transport)) == result
    assert wire.calls == [sent]


def test_write_and_unlink_give_nothing(wire: Wire, connect: Connect) -> None:
    client = connect(answering(True))
    client.write("res.partner", [1], {"name": "Ann"})
    client.unlink("res.partner", [1])
    assert [call[1:] for call in wire.calls] == [["write", [[1], {"name": "Ann"}], {}], ["unlink", [[1]], {}]]


def test_the_clients_context_lies_below_the_calls(wire: Wire, connect: Connect) -> None:
    client = connect(answering([]), context={"lang": "nl_BE", "tz": "Europe/Brussels"})
    client.search("res.partner", [], context={"tz": "UTC"})
    assert wire.calls[0][3] == {"context": {"lang": "nl_BE", "tz": "UTC"}}
    assert client.context == {"lang": "nl_BE", "tz": "Europe/Brussels"}


def test_a_method_that_returns_none_gives_none_over_both_transports(connect: Connect) -> None:
    last = "TypeError: cannot marshal None unless allow_none is enabled"
    text = f"Traceback (most recent call last):\n  ...\n{last}\n\n"
    over_xml = connect(answering(xmlrpc.client.Fault(1, text)), transport="xmlrpc")
    assert over_xml.call("account.move", "button_draft", [1]) is None
    without_result: Answer = lambda request: request.page(  # noqa: E731
        f'{{"jsonrpc": "2.0", "id": {request.call()[3]}}}', media="application/json"
    )
    assert connect(without_result).call("account.move", "button_draft", [1]) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda odoo: odoo.search("m", []),
        lambda odoo: odoo.search_read("m", [], ["name"]),
        lambda odoo: odoo.read("m", [1], ["name"]),
        lambda odoo: odoo.search_count("m", []),
        lambda odoo: odoo.create("m", {}),
        lambda odoo: odoo.create("m", [{}]),
        lambda odoo: odoo.load("m", ["id"], []),
        lambda odoo: odoo.fields_get("m"),
        lambda odoo: odoo.resolve("m.x"),
        lambda odoo: list(odoo.changed_since("m", datetime.now(UTC), ["name"])),
    ],
)
@pytest.mark.parametrize("answer", [None, "text", True])
def test_an_answer_of_the_wrong_kind_is_not_believed(
    call: Callable[[Client], Any], answer: Any, connect: Connect
) -> None:
    with pytest.raises(Garbled):
        call(connect(answering(answer)))


@pytest.mark.parametrize(
    "text",
    [
        '{"jsonrpc": "2.0", "id": 999, "result": 1}',
        '{"jsonrpc": "2.0", "id": %d, "result": NaN}',
        '{"jsonrpc": "2.0", "id": %d, "result": 1',
        '{"jsonrpc": "2.0", "id": %d, "error": "no"}',
        '{"jsonrpc": "2.0", "id": %d, "error": {"data": {"name": 1}}}',
        "[1]",
        "",
        "[" * 100_000,
        '{"jsonrpc": "2.0", "id": %d, "result": ' + "9" * 5000 + "}",
    ],
    ids=["another number", "nan", "cut", "odd error", "odder error", "list", "empty", "deep", "digits"],
)
def test_json_that_is_not_odoos_answer_is_garbled(text: str, connect: Connect) -> None:
    def answer(request: Request) -> None:
        number = request.call()[3]
        request.page(text % number if "%d" in text else text, media="application/json")

    with pytest.raises(Garbled):
        connect(answer).search_count("res.partner", [])


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<methodResponse><params><param><value><string>&c;</string></value></param></params></methodResponse>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<methodResponse><params><param><value><string>&f;</string></value></param></params></methodResponse>"""
PLAIN = '<?xml version="1.0"?><methodResponse><params><param><value>{}</value></param></params></methodResponse>'


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        OUTSIDE,
        '<!DOCTYPE methodResponse SYSTEM "http://127.0.0.1/x.dtd"><methodResponse/>',
        PLAIN.format("<int>many</int>"),
        PLAIN.format("<int>" + "9" * 5000 + "</int>"),
        PLAIN.format("<unknown>1</unknown>"),
        PLAIN.format("<array>1</array>"),
        "<methodResponse><params><param><value>1",
        "<methodResponse/>",
        "<methodResponse><fault><value><int>1</int></value></fault></methodResponse>",
        "<methodResponse><fault><value><struct/></value></fault></methodResponse>",
        "",
        PLAIN.format("1").encode("utf-16"),
    ],
    ids=str,
)
def test_xml_that_is_not_odoos_answer_is_garbled(text: str | bytes, connect: Connect) -> None:
    client = connect(lambda request: request.page(text, media="text/xml"), transport="xmlrpc")
    with pytest.raises(Garbled):
        client.search_count("res.partner", [])


def test_parsing_leaves_the_standard_library_as_it_is() -> None:
    assert xmlrpc.client.ExpatParser.__module__ == "xmlrpc.client"


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("psycopg2.errors.DeadlockDetected", "deadlock detected", Busy),
        ("psycopg2.OperationalError", "could not serialize access", Busy),
        ("psycopg2.pool.PoolError", "The Connection Pool Is Full", Busy),
        ("psycopg2.OperationalError", "server closed the connection unexpectedly", Uncertain),
        ("psycopg2.errors.NumericValueOutOfRange", "integer out of range", Rejected),
        ("odoo.exceptions.RedirectWarning", "Configure first", Rejected),
        ("odoo.exceptions.MissingError", "Gone", Missing),
        ("odoo.exceptions.LockError", "Locked", Busy),
        ("builtins.KeyboardInterrupt", "", Uncertain),
        ("builtins.MemoryError", "", Uncertain),
        ("builtins.AttributeError", "'bool' object has no attribute 'id'", Rejected),
    ],
)
def test_an_exception_that_was_not_recorded_is_sorted_by_what_it_can_have_done(
    name: str, message: str, kind: type[OdooError], connect: Connect
) -> None:
    error = {"error": {"code": 200, "data": {"name": name, "message": message, "debug": "Traceback ..."}}}
    with pytest.raises(OdooError) as caught:
        connect(answering(error)).call("res.partner", "do")
    assert type(caught.value) is kind
    short = name.rpartition(".")[2].removeprefix("builtins.")
    text = f"Traceback (most recent call last):\n  File x\n{name.removeprefix('builtins.')}: {message}\n\n"
    assert short in text
    with pytest.raises(OdooError) as caught:
        connect(answering(xmlrpc.client.Fault(1, text)), transport="xmlrpc").call("res.partner", "do")
    assert type(caught.value) is kind


@pytest.mark.parametrize("text", ["", "Traceback (most recent call last):\n", "Something odd", "\n\n"])
def test_a_fault_without_a_readable_exception_is_uncertain(text: str, connect: Connect) -> None:
    with pytest.raises(Uncertain):
        connect(answering(xmlrpc.client.Fault(1, text)), transport="xmlrpc").call("res.partner", "do")
