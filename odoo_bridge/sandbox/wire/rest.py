"""The third-party module ``restful`` for Odoo 12: tokens, and records at ``/api/<model>``.

It is no part of Odoo, so it is off unless asked for. What it answers, and whence that is known, stands in
``docs/rest-module.md``. It speaks for who sent the token, but changes and deletes as OdooBot.
"""

from __future__ import annotations

import ast
import json
import re
import secrets as randomness
from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.exceptions import BadRequest, InternalServerError
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox import dispatch
from odoo_bridge.sandbox.errors import AccessError, OdooError, UnknownDatabase, UserError
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import misbehaving

JSON = "application/json; charset=utf-8"
PREFIX = "__api__"
BOT_UID = 1
NO_TOKEN = ("access_token_not_found", "missing access token in request header", 401)
BAD_TOKEN = ("access_token", "token seems to have expired or invalid", 401)
# The method that a fault is armed for.
METHODS = {"GET": "search_read", "POST": "create", "PUT": "write", "DELETE": "unlink"}


class Refused(Exception):
    """An answer of the module that is no result: ``type``, ``message`` and an HTTP status."""

    def __init__(self, kind: Any, message: str, status: int = 401) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


def rules(sandbox: Sandbox) -> list[Rule]:
    """The routes of the module."""
    module = Module(sandbox)
    verbs = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    paths = ("/api/<model>", "/api/<model>/<record>", "/api/<model>/<record>/<action>")
    return [
        Rule("/api/auth/token", endpoint=module.tokens, methods=["GET", "DELETE"]),
        *(Rule(path, endpoint=module.records, methods=verbs) for path in paths),
    ]


