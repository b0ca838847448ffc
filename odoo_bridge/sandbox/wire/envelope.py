"""The JSON-RPC envelope of the web client's routes (observed on Odoo 17)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox.errors import OdooError, PythonError
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import jsonrpc

JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
COOKIE = "session_id"
WEEK = 7 * 24 * 3600
NOT_JSON = (
    "<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n"
    "<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;{path}&#39; is type=&#39;json&#39;.</p>\n"
)


class SessionExpired(OdooError):
    """Nobody is signed in."""

    name = "odoo.http.SessionExpiredException"
    jsonrpc_code = 100

    def __init__(self) -> None:
        super().__init__("Session expired")


@dataclass(slots=True)
class Visit:
    """One request of a web client; ``new_session`` becomes its cookie."""

    request: Request
    id: Any
    params: dict[str, Any]
    new_session: str = ""

    def take(self, owner: str, *names: str) -> list[Any]:
        """The parameters of those names. Raises ``PythonError`` in Python's words if one is missing."""
        for name in names:
            if name not in self.params:
                raise PythonError("TypeError", f"{owner}() missing 1 required positional argument: '{name}'")
        return [self.params[name] for name in names]


def visit(request: Request) -> Visit:
    """The visit that a request is. Raises ``BadRequest`` for what is no JSON object."""
    if request.mimetype != "application/json":
        page = NOT_JSON.format(path=escape(request.path))
        raise BadRequest(response=Response(page, status=400, content_type=HTML))
    try:
        data = json.loads(request.get_data())
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("params") or {}, dict):
        raise BadRequest(response=Response("Invalid JSON data", status=400, content_type=HTML))
    return Visit(request, data.get("id"), dict(data.get("params") or {}))


def reply(sandbox: Sandbox, visit: Visit, work: Callable[[Visit], Any]) -> Response:
    """The result of the work, or the error that it raises, in its envelope."""
    try:
        body = jsonrpc.answer(visit.id, work(visit))
    except SessionExpired as error:
        body = jsonrpc.failure(None, error, error.jsonrpc_code, "Odoo Session Expired")
    except OdooError as error:
        body = jsonrpc.failure(visit.id, error, sandbox.profile.jsonrpc_error_code)
    response = Response(body, content_type=JSON)
    if visit.new_session:
        response.set_cookie(COOKIE, visit.new_session, max_age=WEEK, httponly=True, path="/")
    return response
