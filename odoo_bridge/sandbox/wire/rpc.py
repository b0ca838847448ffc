"""XML-RPC, JSON-RPC and the test-database bootstrap ``/start``, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox import dispatch
from odoo_bridge.sandbox.errors import OdooError, PythonError
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD
from odoo_bridge.sandbox.wire import jsonrpc, misbehaving, xmlrpc

XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"


def rules(sandbox: Sandbox) -> list[Rule]:
    """The routes of the services ``common``, ``db`` and ``object``, and of ``/start``."""
    return [
        Rule("/xmlrpc/2/<service>", endpoint=partial(_xmlrpc, sandbox, worded=False), methods=["POST"]),
        Rule("/xmlrpc/<service>", endpoint=partial(_xmlrpc, sandbox, worded=True), methods=["POST"]),
        Rule("/jsonrpc", endpoint=partial(_jsonrpc, sandbox), methods=["POST"]),
        Rule("/start", endpoint=partial(_start, sandbox), methods=["POST"]),
    ]


def _xmlrpc(sandbox: Sandbox, request: Request, service: str, worded: bool) -> Response:
    def work(fault: Fault | None) -> Response:
        return _xml(lambda: xmlrpc.answer(dispatch.dispatch(sandbox, service, method, args, fault)), worded)

    try:
        method, args = xmlrpc.parse(request.get_data())
    except OdooError as error:
        return Response(xmlrpc.fault(error, worded), content_type=XML)
    return misbehaving.answer(sandbox, *dispatch.target(service, args), work)


def _xml(work: Callable[[], bytes], worded: bool) -> Response:
    try:
        return Response(work(), content_type=XML)
    except OdooError as error:
        return Response(xmlrpc.fault(error, worded), content_type=XML)


def _jsonrpc(sandbox: Sandbox, request: Request) -> Response:
    code = sandbox.profile.jsonrpc_error_code

    def work(fault: Fault | None) -> Response:
        try:
            result = dispatch.dispatch(sandbox, call.service, call.method, call.args, fault)
            return Response(jsonrpc.answer(call.id, result), content_type=JSON)
        except OdooError as error:
            return Response(jsonrpc.failure(call.id, error, code), content_type=JSON)

    try:
        call = jsonrpc.parse(request.get_data())
    except jsonrpc.Malformed:
        return Response("Invalid JSON data", status=400)
    except OdooError as error:
        return Response(jsonrpc.failure(None, error, code), content_type=JSON)
    return misbehaving.answer(sandbox, *dispatch.target(call.service, call.args), work)


def _start(sandbox: Sandbox, request: Request) -> Response:
    """``start()``, as Odoo's documentation has it at demo.odoo.com: where a test database is, and who opens it."""

    def work() -> bytes:
        method, _args = xmlrpc.parse(request.get_data())
        if method != "start":
            raise PythonError("Exception", f"Method not found: {method}")
        host = request.host_url.rstrip("/")
        return xmlrpc.answer({"host": host, "database": sandbox.database, "user": "admin", "password": ADMIN_PASSWORD})

    return _xml(work, worded=False)