class Module:
    """The module, installed in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    # -- tokens

    def tokens(self, request: Request) -> Response:
        if _is_json(request):
            # The module mends JSON requests by their path, in which it then looks for a model.
            return self.records(request, "auth")
        return _answer(self._give if request.method == "GET" else self._take_back, request)

    def _give(self, request: Request) -> Response:
        database, login, password = self._credentials(request)
        try:
            uid = self.sandbox.authenticate(database, login, password)
        except UnknownDatabase:
            raise Refused("wrong database name", "invalid_database", 403) from None
        if not uid:
            raise Refused("Access denied", "Login, password or db invalid")
        (user,) = self.sandbox.call_kw(uid, "res.users", "read", [[uid], ["company_id", "company_ids"]], {})
        body = {
            "uid": uid,
            "user_context": self.sandbox.call_kw(uid, "res.users", "context_get", [], {}),
            "company_id": user["company_id"][0],
            "company_ids": user["company_ids"],
            "access_token": self.sandbox.rest_token(uid, f"access_token_{randomness.token_hex(20)}"),
        }
        headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        return Response(json.dumps(body), headers=headers, content_type=JSON)

    def _credentials(self, request: Request) -> tuple[str, str, str]:
        """Database, login and password: all three in query and form, or all three in the headers."""
        given = {**request.args, **request.form}
        for source in (given, request.headers):
            database, login, password = source.get("db"), source.get("login"), source.get("password")
            if database and login and password:
                return database, login, password
        raise Refused("missing error", "either of the following are missing [db, username,password]", 403)

    def _take_back(self, request: Request) -> Response:
        if not self.sandbox.forget_rest_token(_token(request)):
            raise Refused(400, "Access token is missing in the request header", 401)
        return _result([{"desc": "access token successfully deleted", "delete": True}])

    # -- records

    def records(self, request: Request, model: str, record: str | None = None, action: str | None = None) -> Response:
        """One of the five verbs. Raises ``BadRequest`` for JSON that is broken."""
        payload: dict[str, Any] = {}
        if _is_json(request):
            payload = _payload(request)
            if not _token(request):
                return Response(json.dumps(NOT_FOR_JSON), content_type=JSON)
            # In a JSON request the first digits of the path are the record, whatever they belong to.
            digits = re.findall(r"\d+", request.path)
            record, action = (digits[0] if digits else ""), None
        method = METHODS.get(request.method) or str(action or payload.get("_method"))

        def work(fault: Fault | None) -> Response:
            return _answer(partial(self._verb, method, model, record, payload, fault), request)

        return misbehaving.answer(self.sandbox, model, method, work)

    def _verb(
        self,
        method: str,
        model: str,
        record: str | None,
        payload: dict[str, Any],
        fault: Fault | None,
        request: Request,
    ) -> Response:
        uid = self._caller(request)
        verbs: dict[str, Callable[..., Response]] = {
            "GET": self._get,
            "POST": self._post,
            "PUT": self._put,
            "DELETE": self._delete,
            "PATCH": partial(self._patch, method),
        }
        return verbs[request.method](Calls(self.sandbox, uid, model, fault), record, payload)

    def _caller(self, request: Request) -> int:
        token = _token(request)
        if not token:
            raise Refused(*NO_TOKEN)
        uid = self.sandbox.owner_of_rest_token(token)
        if uid is None:
            raise Refused(*BAD_TOKEN)
        return uid

    def _get(self, calls: Calls, record: str | None, payload: dict[str, Any]) -> Response:
        calls.check_model(401)
        named = {name: payload[name] for name in ("offset", "limit", "order") if payload.get(name)}
        named |= {name: _literal(payload[name]) for name in ("domain", "fields") if payload.get(name)}
        for name in ("offset", "limit"):
            named[name] = int(named.get(name, 0))
        if record:
            named["domain"] = [["id", "=", int(record)]]
        named.setdefault("domain", [])
        try:
            return calls.rows(calls.as_caller("search_read", **named))
        except AccessError as error:
            raise Refused("Access error", f"Error: {error.message}") from None

    def _post(self, calls: Calls, record: str | None, payload: dict[str, Any]) -> Response:
        calls.check_model(401)
        try:
            values = {
                (name[len(PREFIX) :] if PREFIX in name else name): (_literal(value) if PREFIX in name else value)
                for name, value in payload.items()
            }
            made = calls.as_caller("create", values)
        except (OdooError, ValueError, SyntaxError) as error:
            raise Refused("params", str(error)) from None
        return calls.rows(calls.as_caller("read", [made]))

    def _put(self, calls: Calls, record: str | None, payload: dict[str, Any]) -> Response:
        found = _id(record)
        calls.check_model(404)
        try:
            calls.as_bot("write", [found], payload)
        except UserError as error:
            raise Refused("exception", error.message) from None
        return calls.rows(calls.as_bot("read", [found]))

    def _delete(self, calls: Calls, record: str | None, payload: dict[str, Any]) -> Response:
        found = _id(record)
        if not calls.exists(found):
            raise Refused("missing_record", f"record object with id {found} could not be found", 404)
        try:
            calls.as_bot("unlink", [found])
        except UserError as error:
            raise Refused("exception", error.message, 503) from None
        return _result(f"record {found} has been successfully deleted")

    def _patch(self, method: str, calls: Calls, record: str | None, payload: dict[str, Any]) -> Response:
        found = _id(record)
        if not calls.exists(found) or not calls.has(method):
            text = f"record object with id {found} could not be found or {calls.model} object has no method {method}"
            raise Refused("missing_record", text, 404)
        try:
            calls.as_bot(method, [found])
        except OdooError as error:
            raise Refused("exception", error.message, 503) from None
        return _result(f"record {found} has been successfully update")


class Calls:
    """The calls of one request: to one model, for one caller, under one fault."""

    def __init__(self, sandbox: Sandbox, uid: int, model: str, fault: Fault | None) -> None:
        self.sandbox, self.uid, self.model, self.fault = sandbox, uid, model, fault

    def as_caller(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._do(self.uid, method, args, kwargs)

    def as_bot(self, method: str, *args: Any) -> Any:
        """What the module does with ``sudo()``, which in Odoo 12 is OdooBot."""
        return self._do(BOT_UID, method, args, {})

    def _do(self, uid: int, method: str, args: Any, kwargs: dict[str, Any]) -> Any:
        fault, self.fault = self.fault, None
        return dispatch.perform(
            self.sandbox,
            fault,
            method,
            None,
            lambda started: self.sandbox.call_kw(uid, self.model, method, args, kwargs, started),
        )

    def check_model(self, status: int) -> None:
        if self.model not in self.sandbox.registry.classes:
            text = f"The model {self.model} is not available in the registry."
            raise Refused("invalid object model", text, status)

    def exists(self, record: int) -> bool:
        """Raises ``InternalServerError`` for a model that there is not: the module stumbles there."""
        if self.model not in self.sandbox.registry.classes:
            raise InternalServerError
        return bool(self.as_bot("search", [["id", "=", record]]))

    def has(self, method: str) -> bool:
        return getattr(getattr(self.sandbox.registry.classes[self.model], method, None), "is_public", False)

    def rows(self, rows: list[dict[str, Any]]) -> Response:
        """Rows as the module shows them: moments in ISO form."""
        moments = {name for name, field in self._fields().items() if field.type == "datetime"}
        for row in rows:
            for name in moments & row.keys():
                row[name] = row[name].replace(" ", "T") if row[name] else row[name]
        return _result(rows)

    def _fields(self) -> dict[str, Any]:
        return self.sandbox.registry.descriptions[self.model].fields


NOT_FOR_JSON = {"jsonrpc": "2.0", "id": None, "error": {"code": 200, "message": "Odoo Server Error"}}


def _answer(work: Callable[[Request], Response], request: Request) -> Response:
    """The module's answer; what it does not expect itself is an internal error."""
    try:
        return work(request)
    except Refused as refused:
        body = {"type": refused.kind, "message": refused.message or "wrong arguments (missing validation)"}
        return Response(json.dumps(body), status=refused.status, content_type=JSON)
    except (OdooError, ValueError, SyntaxError, TypeError):
        return InternalServerError().get_response()


def _result(data: list[Any] | str) -> Response:
    count = 1 if isinstance(data, str) else len(data)
    return Response(json.dumps({"count": count, "data": data}), content_type=JSON)


def _is_json(request: Request) -> bool:
    return request.mimetype in ("application/json", "application/json-rpc")


def _token(request: Request) -> str:
    return request.headers.get("access-token") or request.headers.get("access_token") or ""


def _payload(request: Request) -> dict[str, Any]:
    try:
        payload = json.loads(request.get_data())
    except ValueError:
        raise BadRequest("Invalid JSON data") from None
    if not isinstance(payload, dict):
        raise BadRequest("Invalid JSON data")
    return payload


def _literal(text: Any) -> Any:
    """A Python literal, as fields, domains and prefixed values come; its tuples become lists.

    Raises ``ValueError`` or ``SyntaxError`` for anything else.
    """
    if not isinstance(text, str):
        raise ValueError(f"malformed node or string: {text!r}")
    return _listed(ast.literal_eval(text))


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple | set) else value


def _id(record: str | None) -> int:
    """The id in the path; 0 for a JSON request that has none."""
    try:
        return int(str(record)) if record != "" else 0
    except ValueError:
        raise Refused("invalid object id", f"invalid literal {record} for id with base ") from None
