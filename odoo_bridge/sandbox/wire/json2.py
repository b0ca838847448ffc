"""JSON-2, which Odoo 19 speaks at ``/json/2/<model>/<method>``: a key, named arguments, a bare result.

Statuses and bodies as recorded on 19; older versions have no such path.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox import dispatch
from odoo_bridge.sandbox.errors import (
    AccessDenied,
    AccessError,
    HttpError,
    MissingError,
    OdooError,
    UnknownDatabase,
    UserError,
    not_found,
)
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import misbehaving

JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
FIRST = 19
NO_KEY = "User not authenticated, use an API Key with a Bearer Authorization header."
NO_DATABASE = (
    "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    "<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>\n"
    "<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>\n\n"
    "<!-- Alternatively, use the X-Odoo-Database header. -->\n"
)
NOT_JSON = (
    "<!doctype html>\n<html lang=en>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media Type</h1>\n"
    "<p>Request inferred type is compatible with [&#39;http&#39;] but "
    "&#39;/json/2/&lt;__model__&gt;/&lt;__method__&gt;&#39; is type=&#39;json2&#39;.<br><br>"
    "Please verify the Content-Type request header and try again.</p>\n"
)
STATUS: tuple[tuple[type[OdooError], int], ...] = (
    (MissingError, 404),
    (UserError, 422),
    (AccessError, 403),
    (AccessDenied, 403),
)


def rules(sandbox: Sandbox) -> list[Rule]:
    """The routes of a version that has JSON-2; none before 19."""
    if sandbox.profile.version < FIRST:
        return []
    return [
        Rule("/json/2", endpoint=partial(_elsewhere, sandbox)),
        Rule("/json/2/<path:rest>", endpoint=partial(_elsewhere, sandbox)),
        Rule("/json/2/<model>/<method>", endpoint=partial(_call, sandbox), methods=["POST"]),
    ]


def _elsewhere(sandbox: Sandbox, request: Request, rest: str = "") -> Response:
    """What is no POST to a model's method."""
    return no_database(sandbox, request) or _failure(not_found("Did you mean POST /json/2/<model>/<method>?"))


def _call(sandbox: Sandbox, request: Request, model: str, method: str) -> Response:
    def work(fault: Fault | None) -> Response:
        try:
            uid = caller(sandbox, request)
            named = _arguments(request)
            result = dispatch.perform(
                sandbox,
                fault,
                method,
                named.get("data"),
                lambda started: sandbox.call_named(uid, model, method, named, started),
            )
        except OdooError as error:
            return _failure(error)
        return Response(json.dumps(result, default=str, ensure_ascii=False), content_type=JSON)

    refused = no_database(sandbox, request)
    if refused:
        return refused
    if request.mimetype != "application/json":
        return Response(NOT_JSON, status=415, content_type=HTML)
    return misbehaving.answer(sandbox, model, method, work)


def no_database(sandbox: Sandbox, request: Request) -> Response | None:
    """The page for a database that is not here; a server with one database needs no name."""
    try:
        sandbox.check_database(request.headers.get("X-Odoo-Database") or sandbox.database)
    except UnknownDatabase:
        return Response(NO_DATABASE, status=NotFound.code, content_type=HTML)
    return None


def caller(sandbox: Sandbox, request: Request) -> int:
    """The owner of the bearer key. Raises ``HttpError``: no key and a wrong key are told apart."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise HttpError(401, "Unauthorized", NO_KEY)
    uid = sandbox.owner_of_key(key.strip())
    if uid is None:
        raise HttpError(401, "Unauthorized", "Invalid apikey")
    return uid


def _arguments(request: Request) -> dict[str, Any]:
    """The named arguments; a body that is empty or no object names none (recorded).

    Raises ``HttpError`` for what is no JSON.
    """
    body = request.get_data()
    if not body:
        return {}
    try:
        named = json.loads(body)
    except ValueError as error:
        raise HttpError(400, "BadRequest", f"could not parse the body as json: {error}") from None
    return named if isinstance(named, dict) else {}


def _failure(error: OdooError) -> Response:
    arguments: list[Any] = [error.message]
    if isinstance(error, HttpError):
        status = error.status
        arguments.append(status)
    else:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    body = {"name": error.name, "message": error.message, "arguments": arguments, "context": {}}
    return Response(json.dumps({**body, "debug": error.traceback}), status=status, content_type=JSON)
