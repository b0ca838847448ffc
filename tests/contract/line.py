"""A line to Odoo that breaks on demand, the same in front of a sandbox and of a real server.

It forwards whole requests. Armed for a model and a method, it cuts the connection before a request is passed on, or
after Odoo has answered it; or it holds the request there until it is let go, so that somebody can be killed meanwhile.
"""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from clinic.demo.running.ports import LOOPBACK

# model and method of `execute_kw`, as JSON-RPC and XML-RPC spell them; JSON-2 has them in the path
_CALL = re.compile(
    rb'"execute_kw","args":\["[^"]*",\d+,"[^"]*","(?P<model>[\w.]+)","(?P<method>\w+)"'
    rb"|<string>(?P<xmodel>[a-z][\w]*(?:\.[\w]+)+)</string></value>\s*</param>\s*"
    rb"<param>\s*<value><string>(?P<xmethod>\w+)</string>"
)

INVALID = ("odoo.exceptions.ValidationError", "Something about it is not valid.")
DENIED = ("odoo.exceptions.AccessError", "You are not allowed to access 'Calendar Event' (calendar.event) records.")


class Break:
    """One armed break. `reached` is set when a request has come to it; `let_go` lets a held one go on."""

    def __init__(self, model: str, method: str, after: bool, hold: bool, cut: bool = True, skip: int = 0) -> None:
        self.model, self.method, self.after, self.hold, self.cut = model, method, after, hold, cut
        self.skip = skip
        self.reached, self.let_go = threading.Event(), threading.Event()


class Line:
    """A proxy on a port of its own in front of `target`."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._armed: list[Break] = []
        self._away = False
        self._poison: tuple[str, bytes] | None = None
        self._denied: dict[tuple[str, str], tuple[str, str]] = {}
        self._unlucky: list[tuple[str, str, int]] = []
        self._ignored: dict[tuple[str, str], bytes | None] = {}
        self._lock = threading.Lock()
        self._pool = urllib3.PoolManager(retries=False, timeout=120)
        self.calls: list[tuple[str, str]] = []
        """What went over the line: (model, method), in order."""
        self.bodies: list[bytes] = []
        """And its bytes."""
        self.requests = 0
        """How often anything was asked over the line, be it only for the version."""
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.line = self
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="line")
        self._thread.start()

    def close(self) -> None:
        for armed in self._armed:
            armed.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._pool.clear()

    def lose_answer(self, model: str, method: str) -> Break:
        """Let Odoo do the next such call, and cut the connection instead of passing its answer on."""
        return self._arm(Break(model, method, after=True, hold=False))

    def cut(self, model: str, method: str) -> Break:
        """Cut the connection before the next such call reaches Odoo."""
        return self._arm(Break(model, method, after=False, hold=False))

    def hold(self, model: str, method: str, *, after: bool, skip: int = 0) -> Break:
        """Hold the next such call but `skip`, before or after Odoo has done it, until it is let go, and then cut."""
        return self._arm(Break(model, method, after=after, hold=True, skip=skip))

    def hold_answer(self, model: str, method: str) -> Break:
        """Hold the answer to the next such call until it is let go, and then pass it on."""
        return self._arm(Break(model, method, after=True, hold=True, cut=False))

    def delay(self, model: str, method: str) -> Break:
        """Hold the next such call on its way until it is let go, and then pass it on, whoever still listens."""
        return self._arm(Break(model, method, after=False, hold=True, cut=False))

    def disarm(self, one: Break) -> None:
        """Forget a break that nobody came to; who comes to it just now may go on."""
        with self._lock:
            if one in self._armed:
                self._armed.remove(one)
        one.let_go.set()

    def deny(self, model: str, method: str) -> None:
        """Answer such calls from now on as an Odoo does in which the user lacks the right. JSON-RPC only."""
        self.refuse(model, method, *DENIED)

    def refuse(self, model: str, method: str, name: str, message: str) -> None:
        """Answer such calls from now on with an exception of Odoo's: its class and its message. JSON-RPC only."""
        self._denied[model, method] = name, message

    def lose_calls_that_hold(self, model: str, method: str, odoo_id: int) -> None:
        """Cut the line from now on at each such call about one record. JSON-RPC only."""
        self._unlucky.append((model, method, odoo_id))

    def ignore(self, model: str, method: str) -> None:
        """Answer such calls from now on as the next one is answered, and do none but that. JSON-RPC only."""
        self._ignored[model, method] = None

    def poison(self, model: str, text: str) -> None:
        """Refuse each `load` whose rows hold this text, and do not say which row it is. JSON-RPC only."""
        self._poison = model, text.encode()

    def go_away(self) -> None:
        """Cut every connection from now on, until the line is back."""
        self._away = True

    def come_back(self) -> None:
        self._away = False

    def allow_all(self) -> None:
        self._denied.clear()

    def _arm(self, one: Break) -> Break:
        with self._lock:
            self._armed.append(one)
        return one

    def forward(self, verb: str, path: str, headers: dict[str, str], body: bytes) -> urllib3.BaseHTTPResponse | None:
        """Return Odoo's answer, or None where the line is to be cut."""
        self.requests += 1
        if self._away:
            return None
        call = _called(path, body)
        if call:
            self.calls.append(call)
            self.bodies.append(body)
        if any(call == (model, method) and odoo_id in _ids(body) for model, method, odoo_id in self._unlucky):
            return None
        if answer := self._instead(call, body):
            return answer
        met = self._take(call)
        if met and not met.after:
            self._break(met)
            if met.cut:
                return None
        answer = self._pool.request(verb, self._target + path, body=body, headers=headers)
        if call in self._ignored:
            self._ignored[call] = answer.data
        if met and met.after:
            self._break(met)
        return None if met and met.cut else answer

    def _instead(self, call: tuple[str, str] | None, body: bytes) -> urllib3.HTTPResponse | None:
        """Return what is answered to a call that does not get to Odoo."""
        if self._poison and call == (self._poison[0], "load") and self._poison[1] in body:
            return _refusal(body, *INVALID)
        if call in self._denied:
            return _refusal(body, *self._denied[call])
        told = self._ignored.get(call) if call else None
        return _answered(body, {"result": json.loads(told)["result"]}) if told else None

    def _take(self, call: tuple[str, str] | None) -> Break | None:
        with self._lock:
            for one in self._armed:
                if call == (one.model, one.method):
                    if one.skip:
                        one.skip -= 1
                        continue
                    self._armed.remove(one)
                    return one
        return None

    @staticmethod
    def _break(met: Break) -> None:
        met.reached.set()
        if met.hold:
            met.let_go.wait(180)


