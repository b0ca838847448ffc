"""Replays recorded exchanges with real Odoo servers against the sandbox.

A recording is one conversation with one database. Records that were made outside of it are made up first
(``given`` in ``replay.json``), new records get the recorded ids, and the clock stands at the time of the
recording.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, dumps, loads

from odoo_bridge.sandbox import BRIDGE_KEY, BRIDGE_UID, OdooError, Sandbox, Seed
from odoo_bridge.sandbox.dispatch import dispatch
from odoo_bridge.sandbox.wire import jsonrpc, xmlrpc

HERE = Path(__file__).parent
RECORDINGS = HERE.parent / "recordings"
PLAN: dict[str, Any] = json.loads((HERE / "replay.json").read_text())
NOON = dt.datetime(2026, 11, 22, 4, 21, 6, 840000)  # noqa: DTZ001 - the sandbox keeps UTC without zone
ADMIN_UID = 2
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NUMBER = re.compile(r"((?:R?INV|PBNK1|PCSH1|CSH1)/2024/)\d{5}")
# The recorded servers had no phone number library; the sandbox has one.
PHONE = "phone_sanitized"
# Seeded ids, and what a developer reads.
IGNORED = ("debug", "currency_id", "partial_id", "move_id", "account_payment_id", "view_id", PHONE)
MONEY = Seed(company="My Company", currency="USD", country="US", taxes=(15.0,), default_tax=15.0)


class Conversation:
    """One recording and the sandbox that answers it."""

    def __init__(self, topic: str, version: int) -> None:
        data = json.loads((RECORDINGS / f"{topic}.{version}.json").read_text())
        # Malformed bodies are replayed over HTTP elsewhere.
        spoken = [e for e in data["exchanges"] if e["transport"] in ("xmlrpc", "jsonrpc")]
        self.exchanges = [e for e in spoken if not isinstance(e["request"], str)]
        self.version = version
        plan = PLAN["topics"].get(topic, {})
        self.given: dict[str, Any] = plan.get("given", {})
        self.first_line: dict[str, int] = plan.get("first_line", {})
        self.ids: dict[str, Any] = plan.get("ids", {})
        self.sandbox = Sandbox(version, database=f"clinic{version}", clock=lambda: NOON, seed=MONEY)
        self.bridge_uid = 5 if version == 19 else BRIDGE_UID
        self.sandbox._connection.execute(
            "UPDATE res_partner SET name = 'Bridge bridge', email = 'bridge@example.com' WHERE id = 4"
        )

    def prepare(self, exchange: dict[str, Any]) -> None:
        """Makes what the recording takes for granted at this point."""
        for step in self.given.get(exchange["label"], []):
            model, wanted, method, args, *more = self.filled(step, exchange)
            if more and self.version not in more[0].get("in", (self.version,)):
                continue
            if method == "sql":
                self.sandbox._connection.execute(*args)
            elif method == "next":
                self.next_id(model, wanted)
            elif not (wanted and self.sandbox.as_user(ADMIN_UID, model, "search", [["id", "=", wanted]])):
                self.next_id(model, wanted)
                context = {"no_mail_to_attendees": True, **(more[0].get("context", {}) if more else {})}
                self.sandbox.as_user(ADMIN_UID, model, method, *args, context=context)

    def filled(self, value: Any, exchange: dict[str, Any]) -> Any:
        """``@5.0.1`` is looked up in the recorded arguments, ``@response.0.id`` in the recorded answer."""
        if isinstance(value, list):
            return [self.filled(each, exchange) for each in value]
        if isinstance(value, dict):
            return {k: self.filled(v, exchange) for k, v in value.items()}
        if value == "@posted":
            return self.sandbox.query(
                "SELECT MAX(id) FROM account_move WHERE payment_state = 'not_paid' "
                "AND state = 'posted' AND move_type = 'out_invoice'"
            )[0][0]
        if value == "@first_line":
            return self.first_line[str(self.version)]
        if value == "@last_move":
            return self.sandbox.query("SELECT MAX(id) FROM account_move")[0][0]
        if not (isinstance(value, str) and value.startswith("@")):
            return value
        first, *path = value[1:].split(".")
        found = _result(exchange) if first == "response" else self.call(exchange)[2][int(first)]
        for step in path:
            found = found[int(step)] if isinstance(found, list) else found[step]
        return found

    def next_id(self, model: str, wanted: int | None) -> None:
        if wanted and model in self.sandbox.registry.descriptions:
            table = self.sandbox.registry.descriptions[model].table
            connection = self.sandbox._connection
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, wanted - 1))

    def answer(self, exchange: dict[str, Any]) -> Any:
        """What the sandbox says to a recorded request, in the form of the recording."""
        self.prepare(exchange)
        service, method, args = self.call(exchange)
        self.expect_ids(exchange, args)
        if exchange["transport"] == "jsonrpc":
            return self.jsonrpc(exchange, service, method, args)
        worded = not exchange["path"].startswith("/xmlrpc/2/")
        try:
            # Through the wire format, so that what XML cannot carry is refused as it was.
            xmlrpc.parse(_encoded(args))
            body = xmlrpc.answer(dispatch(self.sandbox, service, method, args))
        except OdooError as error:
            body = xmlrpc.fault(error, worded)
        return _decoded(body)

    def jsonrpc(self, exchange: dict[str, Any], service: str, method: str, args: list[Any]) -> Any:
        try:
            return json.loads(jsonrpc.answer(1, dispatch(self.sandbox, service, method, args)))
        except OdooError as error:
            return json.loads(jsonrpc.failure(1, error, self.sandbox.profile.jsonrpc_error_code))

    def call(self, exchange: dict[str, Any]) -> tuple[str, str, list[Any]]:
        request = exchange["request"]
        if exchange["transport"] == "jsonrpc":
            params = request["params"]
            return params["service"], params["method"], self.arguments(params["args"])
        return exchange["path"].rsplit("/", 1)[1], exchange["method"], self.arguments(request)

    def arguments(self, args: list[Any]) -> list[Any]:
        """The recorded arguments with the sandbox's secrets, users and seeded ids."""
        args = json.loads(json.dumps(args))
        if len(args) > 4:
            if args[1] == self.bridge_uid:
                args[1] = BRIDGE_UID
            if args[2] == "<password>":
                args[2] = "admin" if args[1] == ADMIN_UID else BRIDGE_KEY
            args[5:6] = [self.translated(args[5])] if len(args) > 5 else []
        elif len(args) > 2 and args[2] == "<password>":
            args[2] = "admin"
        return args

    def translated(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.translated(each) for each in value]
        if isinstance(value, dict):
            return {k: self.ids.get(k, {}).get(str(v), self.translated(v)) for k, v in value.items()}
        return value

    def expect_ids(self, exchange: dict[str, Any], args: list[Any]) -> None:
        """Lets the next new record have the recorded id."""
        response = _result(exchange)
        if len(args) < 5 or args[4] not in ("create", "load", "copy", "name_create", "message_post"):
            return self.expect_action(response)
        if isinstance(response, dict):
            response = response.get("ids")
        first = response[0] if isinstance(response, list) and response else response
        if isinstance(first, int) and not isinstance(first, bool):
            model = "mail.message" if args[4] == "message_post" else args[3]
            known = self.sandbox.registry.descriptions.get(model)
            taken = known and self.sandbox.query(f"SELECT 1 FROM {known.table} WHERE id >= ?", (first,))
            if not taken:
                self.next_id(model, first)
        return None

    def expect_action(self, response: Any) -> None:
        if isinstance(response, dict) and isinstance(response.get("res_id"), int):
            self.next_id(response["res_model"], response["res_id"])


