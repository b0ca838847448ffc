"""The sandbox's own endpoints, which no Odoo has: arming faults, asking the time."""

from __future__ import annotations

import json
from functools import partial

from werkzeug.exceptions import BadRequest, Forbidden, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def rules(sandbox: Sandbox) -> list[Rule]:
    return [
        Rule("/sandbox/faults", endpoint=partial(faults, sandbox)),
        Rule("/sandbox/clock", endpoint=partial(clock, sandbox)),
    ]


def check_loopback(request: Request) -> None:
    """Raises ``Forbidden`` unless both ends are this machine (a rebound name in ``Host`` is refused too)."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    if request.remote_addr not in LOOPBACK or host not in LOOPBACK:
        raise Forbidden("The sandbox answers on loopback only.")


def check_origin(request: Request) -> None:
    """Refuses a form that another site posts: a browser names the origin of every POST."""
    check_loopback(request)
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise Forbidden("The form came from another site.")


def faults(sandbox: Sandbox, request: Request) -> Response:
    """GET lists what is armed, POST arms one fault or a list of them, DELETE disarms all."""
    check_loopback(request)
    if request.method == "POST":
        if request.mimetype != "application/json":
            raise BadRequest("Send JSON.")
        check_origin(request)
        data = request.get_json()
        try:
            armed = [Fault.of(each) for each in (data if isinstance(data, list) else [data])]
        except (TypeError, ValueError) as error:
            raise BadRequest(str(error)) from None
        for fault in armed:
            sandbox.faults.arm(fault)
    elif request.method == "DELETE":
        check_origin(request)
        sandbox.faults.clear()
    elif request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "POST", "DELETE"])
    return Response(json.dumps({"armed": sandbox.faults.armed()}), content_type="application/json")


def clock(sandbox: Sandbox, request: Request) -> Response:
    """The server's time, UTC."""
    check_loopback(request)
    return Response(json.dumps({"now": sandbox.clock().isoformat()}), content_type="application/json")