def _ids(body: bytes) -> list[Any]:
    """The ids that a call is about."""
    positional = json.loads(body)["params"]["args"][5]
    return positional[0] if positional and isinstance(positional[0], list) else []


def _refusal(body: bytes, name: str, message: str) -> urllib3.HTTPResponse:
    """As recorded of Odoo 17."""
    data = {"name": name, "message": message, "arguments": [message], "context": {}, "debug": ""}
    return _answered(body, {"error": {"code": 200, "message": "Odoo Server Error", "data": data}})


def _answered(body: bytes, what: dict[str, Any]) -> urllib3.HTTPResponse:
    answer = json.dumps({"jsonrpc": "2.0", "id": json.loads(body)["id"], **what})
    headers = {"Content-Type": "application/json", "Date": formatdate(usegmt=True)}
    return urllib3.HTTPResponse(io.BytesIO(answer.encode()), headers=headers, status=200)


def _called(path: str, body: bytes) -> tuple[str, str] | None:
    if path.startswith("/json/2/"):
        model, method = path.rsplit("/", 2)[1:]
        return model, method
    found = _CALL.search(body)
    if not found:
        return None
    called = found["model"] or found["xmodel"], found["method"] or found["xmethod"]
    return called[0].decode(), called[1].decode()


# The key and the database of JSON-2 are headers.
_PASSED_ON = ("Content-Type", "Authorization", "X-Odoo-Database")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    line: Line

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in the middle of a request is what this line is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        answer = self.server.line.forward(self.command, self.path, headers, body)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name in ("Content-Type", "Date"):
            self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    line = Line(target)
    try:
        yield line
    finally:
        line.close()