def _encoded(args: list[Any]) -> bytes:
    try:
        return dumps(tuple(args), "execute_kw", allow_none=True).encode()
    except OverflowError:
        return dumps((), "execute_kw").encode()


def _decoded(body: bytes) -> Any:
    try:
        return loads(body)[0][0]
    except Fault as fault:
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def _result(exchange: dict[str, Any]) -> Any:
    response = exchange.get("response")
    return response.get("result") if isinstance(response, dict) and "jsonrpc" in response else response


def recorded(exchange: dict[str, Any]) -> Any:
    return exchange["response"] if "response" in exchange else exchange["fault"]


def comparable(value: Any, key: str = "") -> Any:
    """A value without what differs between any two databases: seeded ids, stamps, frames of tracebacks."""
    if isinstance(value, dict):
        return {k: comparable(v, k) for k, v in value.items() if k not in IGNORED}
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str):
            return ["<id>", value[1]]
        return [comparable(each) for each in value]
    if isinstance(value, str) and key in ("write_date", "create_date", "date_order"):
        return TIME.sub("<time>", value)
    if key == "faultString" and "Traceback" in value:
        return value.strip().splitlines()[-1]
    if isinstance(value, str):
        # Where a journal's numbers stand depends on what was posted before.
        return NUMBER.sub(r"\1<number>", re.sub(r"\(\d+\)$", "(<id>)", value))
    return value
