"""JSON-RPC: `/jsonrpc`, on Odoo 16 to 19 alike. Carries None, and integers beyond 32 bits."""

from __future__ import annotations

import itertools
import json
from typing import Any, NoReturn

from odoo_bridge.errors import Garbled
from odoo_bridge.transports.faults import Asked, error_from_exception
from odoo_bridge.transports.http import Http


class JsonRpc:
    """Odoo's services over JSON-RPC."""

    name = "jsonrpc"
    wide_integers = True

    def __init__(self, http: Http) -> None:
        self._http = http
        self._numbers = itertools.count(1)

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """Call `method` of 'common' or 'object'; the result. Raises any of the error family."""
        number = next(self._numbers)
        params = {"service": service, "method": method, "args": args}
        request = {"jsonrpc": "2.0", "method": "call", "id": number, "params": params}
        body = json.dumps(request, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        answer = decoded(
            self._http.post("/jsonrpc", body, content_type="application/json", accept=("application/json",))
        )
        if answer.get("id") != number:
            raise Garbled("The answer belongs to another request.")
        if "error" in answer:
            raise error_from_exception(*_exception(answer["error"]), asked)
        # A method that returns None leaves the key out (observed on Odoo 16, 17 and 19).
        return answer.get("result")


def decoded(answer: bytes | bytearray) -> dict[str, Any]:
    """The JSON object in a response. Raises Garbled for anything else, NaN and infinities included."""
    try:
        value = json.loads(answer, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Garbled("The answer is not the JSON that Odoo writes.") from error
    if not isinstance(value, dict):
        raise Garbled("The answer is not a JSON-RPC answer.")
    return value


def _exception(error: Any) -> tuple[str, str]:
    data = error.get("data") if isinstance(error, dict) else None
    if isinstance(data, dict):
        name, message = data.get("name"), data.get("message")
        if isinstance(name, str) and isinstance(message, str):
            return name, message
    raise Garbled("The error in the answer cannot be read.")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
