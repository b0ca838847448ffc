"""The third-party REST module for Odoo 12: a token, and records at `/api/<model>[/<id>]`.

It reads, creates, writes and deletes one record at a time, and has neither `load()` nor methods: enough to look
around in an old Odoo, too little for the sync. docs/rest-module.md tells what it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from odoo_bridge.errors import Denied, Garbled, Incompatible, Missing, OdooError, Rejected
from odoo_bridge.said import _
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.faults import wrong_key
from odoo_bridge.transports.http import Answer, Http
from odoo_bridge.transports.jsonbody import json_body, json_value
from odoo_bridge.transports.jsonrpc import JsonRpc
from odoo_bridge.transports.signatures import named
from odoo_bridge.transports.status import error_for_status

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Rest(Transport):
    """Odoo's models over the REST module. Signs in for a token, which stands for user and password from then on."""

    name = "rest"

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._token = ""
        self._offered: dict[str, Callable[[str, dict[str, Any], Asked], Any]] = {
            "search": self._search,
            "search_read": self._search_read,
            "search_count": self._search_count,
            "read": self._read,
            "create": self._create,
            "write": self._write,
            "unlink": self._unlink,
        }

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """Call what the module offers of a model. Raises Incompatible, with the method's name, for the rest."""
        if asked.upload or asked.sink:  # as a value it would hold the placeholder of the file
            raise Incompatible(_("The REST module takes and gives no files."))
        if service == "object":
            model, called, positional, keywords = args[3:]
            return self._execute(model, called, named(model, called, positional, keywords), asked)
        if method == "version":  # the module has no such thing, and Odoo's own answer needs no sign-in
            return JsonRpc(self.http).send(service, method, args, asked)
        if method == "sign_out":
            return self._sign_out(asked)
        database, login, password, *_rest = args
        return self._sign_in(database, login, password, asked)

    def _sign_out(self, asked: Asked) -> None:
        """Delete the token, on the server too."""
        self._ask("DELETE", "auth/token", asked)
        self._token = ""

    def _sign_in(self, database: str, login: str, password: str, asked: Asked) -> Any:
        form = urlencode({"db": database, "login": login, "password": password}).encode()
        self._token = ""
        answer = self._request("GET", "auth/token", form, FORM)
        if answer.status != 200:
            raise self._refused_sign_in(answer, asked)
        granted = json_value(answer.body)
        if not isinstance(granted, dict) or not isinstance(granted.get("access_token"), str):
            raise Garbled(_("The answer holds no token."))
        self._token = granted["access_token"]
        return granted.get("uid")

    def _execute(self, model: str, method: str, arguments: dict[str, Any], asked: Asked) -> Any:
        offered = self._offered.get(method)
        if offered is None:
            raise Incompatible(
                _(
                    "The REST module cannot %(method)s: it reads, creates, writes and deletes records, and no more.",
                    method=method,
                )
            )
        context = arguments.pop("context", {})
        if lost := sorted(context.keys() - {"lang", "tz"}):
            raise Incompatible(_("The REST module cannot be told the context %(join)s.", join=", ".join(lost)))
        return offered(model, arguments, asked)

    # ---- what it offers

    def _search_read(self, model: str, arguments: dict[str, Any], asked: Asked) -> Any:
        query = {name: value for name, value in arguments.items() if value not in (None, False, [])}
        query |= {name: repr(query[name]) for name in ("domain", "fields") if name in query}
        # The module reads a JSON body only: from a query string it would take nothing, and answer every record.
        return self._rows(self._ask("GET", model, asked, body=json_body(query)))

    def _search(self, model: str, arguments: dict[str, Any], asked: Asked) -> list[int]:
        rows = self._search_read(model, {**arguments, "fields": ["id"]}, asked)
        return [row["id"] for row in rows]

    def _search_count(self, model: str, arguments: dict[str, Any], asked: Asked) -> int:
        return len(self._search(model, arguments, asked))

    def _read(self, model: str, arguments: dict[str, Any], asked: Asked) -> Any:
        _given(arguments, "ids")
        domain = [("id", "in", arguments["ids"])]
        rows = self._search_read(model, {"domain": domain, "fields": arguments.get("fields")}, asked)
        places = {record: place for place, record in enumerate(arguments["ids"])}
        return sorted(rows, key=lambda row: places.get(row["id"], 0))

    def _create(self, model: str, arguments: dict[str, Any], asked: Asked) -> int:
        values = _given(arguments, "vals_list")
        if not isinstance(values, Mapping):
            if not isinstance(values, list) or len(values) != 1:
                raise Incompatible(_("The REST module creates one record at a time."))
            return [self._create(model, {"vals_list": values[0]}, asked)]  # type: ignore[return-value]
        rows = self._rows(self._ask("POST", model, asked, body=json_body(dict(values))))
        if len(rows) != 1:
            raise Garbled(_("The answer does not hold the record that was made."))
        return int(rows[0]["id"])

    def _write(self, model: str, arguments: dict[str, Any], asked: Asked) -> bool:
        values = _given(arguments, "vals")
        self._ask("PUT", f"{model}/{_one(arguments)}", asked, body=json_body(values))
        return True

    def _unlink(self, model: str, arguments: dict[str, Any], asked: Asked) -> bool:
        self._ask("DELETE", f"{model}/{_one(arguments)}", asked)
        return True

    # ---- one request

    def _ask(self, verb: str, path: str, asked: Asked, *, body: bytes = b"") -> Any:
        answer = self._request(verb, path, body, JSON if body else FORM)
        if answer.status != 200:
            raise self._refused(answer, asked)
        return json_value(answer.body)

    def _request(self, verb: str, path: str, body: bytes, content_type: str) -> Answer:
        headers = {"access-token": self._token} if self._token else {}
        return self.http.request(
            verb,
            f"/api/{path}",
            body,
            content_type=content_type,
            accept=(JSON,),
            headers=headers,
            keeps_errors=True,
        )

    def _rows(self, answer: Any) -> list[dict[str, Any]]:
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) and type(row.get("id")) is int for row in rows):
            raise Garbled(_("The answer holds no records."))
        return rows

    def _refused_sign_in(self, answer: Answer, asked: Asked) -> OdooError:
        kind, message = self._reason(answer)
        if "database" in kind or "database" in message:
            return Denied(_("Odoo at %(host)s has no database of that name.", host=asked.host), reason="database")
        return wrong_key(asked)

    def _refused(self, answer: Answer, asked: Asked) -> OdooError:
        kind, message = self._reason(answer)
        lowered = kind.lower()
        if "access_token" in lowered:
            return wrong_key(asked)
        if "access" in lowered:
            return Denied(message, reason="rights")
        if "object model" in lowered:
            return Incompatible(message)
        if "does not exist or has been deleted" in message or "missing_record" in lowered:
            return Missing(message)
        return Rejected(message)

    def _reason(self, answer: Answer) -> tuple[str, str]:
        """Kind and message of a refusal; raises what the status stands for where the module did not write it."""
        from_module = json_value(answer.body) if answer.media_type == JSON else None
        if isinstance(from_module, dict) and isinstance(from_module.get("message"), str):
            return str(from_module.get("type", "")), from_module["message"]
        raise error_for_status(answer.status, answer.headers, self.http.address)


def _given(arguments: Mapping[str, Any], name: str) -> Any:
    """An argument. Raises Rejected where it is missing, or where `ids` or `vals` are not what they are called."""
    value = arguments.get(name)
    is_right = {"ids": _are_ids(value), "vals": isinstance(value, Mapping)}
    if not is_right.get(name, value):
        raise Rejected(_("The call wants %(name)s.", name=name), field=name)
    return value


def _are_ids(ids: object) -> bool:
    return isinstance(ids, list) and all(type(one) is int for one in ids)


def _one(arguments: Mapping[str, Any]) -> int:
    ids = _given(arguments, "ids")
    if len(ids) != 1:
        raise Incompatible(_("The REST module changes one record at a time."))
    return int(ids[0])
