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
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD, BRIDGE_PASSWORD
from odoo_bridge.sandbox.wire import jsonrpc, xmlrpc
from tests.odoo_bridge.sandbox.serving import Caller

HERE = Path(__file__).parent
RECORDINGS = HERE.parent / "recordings"
PLAN: dict[str, Any] = json.loads((HERE / "replay.json").read_text())
NOON = dt.datetime(2026, 11, 22, 4, 21, 6, 840000)  # noqa: DTZ001 - the sandbox keeps UTC without zone
ADMIN_UID = 2
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NUMBER = re.compile(r"((?:R?INV|PBNK1|PCSH1|CSH1)/2024/)\d{5}")
# The recorded servers had no phone number library; the sandbox has one.
PHONE = "phone_sanitized"
# The user whom the recordings call the bridge.
BRIDGE_IS = (
    "UPDATE res_partner SET name = 'Bridge bridge', email = 'bridge@example.com' WHERE id = 4",
    f"UPDATE res_users SET id = {{uid}} WHERE id = {BRIDGE_UID}",
    f"UPDATE sandbox_secret SET uid = {{uid}} WHERE uid = {BRIDGE_UID}",
    f"UPDATE rel_res_users_company_ids SET here = {{uid}} WHERE here = {BRIDGE_UID}",
    f"UPDATE rel_res_groups_{{members}} SET there = {{uid}} WHERE there = {BRIDGE_UID}",
)
# Seeded ids, and what a developer reads.
IGNORED = ("...", "debug", "currency_id", "partial_id", "move_id", "account_payment_id", "view_id", PHONE)
MONEY = Seed(company="My Company", currency="USD", country="US", taxes=(15.0,), default_tax=15.0, supplies=())


class Conversation:
    """One recording and the sandbox that answers it."""

    def __init__(self, topic: str, version: int) -> None:
        data = json.loads((RECORDINGS / f"{topic}.{version}.json").read_text())
        # Malformed RPC bodies are replayed over HTTP elsewhere.
        self.exchanges = [e for e in data["exchanges"] if e["transport"] != "client" and not _is_malformed(e)]
        self.version = version
        plan = PLAN["topics"].get(topic, {})
        self.given: dict[str, Any] = plan.get("given", {})
        self.first_line: dict[str, int] = plan.get("first_line", {})
        self.ids: dict[str, Any] = plan.get("ids", {})
        self.sandbox = Sandbox(version, database=f"clinic{version}", clock=lambda: NOON, seed=MONEY)
        self.bridge_uid = 5 if version == 19 else BRIDGE_UID
        for statement in BRIDGE_IS:
            members = "user_ids" if version == 19 else "users"
            self.sandbox._connection.execute(statement.format(uid=self.bridge_uid, members=members))
        self.key = BRIDGE_KEY
        self.caller: Caller | None = None

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
        if first == "response":
            found = _result(exchange)
        elif first == "body":
            found = exchange["request"]["body"]
        else:
            found = self.call(exchange)[2][int(first)]
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
        if _is_http(exchange):
            return self.over_http(exchange)
        service, method, args = self.call(exchange)
        if len(args) > 4:
            self.expect_ids(exchange, args[3], args[4])
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

    def over_http(self, exchange: dict[str, Any]) -> Any:
        """JSON-2 and the web client's routes: the request as it was sent, the answer as it was recorded."""
        assert self.caller is not None, "this recording is replayed over HTTP"
        *_start, model, method = exchange["path"].split("/")
        self.expect_ids(exchange, model, method)
        if exchange["transport"] == "jsonrpc":
            return self.web(exchange, method)
        request = exchange["request"] or {}
        headers = {name: self.revealed(value) for name, value in request.get("headers", {}).items()}
        if exchange["label"].startswith("Basic auth scheme"):
            headers["Authorization"] = "Basic dXNlcjpwYXNz"
        status, got, data = self.caller.send(exchange["path"], request.get("body"), exchange["method"], **headers)
        body = json.loads(data) if got["Content-Type"].startswith("application/json") else data.decode()
        return {"status": status, "body": body}

    def web(self, exchange: dict[str, Any], method: str) -> Any:
        assert self.caller is not None
        _status, answered = self.caller.json(exchange["path"], self.revealed(exchange["request"]))
        result = answered.get("result")
        if method == "run_check":
            self.key, result["context"]["default_key"] = result["context"]["default_key"], "<api-key>"
        known = exchange["response"]["result"]
        if isinstance(known, dict) and "..." in known:
            answered["result"] = {name: value for name, value in result.items() if name in known}
        return answered

    def revealed(self, value: Any, is_admin: bool = False) -> Any:
        """A recorded request with the sandbox's secrets in the places of the recorded ones."""
        password = ADMIN_PASSWORD if is_admin else BRIDGE_PASSWORD
        text = json.dumps(value).replace("<password>", password).replace("<api-key>", self.key)
        return json.loads(text)

    def arguments(self, args: list[Any]) -> list[Any]:
        """The recorded arguments with the sandbox's secrets and seeded ids."""
        args = self.revealed(args, is_admin=ADMIN_UID in args[1:2] or "admin" in args[1:2])
        args[5:6] = [self.translated(args[5])] if len(args) > 5 else []
        return args

    def translated(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.translated(each) for each in value]
        if isinstance(value, dict):
            return {k: self.ids.get(k, {}).get(str(v), self.translated(v)) for k, v in value.items()}
        return value

    def expect_ids(self, exchange: dict[str, Any], model: str, method: str) -> None:
        """Lets the next new record have the recorded id."""
        response = _result(exchange)
        if method not in ("create", "load", "copy", "name_create", "message_post"):
            return self.expect_action(response)
        if isinstance(response, dict):
            response = response.get("ids")
        first = response[0] if isinstance(response, list) and response else response
        if isinstance(first, int) and not isinstance(first, bool):
            model = "mail.message" if method == "message_post" else model
            known = self.sandbox.registry.descriptions.get(model)
            taken = known and self.sandbox.query(f"SELECT 1 FROM {known.table} WHERE id >= ?", (first,))
            if not taken:
                self.next_id(model, first)
        return None

    def expect_action(self, response: Any) -> None:
        if isinstance(response, dict) and isinstance(response.get("res_id"), int):
            self.next_id(response["res_model"], response["res_id"])


def _is_malformed(exchange: dict[str, Any]) -> bool:
    return isinstance(exchange["request"], str)


def _is_http(exchange: dict[str, Any]) -> bool:
    """Whether the transport itself is part of what was recorded: statuses, headers, cookies."""
    return exchange["transport"] in ("json2", "http") or exchange["path"].startswith("/web/")


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
    said = exchange["response"] if "response" in exchange else exchange["fault"]
    if exchange["transport"] not in ("json2", "http"):
        return said
    if isinstance(said, dict) and set(said) == {"body"} and said["body"].startswith("{"):
        # This one was kept as text and cut in the middle of its traceback.
        said = json.loads(said["body"].partition(', "debug"')[0] + "}")
    return {"status": exchange["http_status"], "body": said}


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
