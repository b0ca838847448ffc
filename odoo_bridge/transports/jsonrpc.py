"""JSON-RPC: `/jsonrpc`, on Odoo 16 to 19 alike. Carries None, and integers beyond 32 bits."""

from __future__ import annotations

import itertools
from typing import Any

from odoo_bridge.errors import Garbled
from odoo_bridge.said import _
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.faults import error_from_exception
from odoo_bridge.transports.http import Http
from odoo_bridge.transports.jsonbody import json_body, json_value


class JsonRpc(Transport):
    """Odoo's services over JSON-RPC."""

    name = "jsonrpc"

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._numbers = itertools.count(1)

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """Call `method` of 'common' or 'object'; the result. Raises any of the error family."""
        number = next(self._numbers)
        params = {"service": service, "method": method, "args": args}
        request = {"jsonrpc": "2.0", "method": "call", "id": number, "params": params}
        answer = self.http.request(
            "POST",
            "/jsonrpc",
            json_body(request),
            content_type="application/json",
            accept=("application/json",),
            upload=asked.upload,
            sink=asked.sink,
        )
        return self._result(json_value(answer.body), number, asked)

    def _result(self, answer: Any, number: int, asked: Asked) -> Any:
        if not isinstance(answer, dict):
            raise Garbled(_("The answer is not a JSON-RPC answer."))
        if answer.get("id") != number:
            raise Garbled(_("The answer belongs to another request."))
        if "error" in answer:
            raise error_from_exception(*_exception(answer["error"]), asked)
        # A method that returns None leaves the key out (observed on Odoo 16, 17 and 19).
        return answer.get("result")


def _exception(error: Any) -> tuple[str, str]:
    data = error.get("data") if isinstance(error, dict) else None
    if isinstance(data, dict):
        name, message = data.get("name"), data.get("message")
        if isinstance(name, str) and isinstance(message, str):
            return name, message
    raise Garbled(_("The error in the answer cannot be read."))
