"""The one place that decides how an armed fault spoils an answer, whatever the protocol."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.wrappers import Response

from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
BUSY = "<html><head><title>503 Service Unavailable</title></head><body>Too many requests.</body></html>"
MAINTENANCE = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"


class Dropped(Exception):
    """The connection is to be closed without an answer."""


def answer(sandbox: Sandbox, model: str, method: str, work: Callable[[Fault | None], Response]) -> Response:
    """Does the work of a call, under the fault that is armed for it, if any.

    ``work`` itself waits or fails for the faults that happen inside a transaction (``dispatch.perform``).
    Raises ``Dropped``.
    """
    fault = sandbox.faults.take(model, method)
    kind = fault.kind if fault else ""
    if kind == "refuse":
        return Response(BAD_GATEWAY, status=502, content_type="text/html")
    if kind == "html":
        return Response(MAINTENANCE, content_type="text/html")
    if fault and kind == "busy":
        return Response(BUSY, status=503, content_type="text/html", headers={"Retry-After": str(round(fault.seconds))})
    if kind == "reset_before":
        raise Dropped
    response = work(fault)
    if kind == "reset_after":
        raise Dropped
    if fault and kind == "delay_after":
        time.sleep(fault.seconds)
    if fault:
        _spoil(response, fault)
    return response


def _spoil(response: Response, fault: Fault) -> None:
    """Makes an answer hard to read."""
    body = response.get_data()
    if fault.kind == "truncate":
        response.set_data(body[: len(body) // 2])
    if fault.kind == "untyped":
        response.headers["Content-Type"] = "text/plain"
    if fault.kind == "trickle":
        response.headers["Content-Length"] = str(len(body))
        response.response = _drops(body, fault.seconds)


def _drops(body: bytes, seconds: float) -> Iterator[bytes]:
    """The body in so many pieces that each comes within a second; the last one ends it, so the waiting comes before."""
    pieces = max(1, round(2 * seconds))
    size = len(body) // pieces + 1
    for start in range(0, len(body), size):
        time.sleep(seconds / pieces)
        yield body[start : start + size]


def drop(environ: dict[str, Any]) -> None:
    """Closes the client's connection at once: a reset, not a goodbye."""
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if connection is None:
        log.warning("This server does not show its sockets, so a connection could not be dropped.")
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
