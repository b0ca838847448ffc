"""The HTTP side: one WSGI application for everything that speaks to Odoo, the control endpoints and the web page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import control, doc, json2, rest, rpc, session
from odoo_bridge.sandbox.wire.misbehaving import Dropped, drop


class App:
    """A sandbox over HTTP. ``pages`` answers what is not API: the web page; ``with_rest`` installs the REST
    module.
    """

    def __init__(
        self, sandbox: Sandbox, pages: Callable[[Request], Response] | None = None, with_rest: bool = False
    ) -> None:
        self.sandbox = sandbox
        self.pages = pages
        self.urls = Map(
            [
                *rpc.rules(sandbox),
                *json2.rules(sandbox),
                *doc.rules(sandbox),
                *session.rules(sandbox),
                *(rest.rules(sandbox) if with_rest else ()),
                *control.rules(sandbox),
                Rule("/web/health", endpoint=self.health, methods=["GET"]),
                Rule("/web/version", endpoint=self.version, methods=["GET"]),
                Rule("/json/version", endpoint=self.version, methods=["GET"]),
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
            shown = self.pages if missing.response is None else None
            return shown(request) if shown else missing.get_response()
        except HTTPException as error:
            return error.get_response()

    def health(self, request: Request) -> Response:
        return _json({"status": "pass"})

    def version(self, request: Request) -> Response:
        if self.sandbox.profile.version < json2.FIRST:
            raise NotFound
        known = self.sandbox.version()
        return _json({"version_info": known["server_version_info"], "version": known["server_version"]})


def _json(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/json; charset=utf-8")
