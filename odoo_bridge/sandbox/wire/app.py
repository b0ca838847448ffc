"""The HTTP side: one WSGI application for the API, the control endpoint and the web page."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox import dispatch
from odoo_bridge.sandbox.errors import OdooError
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import control, jsonrpc, xmlrpc

log = logging.getLogger(__name__)
XML, JSON = "text/xml; charset=utf-8", "application/json; charset=utf-8"
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
MAINTENANCE = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class App:
    """A sandbox over HTTP. ``pages`` answers what is not API: the web page."""

    def __init__(self, sandbox: Sandbox, pages: Callable[[Request], Response] | None = None) -> None:
        self.sandbox = sandbox
        self.pages = pages
        self.urls = Map(
            [
                Rule("/xmlrpc/2/<service>", endpoint=self.xmlrpc, methods=["POST"]),
                Rule("/xmlrpc/<service>", endpoint=self.old_xmlrpc, methods=["POST"]),
                Rule("/jsonrpc", endpoint=self.jsonrpc, methods=["POST"]),
                Rule("/web/health", endpoint=self.health, methods=["GET"]),
                Rule("/web/version", endpoint=self.version, methods=["GET"]),
                Rule("/json/version", endpoint=self.version, methods=["GET"]),
                Rule("/sandbox/faults", endpoint=self.faults),
                Rule("/sandbox/clock", endpoint=self.clock),
            ]
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except Dropped:
            drop(environ)
            response = Response(status=500)
        if "gunicorn.socket" not in environ:
            response.headers["Date"] = http_date(self.sandbox.clock())
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        try:
            endpoint, values = self.urls.bind_to_environ(request.environ).match()
            answered: Response = endpoint(request, **values)
            return answered
        except NotFound as missing:
            return self.pages(request) if self.pages else missing.get_response()
        except HTTPException as error:
            return error.get_response()

    # -- the API

    def xmlrpc(self, request: Request, service: str) -> Response:
        return self._xmlrpc(request, service, worded=False)

    def old_xmlrpc(self, request: Request, service: str) -> Response:
        return self._xmlrpc(request, service, worded=True)

    def _xmlrpc(self, request: Request, service: str, worded: bool) -> Response:
        def work(fault: Fault | None) -> bytes:
            try:
                return xmlrpc.answer(dispatch.dispatch(self.sandbox, service, method, args, fault))
            except OdooError as error:
                return xmlrpc.fault(error, worded)

        try:
            method, args = xmlrpc.parse(request.get_data())
        except OdooError as error:
            return Response(xmlrpc.fault(error, worded), content_type=XML)
        return self._answer(service, args, XML, work)

    def jsonrpc(self, request: Request) -> Response:
        code = self.sandbox.profile.jsonrpc_error_code

        def work(fault: Fault | None) -> bytes:
            try:
                result = dispatch.dispatch(self.sandbox, call.service, call.method, call.args, fault)
                return jsonrpc.answer(call.id, result)
            except OdooError as error:
                return jsonrpc.failure(call.id, error, code)

        try:
            call = jsonrpc.parse(request.get_data())
        except jsonrpc.Malformed:
            return Response("Invalid JSON data", status=400)
        except OdooError as error:
            return Response(jsonrpc.failure(None, error, code), content_type=JSON)
        return self._answer(call.service, call.args, JSON, work)

    def _answer(
        self, service: str, args: list[Any], content_type: str, work: Callable[[Fault | None], bytes]
    ) -> Response:
        """Does the work, under the fault that is armed for it, if any."""
        fault = self.sandbox.faults.take(*dispatch.target(service, args))
        kind = fault.kind if fault else ""
        if kind == "refuse":
            return Response(BAD_GATEWAY, status=502, content_type="text/html")
        if kind == "html":
            return Response(MAINTENANCE, content_type="text/html")
        if kind == "reset_before":
            raise Dropped
        body = work(fault)
        if kind == "reset_after":
            raise Dropped
        if fault and kind == "delay_after":
            time.sleep(fault.seconds)
        if kind == "truncate":
            body = body[: len(body) // 2]
        return Response(body, content_type=content_type)

    # -- around it

    def health(self, request: Request) -> Response:
        return Response(json.dumps({"status": "pass"}), content_type=JSON)

    def version(self, request: Request) -> Response:
        if self.sandbox.profile.version < 19:
            raise NotFound
        known = self.sandbox.version()
        shown = {"version_info": known["server_version_info"], "version": known["server_version"]}
        return Response(json.dumps(shown), content_type=JSON)

    def faults(self, request: Request) -> Response:
        return control.faults(self.sandbox, request)

    def clock(self, request: Request) -> Response:
        return control.clock(self.sandbox, request)


def drop(environ: dict[str, Any]) -> None:
    """Closes the client's connection at once: a reset, not a goodbye."""
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if connection is None:
        log.warning("This server does not show its sockets, so a connection could not be dropped.")
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
