"""The way to Odoo: the product's own JSON-RPC, over bytes that are handed to the sandbox in this process.

Every call is a step of its worker: time passes, others may get their turn, and faults strike before Odoo hears of the
call or after it has carried it out. What the client makes of them is the client's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.db import connection as database

from odoo_bridge.errors import Uncertain, Unreachable
from odoo_bridge.sandbox import dispatch
from odoo_bridge.sandbox.errors import AccessError, OdooError, UserError
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.wire import jsonrpc as wire_format
from odoo_bridge.transports.http import Answer, Http
from odoo_bridge.transports.jsonrpc import JsonRpc
from odoo_bridge.transports.status import error_for_status

READING = {"search", "search_read", "read", "fields_get", "get_metadata", "check_object_reference", "search_count"}
OUR_TIMEOUT = 120.0
"""Seconds after which the client gives up."""

BEFORE = {"refused", "reset_before", "html", "unavailable", "gateway_before", "late"}
"""Faults of calls that Odoo does not carry out (in the case of `late`: not yet)."""
INSIDE = {"conflict", "rejected", "no_rights"}
"""Faults that Odoo itself answers with."""
AFTER = {"reset_after", "truncated", "gateway_after", "timeout_after"}
"""Faults of calls that Odoo has carried out."""
STOPS = {"kill_before", "kill_after", "slow_before", "slow_after", "frozen_before", "frozen_after"}
"""What happens to the worker itself, before or after Odoo has carried out the call."""
FAULTS = sorted(BEFORE | INSIDE | AFTER | STOPS)


class Line:
    """What stands in for HTTP: `world` decides what goes wrong."""

    def __init__(self, world: Any, http: Http) -> None:
        self.world, self.http = world, http

    def request(self, method: str, path: str, body: bytes = b"", **_: Any) -> Answer:
        asked = wire_format.parse(body)
        model, name = dispatch.target(asked.service, asked.args)
        if not model:
            model, name = asked.service, asked.method
        return self.world.called(self, asked, model, name)

    def answer(self, asked: wire_format.Request, fault: str | None = None) -> Answer:
        """Let Odoo carry out a call; its answer as it would come over the wire."""
        sandbox = self.world.place.sandbox
        try:
            result = self._result(asked, fault)
            body = wire_format.answer(asked.id, result)
        except OdooError as error:
            body = wire_format.failure(asked.id, error, 200)
        now = sandbox.clock().replace(microsecond=0, tzinfo=UTC)
        self.http.server_time = now
        return Answer(200, "application/json", {}, bytearray(body))

    def _result(self, asked: wire_format.Request, fault: str | None) -> Any:
        _, name = dispatch.target(asked.service, asked.args)
        if fault == "no_rights":
            raise AccessError("You are not allowed to do this.")
        if fault == "rejected":
            return _refused(name, asked.args)
        conflict = Fault("serialization") if fault == "conflict" else None
        return dispatch.dispatch(self.world.place.sandbox, asked.service, asked.method, asked.args, conflict)


def _refused(name: str, args: list[Any]) -> Any:
    """Odoo refuses the data, or in `load` the first row of it."""
    if name != "load":
        raise UserError("Odoo does not like this.")
    message = {"rows": {"from": 0, "to": 0}, "record": 0, "type": "error", "message": "Odoo does not like this row."}
    return {"ids": False, "messages": [message], "nextrow": 0}


def spoil(line: Line, fault: str, done: Callable[[], Answer]) -> Answer:
    """The answer of a call under a fault. `done` carries it out. Raises what the client's own HTTP layer would."""
    address = line.http.address
    if fault == "refused":
        raise Unreachable(f"Nothing answers at {address.shown}.")
    if fault == "unavailable":
        raise error_for_status(503, {"Retry-After": "40"}, address)
    if fault in ("gateway_before", "gateway_after"):
        if fault == "gateway_after":
            done()
        raise error_for_status(502, {}, address)
    if fault == "html":
        return Answer(200, "application/json", {}, bytearray(b"<html><body>Back soon.</body></html>"))
    if fault == "truncated":
        answer = done()
        return Answer(200, answer.media_type, {}, answer.body[: len(answer.body) // 2])
    if fault in ("reset_after", "timeout_after"):
        done()
    raise Uncertain(f"The connection to Odoo at {address.shown} broke before its answer was complete.")


def wire_to(world: Any) -> type[JsonRpc]:
    """The transport that leads to this world's Odoo."""

    class Wire(JsonRpc):
        def __init__(self, http: Http) -> None:
            super().__init__(http)
            self.http = Line(world, http)  # type: ignore[assignment]

    return Wire


def no_transaction_is_open() -> bool:
    """Whether the promise is kept that no database transaction is open while Odoo is spoken to."""
    return not database.in_atomic_block
