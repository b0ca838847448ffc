"""An Odoo of a version on the wire, whose answers are those that were recorded."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from .recordings import FOLDER, Exchange, model_calls
from .wire import Request

Handler = Callable[..., Any]


def recorded(version: int, label: str, topic: str = "sale-stock") -> Exchange:
    """The recorded exchange of that label."""
    (found,) = (e for e in model_calls() if e.source == f"{topic}.{version}" and e.label == label)
    return found


def answer_of(exchange: Exchange) -> Any:
    """What the server answered; a fault of XML-RPC as it stands in the recording."""
    return exchange.answer.get("result") if exchange.transport == "jsonrpc" else exchange.answer


def asked_in(exchange: Exchange) -> list[Any]:
    """The arguments of the recorded call, after its model and method."""
    return list(exchange.parameters()[2][5])


@functools.cache
def recorded_fields(model: str, version: int) -> dict[str, Any]:
    """What `fields_get` said of the fields that were recorded."""
    text = (FOLDER / f"fields_get-{model}.{version}.json").read_text()
    fields: dict[str, Any] = json.loads(text)["exchanges"][0]["response"]["result"]
    return fields


class Replaying:
    """Answers `fields_get` from the recordings, and other calls by the handlers: a value, or what makes one."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.handlers: dict[tuple[str, str], Any] = {}
        self.fields: dict[str, dict[str, Any]] = {}

    def on(self, model: str, method: str, answer: Any) -> None:
        self.handlers[model, method] = answer

    def __call__(self, request: Request) -> None:
        model, method, args, *rest = request.call()[2][3:]
        if method == "fields_get":
            request.result(self.fields.get(model) or recorded_fields(model, self.version))
            return
        answer = self.handlers[model, method]
        request.result(answer(*args, **(rest[0] if rest else {})) if callable(answer) else answer)
