"""The wire formats, the faults and the web page, over real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, BRIDGE_UID
from odoo_bridge.sandbox.main import main


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Server:
    """A sandbox in a process of its own."""

    def __init__(self, version: int = 17, *options: str, **environ: str) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        command = [
            sys.executable,
            "-m",
            "odoo_bridge.sandbox",
            "--port",
            str(self.port),
            "--file",
            ":memory:",
            *options,
        ]
        self.process = subprocess.Popen([*command, "--version", str(version)], env={**os.environ, **environ})
        self.wait()

    def wait(self) -> None:
        for _attempt in range(200):
            try:
                self.send("/web/health")
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the sandbox did not start")

    def send(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        data = json.dumps(body).encode() if isinstance(body, dict | list) else body
        request = urllib.request.Request(self.base + path, data)
        kind = "application/json" if isinstance(body, dict | list) else "application/x-www-form-urlencoded"
        for name, value in {"Content-Type": kind, **headers}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def jsonrpc(self, model: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        call = ["sandbox", BRIDGE_UID, BRIDGE_KEY, model, method, list(args), kwargs]
        params = {"service": "object", "method": "execute_kw", "args": call}
        _status, _headers, body = self.send("/jsonrpc", {"jsonrpc": "2.0", "id": 7, "params": params})
        answered: dict[str, Any] = json.loads(body)
        return answered

    def xmlrpc(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        with xmlrpc.client.ServerProxy(f"{self.base}/xmlrpc/2/object") as proxy:
            return proxy.execute_kw("sandbox", BRIDGE_UID, BRIDGE_KEY, model, method, list(args), kwargs)

    def arm(self, kind: str, **more: Any) -> None:
        status, _headers, _body = self.send("/sandbox/faults", {"kind": kind, **more})
        assert status == 200

    def named(self, name: str) -> list[int]:
        found: list[int] = self.jsonrpc("res.partner", "search", [["name", "=", name]])["result"]
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def test_both_wire_formats_answer_alike(server: Server) -> None:
    made = server.xmlrpc("res.partner", "create", {"name": "Ann"})
    assert server.jsonrpc("res.partner", "read", [made], ["name"]) == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": [{"id": made, "name": "Ann"}],
    }
    assert server.xmlrpc("res.partner", "read", [made], ["name"]) == [{"id": made, "name": "Ann"}]


def test_none_is_a_fault_in_xml_after_the_work_is_done(server: Server) -> None:
    made = server.xmlrpc("res.partner", "create", {"name": "Archived"})
    with pytest.raises(xmlrpc.client.Fault, match="cannot marshal None unless allow_none is enabled"):
        server.xmlrpc("res.partner", "action_archive", [made])
    assert server.xmlrpc("res.partner", "read", [made], ["active"]) == [{"id": made, "active": False}]
    assert "result" not in server.jsonrpc("res.partner", "action_unarchive", [made])


def test_malformed_requests(server: Server) -> None:
    assert server.send("/jsonrpc", b"{broken", **{"Content-Type": "application/json"})[::2] == (
        400,
        b"Invalid JSON data",
    )
    status, _headers, body = server.send("/xmlrpc/2/object", b"<broken", **{"Content-Type": "text/xml"})
    with pytest.raises(xmlrpc.client.Fault, match="ExpatError"):
        xmlrpc.client.loads(body)
    assert status == 200
    assert server.send("/json/2/res.partner/search", {})[0] == 404
    assert server.send("/web/version")[0] == 404


def test_the_date_header_is_the_servers_clock() -> None:
    ahead = Server(version=19, ODOO_SANDBOX_CLOCK_OFFSET="3600")
    try:
        key = f"bearer {BRIDGE_KEY}"
        status, headers, _body = ahead.send("/json/2/res.users/context_get", {}, Authorization=key)
        assert status == 200
        now = json.loads(ahead.send("/sandbox/clock")[2])["now"]
        assert parsedate_to_datetime(headers["Date"]).timestamp() - time.time() == pytest.approx(3600, abs=30)
        made = ahead.jsonrpc("res.partner", "create", {"name": "Ann"})["result"]
        (row,) = ahead.jsonrpc("res.partner", "read", [made], ["write_date"])["result"]
        assert row["write_date"][:13] >= now[:13].replace("T", " ")
    finally:
        ahead.stop()


def test_nineteen_tells_its_version() -> None:
    nineteen = Server(version=19)
    try:
        assert json.loads(nineteen.send("/web/version")[2])["version_info"][0] == 19
        assert nineteen.jsonrpc("no.model", "search", [])["error"]["code"] == 0
    finally:
        nineteen.stop()


@pytest.mark.parametrize(("kind", "happened"), [("reset_before", False), ("reset_after", True)])
def test_a_connection_can_be_dropped(kind: str, happened: bool, server: Server) -> None:
    server.arm(kind, model="res.partner", method="create")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.jsonrpc("res.partner", "create", {"name": kind})
    assert bool(server.named(kind)) is happened


@pytest.mark.parametrize(("kind", "status"), [("refuse", 502), ("busy", 503), ("html", 200)])
def test_a_proxy_can_answer_instead(kind: str, status: int, server: Server) -> None:
    server.arm(kind, method="search")
    code, headers, body = server.send("/jsonrpc", _search())
    assert (code, headers["Content-Type"][:9]) == (status, "text/html")
    assert body.lstrip().startswith(b"<")
    assert server.send("/jsonrpc", _search())[1]["Content-Type"].startswith("application/json")


def test_a_server_that_is_busy_says_when_to_come_back(server: Server) -> None:
    server.arm("busy", method="search", seconds=7)
    assert server.send("/jsonrpc", _search())[1]["Retry-After"] == "7"


@pytest.mark.parametrize("kind", ["untyped", "trickle"])
def test_an_answer_can_be_hard_to_read_and_the_work_is_done(kind: str, server: Server) -> None:
    server.arm(kind, method="search", seconds=1)
    start = time.monotonic()
    _, headers, body = server.send("/jsonrpc", _search())
    assert json.loads(body)["result"]
    assert headers["Content-Type"].startswith("text/plain") is (kind == "untyped")
    assert (time.monotonic() - start > 0.9) is (kind == "trickle")


def _search() -> dict[str, Any]:
    call = ["sandbox", BRIDGE_UID, BRIDGE_KEY, "res.partner", "search", [[]]]
    return {"jsonrpc": "2.0", "id": 1, "params": {"service": "object", "method": "execute_kw", "args": call}}


def test_an_answer_can_be_cut_and_the_work_is_done(server: Server) -> None:
    server.arm("truncate", method="create")
    with pytest.raises(json.JSONDecodeError):
        server.jsonrpc("res.partner", "create", {"name": "Cut"})
    assert server.named("Cut")


def test_a_slow_call_commits_after_the_client_gave_up(server: Server) -> None:
    server.arm("delay", method="create", seconds=0.6)
    impatient = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    call = ["sandbox", BRIDGE_UID, BRIDGE_KEY, "res.partner", "create", [{"name": "Late"}]]
    params = {"service": "object", "method": "execute_kw", "args": call}
    impatient.request("POST", "/jsonrpc", json.dumps({"params": params}), {"Content-Type": "application/json"})
    with pytest.raises(TimeoutError):
        impatient.getresponse()
    impatient.close()
    assert server.named("Late") == []
    time.sleep(1.0)
    assert len(server.named("Late")) == 1


def test_a_conflict_is_an_error_and_a_message_in_load(server: Server) -> None:
    server.arm("serialization", method="write")
    error = server.jsonrpc("res.partner", "write", [1], {"ref": "x"})["error"]
    assert error["data"]["name"] == "psycopg2.errors.SerializationFailure"
    server.arm("serialization", method="load")
    answer = server.jsonrpc("res.partner", "load", ["id", "name"], [["c.1", "A"], ["c.2", "B"]])["result"]
    assert answer["ids"] is False
    assert [m["record"] for m in answer["messages"]] == [0, 1]


def test_faults_are_counted_skipped_and_disarmed(server: Server) -> None:
    server.arm("serialization", method="search_count", times=2, skip=1)
    kinds = ["error" in server.jsonrpc("res.partner", "search_count", []) for _ in range(4)]
    assert kinds == [False, True, True, False]
    assert server.send("/sandbox/faults", {"kind": "nonsense"})[0] == 400
    assert json.loads(server.send("/sandbox/faults")[2]) == {"armed": []}


@pytest.mark.parametrize("path", ("/", "/contacts", "/events", "/invoices", "/payments", "/mails", "/nowhere"))
def test_every_page_says_that_this_is_no_real_odoo(path: str, server: Server) -> None:
    _status, headers, body = server.send(path)
    assert b"This is not a real Odoo" in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"<script" not in body
    assert b"style=" not in body


def test_the_page_changes_records_as_the_office(server: Server) -> None:
    made = server.jsonrpc("res.partner", "create", {"name": "Ann <b>"})["result"]
    assert b"Ann &lt;b&gt;" in server.send(f"/contacts/{made}")[2]
    server.send(f"/contacts/{made}/save", b"name=Ann&phone=123")
    (row,) = server.jsonrpc("res.partner", "read", [made], ["phone", "write_uid"])["result"]
    assert (row["phone"], row["write_uid"]) == ("123", [2, "Administrator"])


def test_a_refused_change_shows_why(server: Server) -> None:
    status, _headers, body = server.send("/contacts/3/archive", b"")
    assert status == 409
    assert b"cannot archive contacts linked to an active user" in body


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}])
def test_other_sites_cannot_post_forms(headers: dict[str, str], server: Server) -> None:
    made = server.jsonrpc("res.partner", "create", {"name": "Safe"})["result"]
    assert server.send(f"/contacts/{made}/save", b"name=Hacked", **headers)[0] == 403
    assert server.named("Hacked") == []


def test_other_addresses_are_refused() -> None:
    with pytest.raises(SystemExit, match="this machine only"):
        main(["--host", "0.0.0.0"])
