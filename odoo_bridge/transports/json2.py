"""JSON-2: `/json/2/<model>/<method>`, from Odoo 19 on. Named arguments, a bearer key, honest HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo_bridge.errors import Denied, Garbled, Incompatible, OdooError, Rejected
from odoo_bridge.said import _
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.faults import error_from_exception, wrong_key
from odoo_bridge.transports.http import Answer
from odoo_bridge.transports.jsonbody import json_body, json_value
from odoo_bridge.transports.signatures import named
from odoo_bridge.transports.status import error_for_status

JSON = "application/json"


class Json2(Transport):
    """Odoo's models over JSON-2; there is no user id on this wire, and the key is enough to sign in."""

    name = "json2"
    named_arguments = True

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """Call a method of a model, or what stands for `version` and `authenticate` on this wire."""
        if service == "object":
            return self._execute(args, asked)
        if method == "version":
            return self._version()
        database, login, key, _ = args
        return self._sign_in(database, login, key, asked)

    def _version(self) -> dict[str, Any]:
        answer = self.http.request("GET", "/web/version", accept=(JSON,))
        shown = json_value(answer.body)
        if not isinstance(shown, dict):
            raise Garbled(_("The answer names no version."))
        return {"server_version": shown.get("version"), "server_version_info": shown.get("version_info")}

    def _sign_in(self, database: str, login: str, key: str, asked: Asked) -> int | bool:
        """Whose key it is. A key of somebody else than `login` is refused, as it is over RPC."""
        context = self._call(database, key, "res.users", "context_get", {}, asked)
        uid = context.get("uid") if isinstance(context, dict) else None
        if type(uid) is not int:
            raise Incompatible(_("What answers at %(host)s does not sign users in as Odoo does.", host=asked.host))
        users = self._call(database, key, "res.users", "read", {"ids": [uid], "fields": ["login"]}, asked)
        known = users[0].get("login") if isinstance(users, list) and users and isinstance(users[0], dict) else None
        return uid if known == login else False

    def _execute(self, args: list[Any], asked: Asked) -> Any:
        database, _uid, key, model, method, positional, keywords = args
        arguments = named(model, method, positional, keywords)
        result = self._call(database, key, model, method, arguments, asked)
        if method == "create" and isinstance(arguments.get("vals_list"), Mapping):
            return _only(result)  # JSON-2 answers a list even to a single dict (observed on 19)
        return result

    def _call(
        self, database: str, key: str, model: str, method: str, arguments: Mapping[str, Any], asked: Asked
    ) -> Any:
        body = json_body(arguments)
        if not key.isascii():  # a password: keys are hexadecimal
            raise wrong_key(asked)
        if not database.isascii():  # no header carries it, and Odoo makes no such names
            raise _no_database(asked)
        answer = self.http.request(
            "POST",
            f"/json/2/{model}/{method}",
            body,
            content_type=JSON,
            accept=(JSON,),
            headers={"Authorization": f"bearer {key}", "X-Odoo-Database": database},
            keeps_errors=True,
            upload=asked.upload,
            sink=asked.sink,
        )
        if answer.status == 200:
            return json_value(answer.body)
        raise self._error(answer, asked)

    def _error(self, answer: Answer, asked: Asked) -> OdooError:
        if answer.media_type != JSON:
            if answer.status == 404 and b"No database is selected" in answer.body:
                return _no_database(asked)
            return error_for_status(answer.status, answer.headers, self.http.address)
        try:
            error = json_value(answer.body)
        except Garbled:  # a proxy's: its status says more
            return error_for_status(answer.status, answer.headers, self.http.address)
        name, message = (error.get("name"), error.get("message")) if isinstance(error, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(message, str):
            return error_for_status(answer.status, answer.headers, self.http.address)
        return _from_http_error(name, message, asked) or error_from_exception(name, message, asked)


def _no_database(asked: Asked) -> Denied:
    return Denied(_("Odoo at %(host)s has no database of that name.", host=asked.host), reason="database")


def _from_http_error(name: str, message: str, asked: Asked) -> OdooError | None:
    """The errors that JSON-2 itself raises, before any method is called (observed on 19)."""
    module, _, short = name.rpartition(".")
    if module != "werkzeug.exceptions":
        return None
    if short == "Unauthorized":
        return wrong_key(asked)
    if short in ("NotFound", "UnprocessableEntity", "MethodNotAllowed"):
        return Incompatible(f"{asked.model}.{asked.method}: {message}")
    if short == "BadRequest":
        return Rejected(message)
    return None


def _only(result: Any) -> Any:
    if not isinstance(result, list) or len(result) != 1:
        raise Garbled(_("Odoo's answer to create cannot be read."))
    return result[0]
