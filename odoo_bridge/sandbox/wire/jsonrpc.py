"""JSON-RPC 2.0 as Odoo speaks it at ``/jsonrpc``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from odoo_bridge.sandbox.errors import OdooError, PythonError


class Malformed(Exception):
    """A body that is no JSON-RPC request: HTTP 400."""


@dataclass(frozen=True, slots=True)
class Request:
    id: Any
    service: str
    method: str
    args: list[Any]


def parse(body: bytes) -> Request:
    """The call in a request. Raises ``Malformed``, or ``PythonError`` for missing parameters."""
    try:
        data = json.loads(body)
    except ValueError:
        raise Malformed from None
    if not isinstance(data, dict):
        raise Malformed
    params = data.get("params") or {}
    if not isinstance(params, dict) or not {"service", "method", "args"} <= params.keys():
        raise PythonError("TypeError", "dispatch_rpc() needs a service, a method and its args")
    return Request(data.get("id"), str(params["service"]), str(params["method"]), list(params["args"]))


def answer(request_id: Any, result: Any) -> bytes:
    """The body of a result; without ``result`` when it is ``None`` (observed on 16, 17 and 19)."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id}
    if result is not None:
        body["result"] = result
    return json.dumps(body, default=str, ensure_ascii=False).encode()


def failure(request_id: Any, error: OdooError, code: int, message: str = "Odoo Server Error") -> bytes:
    """The body of an error; ``code`` is 200 up to 18 and 0 on 19, the class is in ``data.name``."""
    data = {
        "name": error.name,
        "debug": error.traceback,
        "message": error.message,
        "arguments": [error.message],
        "context": {},
    }
    body = {"jsonrpc": "2.0", "id": request_id}
    return json.dumps({**body, "error": {"code": code, "message": message, "data": data}}).encode()
