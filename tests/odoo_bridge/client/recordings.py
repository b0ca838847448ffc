"""Request and answer pairs of real Odoo 16, 17 and 19 servers, to be put back on the wire."""

from __future__ import annotations

import functools
import json
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .wire import Request

FOLDER = Path(__file__).parent.parent / "recordings"


@dataclass(frozen=True)
class Exchange:
    """One pair, which stands at place `number` of the file `source`."""

    source: str
    number: int
    label: str
    transport: str
    status: int
    request: Any
    answer: Any
    faulty: bool

    def __str__(self) -> str:
        return f"{self.source}: {self.label}"

    @property
    def service(self) -> str:
        return self.parameters()[0]

    def parameters(self) -> tuple[str, str, list[Any]]:
        """Service, method and arguments."""
        if self.transport == "jsonrpc":
            params = self.request["params"]
            return params["service"], params["method"], params["args"]
        return *self.request["endpoint"], self.request["params"]

    def replay(self, request: Request) -> None:
        """Answer a request with what the real server answered."""
        if self.transport == "json2":
            page = isinstance(self.answer, str)
            body = self.answer if page else json.dumps(self.answer)
            media = "text/html" if page else "application/json"
            request.page(body, status=f"{self.status} Recorded", media=media)
        elif isinstance(self.answer, dict) and set(self.answer) == {"body"}:
            request.page(self.answer["body"], status=f"{self.status} Recorded")
        elif self.transport == "jsonrpc":
            answer = {**self.answer, "id": request.call()[3]}
            request.page(json.dumps(answer), media="application/json")
        elif self.faulty:
            request.result(xmlrpc.client.Fault(self.answer["faultCode"], self.answer["faultString"]))
        else:
            request.result(self.answer)


def _is_service_call(entry: dict[str, Any]) -> bool:
    """Leaves out web sessions, other protocols, and bodies that were malformed on purpose."""
    request = entry["request"]
    if entry["transport"] == "xmlrpc":
        return isinstance(request, list)
    return entry["transport"] == "jsonrpc" and entry.get("path") == "/jsonrpc" and isinstance(request, dict)


@functools.cache
def exchanges() -> list[Exchange]:
    """All recorded calls of services over XML-RPC and JSON-RPC."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for number, entry in enumerate(json.loads(path.read_text())["exchanges"]):
            request = entry["request"]
            if not _is_service_call(entry):
                continue
            if entry["transport"] == "xmlrpc":
                request = {"endpoint": (entry["path"].rpartition("/")[2], entry["method"]), "params": request}
            answer = entry.get("fault", entry.get("response"))
            found.append(
                Exchange(
                    path.stem,
                    number,
                    entry["label"].removesuffix(" [x]").removesuffix(" [j]"),
                    entry["transport"],
                    entry["http_status"],
                    request,
                    answer,
                    "fault" in entry,
                )
            )
    return found


@functools.cache
def json2_exchanges() -> list[Exchange]:
    """All recorded calls over JSON-2 that the client could make: a key, and an object of arguments."""
    found = []
    for path in sorted(FOLDER.glob("*.19.json")):
        for number, entry in enumerate(json.loads(path.read_text())["exchanges"]):
            request = entry["request"] or {}
            if entry["transport"] != "json2" or not isinstance(request.get("body"), dict):
                continue
            if entry["method"] != "POST" or "Content-Type" in request["headers"]:
                continue
            answer = entry.get("fault", entry.get("response"))
            status, faulty = entry["http_status"], "fault" in entry
            found.append(Exchange(path.stem, number, entry["label"], "json2", status, request | entry, answer, faulty))
    return found


def model_calls() -> list[Exchange]:
    """Those that call a method of a model."""
    return [exchange for exchange in exchanges() if exchange.parameters()[1] == "execute_kw"]
