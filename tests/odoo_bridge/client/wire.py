"""A real server on a real socket, which answers what a test tells it to, byte by byte where that matters."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import struct
import threading
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One request as it arrived, and the socket to answer on."""

    path: str
    headers: dict[str, str]
    body: bytes
    sock: socket.socket

    def call(self) -> tuple[str, str, list[Any], Any]:
        """Service, method, arguments and number of the request, over any of Odoo's transports."""
        if "/json/2/" in self.path:
            model, method = self.path.rsplit("/", 2)[1:]
            keywords = json.loads(self.body)
            signs_in = model == "res.users" and (method == "context_get" or keywords.get("fields") == ["login"])
            named = [self.headers.get("x-odoo-database"), None, None, model, method, [], keywords]
            return "common" if signs_in else "object", method if signs_in else "execute_kw", named, None
        if self.path.endswith("/web/version"):
            return "common", "version", [], None
        if self.path.endswith("/jsonrpc"):
            request = json.loads(self.body)
            params = request["params"]
            return params["service"], params["method"], params["args"], request["id"]
        args, method = xmlrpc.client.loads(self.body, use_builtin_types=True)
        return self.path.rpartition("/")[2], method or "", list(args), None

    def send(self, *pieces: bytes) -> None:
        self.sock.sendall(b"".join(pieces))

    def page(self, body: bytes | str, *, status: str = "200 OK", media: str = "text/html", **headers: str) -> None:
        body = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines).encode(), b"\r\n\r\n", body)

    def result(self, value: Any, **headers: str) -> None:
        """Answer as Odoo does; `value` may be an xmlrpc.client.Fault or a JSON-RPC {'error': ...}."""
        if "/json/2/" in self.path or self.path.endswith("/web/version"):
            self.page(json.dumps(value), media="application/json", **headers)
        elif self.path.endswith("/jsonrpc"):
            answer = {"jsonrpc": "2.0", "id": self.call()[3]}
            answer |= value if isinstance(value, dict) and "error" in value else {"result": value}
            self.page(json.dumps(answer), media="application/json", **headers)
        else:
            content = value if isinstance(value, xmlrpc.client.Fault) else (value,)
            text = xmlrpc.client.dumps(content, methodresponse=True, allow_none=True)  # type: ignore[arg-type]
            self.page(text, media="text/xml", **headers)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.sock.detach())  # close() would wait for the reader that shares the socket


Answer = Callable[[Request], None]
VERSION = {
    "server_version": "17.0-20240709",
    "server_version_info": [17, 0, 0, "final", 0, ""],
    "server_serie": "17.0",
    "protocol_version": 1,
}
USER = 7
LOGIN = "bridge"


def answering(*results: Any) -> Answer:
    """Answer with one result after the other, and with the last one from then on."""
    left = list(results)

    def answer(request: Request) -> None:
        request.result(left.pop(0) if len(left) > 1 else left[0])

    return answer


@dataclass
class Wire:
    """Signs everybody in as user 7; other calls go to `answer`, and all are kept in `requests`."""

    answer: Answer = lambda request: request.result(True)
    version: dict[str, Any] = field(default_factory=dict)
    """What differs from the version of an Odoo 17."""
    legacy: bool = True
    """Whether there are JSON-RPC and XML-RPC."""
    everything: bool = False
    """Whether `answer` is asked for the version and the sign-in, too."""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[list[Any]]:
        """[model, method, args, kwargs] of each model's method that was called."""
        parsed = [request.call() for request in self.requests]
        return [args[3:] for _, method, args, _ in parsed if method == "execute_kw"]

    def handle(self, request: Request) -> None:
        self.requests.append(request)
        method = "" if self.everything else request.call()[1]
        if method == "version" and self.legacy:
            request.result(VERSION | self.version)
        elif method == "version" and request.path.endswith("/jsonrpc"):
            request.page("<html>Not Found</html>", status="404 Not Found")
        elif method == "version":
            shown = VERSION | self.version
            request.result({"version_info": shown["server_version_info"], "version": shown["server_version"]})
        elif method == "context_get":
            request.result({"lang": "en_US", "tz": False, "uid": USER})
        elif method == "read" and request.call()[0] == "common":
            request.result([{"id": USER, "login": LOGIN}])
        elif method == "authenticate":
            request.result(USER)
        else:
            self.answer(request)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        wire = self.server.wire
        wire.connections += 1
        with suppress(OSError):  # the client hung up, which is what many of these tests are about
            while (request := self.read()) and request.sock.fileno() >= 0:
                wire.handle(request)

    def read(self) -> Request | None:
        line = self.rfile.readline().decode()
        if not line:
            return None
        headers = {}
        while text := self.rfile.readline().decode().strip():
            name, _, value = text.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            return None  # the client gave up half way
        return Request(line.split()[1], headers, body, self.request)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, wire: Wire) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wire = wire
        wire.port = self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.wire.tls:
            try:
                request = self.wire.tls.wrap_socket(request, server_side=True)
            except OSError:
                return  # the client does not trust us
        super().finish_request(request, client_address)
        request.close()

    def shutdown_request(self, request: Any) -> None:
        request.close()


@contextmanager
def serving(wire: Wire) -> Iterator[Wire]:
    """Have the wire answer on a port of its own (`wire.url`) until the block ends."""
    with _Server(wire) as server:
        # The half second that `shutdown` polls at by default would be most of these tests' time.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield wire
        server.shutdown()
