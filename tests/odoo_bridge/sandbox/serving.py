"""A sandbox on a real socket, within the test's process, so that a test can look behind the API as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import urllib3
from werkzeug.serving import WSGIRequestHandler, make_server

from odoo_bridge.sandbox import Sandbox
from odoo_bridge.sandbox.wire.app import App


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class Caller:
    """Somebody who sends requests, and keeps the cookie that the server gives."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookie = ""
        self.pool = urllib3.PoolManager(retries=False)

    def send(
        self, path: str, body: Any = None, method: str = "POST", **headers: str
    ) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        """Sends a body as it is, or a dict or list as JSON; answers status, headers and body."""
        data = json.dumps(body).encode() if isinstance(body, dict | list) else body
        sent = {"Content-Type": "application/json", **({"Cookie": self.cookie} if self.cookie else {}), **headers}
        answer = self.pool.request(method, self.url + path, body=data, headers=sent)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer.status, answer.headers, answer.data

    def json(self, path: str, body: Any = None, method: str = "POST", **headers: str) -> tuple[int, Any]:
        status, _headers, data = self.send(path, body, method, **headers)
        return status, json.loads(data)

    def web(self, path: str, **params: Any) -> dict[str, Any]:
        """What a route of the web client answers: the whole envelope."""
        _status, answered = self.json(path, {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
        return dict(answered)

    def sign_in(self, sandbox: Sandbox, login: str, password: str) -> dict[str, Any]:
        return self.web("/web/session/authenticate", db=sandbox.database, login=login, password=password)

    def call_kw(self, model: str, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return self.web(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=list(args), kwargs=kwargs
        )


@contextmanager
def serving(sandbox: Sandbox, **options: Any) -> Iterator[Caller]:
    """A caller of this sandbox, for as long as the context lasts; ``options`` are the application's."""
    server = make_server("127.0.0.1", 0, App(sandbox, **options), threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    caller = Caller(f"http://127.0.0.1:{server.server_port}")
    try:
        yield caller
    finally:
        caller.pool.clear()
        server.shutdown()
        thread.join()
        server.server_close()
