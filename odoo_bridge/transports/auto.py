"""The transport that suits the server: JSON-2 from Odoo 19 on, JSON-RPC on 16 to 18, the REST module before.

JSON-2 is the quickest and the one that stays (Odoo removes XML-RPC and JSON-RPC in its version 22), but it
takes API keys only. JSON-RPC carries what XML-RPC cannot: None, and integers beyond 32 bits.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import Any

from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.http import Http
from odoo_bridge.transports.json2 import Json2
from odoo_bridge.transports.jsonrpc import JsonRpc
from odoo_bridge.transports.rest import Rest

FIRST_WITH_JSON2 = 19
FIRST_WITH_API_KEYS_AND_LOAD = 16


class Auto(Transport):
    """Chooses at the first call, and stays with its choice."""

    name = "auto"

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._chosen: Transport | None = None
        self._choosing = Lock()

    @property
    def chosen(self) -> Transport | None:
        """The transport in use; None before the first call."""
        return self._chosen

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """As the chosen transport does."""
        chosen = self._chosen or self._choose(asked)
        if (service, method) != ("common", "authenticate"):
            return chosen.send(service, method, args, asked)
        try:
            return chosen.send(service, method, args, asked)
        except Denied as error:
            if error.reason != "credentials" or not isinstance(chosen, Json2):
                raise
            return self._sign_in_with_a_password(args, asked)

    def _choose(self, asked: Asked) -> Transport:
        major = major_of(self._version(asked))
        kind: type[Transport] = JsonRpc
        if major >= FIRST_WITH_JSON2:
            kind = Json2
        elif 0 < major < FIRST_WITH_API_KEYS_AND_LOAD:
            kind = Rest
        with self._choosing:  # another thread's choice stays: somebody may have signed in on it
            self._chosen = self._chosen or kind(self.http)
            return self._chosen

    def _version(self, asked: Asked) -> Any:
        try:
            return JsonRpc(self.http).send("common", "version", [], asked)
        except Incompatible:
            # An Odoo without its old interfaces has this page (observed on 19).
            return Json2(self.http).send("common", "version", [], asked)

    def _sign_in_with_a_password(self, args: list[Any], asked: Asked) -> Any:
        """JSON-2 accepts no passwords; the older interface does, as long as it is there."""
        older = JsonRpc(self.http)
        uid = older.send("common", "authenticate", args, asked)
        if uid is not False:
            self._chosen = older
        return uid


def major_of(answer: Any) -> int:
    """The major version in an answer of `common.version`; 0 where there is none to be read.

    The first number may be text ('saas~17') on Odoo's own hosting.
    """
    try:
        found = re.search(r"(?<!\d)\d{1,4}(?!\d)", str(answer["server_version_info"][0]))
    except (KeyError, IndexError, TypeError):
        return 0
    return int(found[0]) if found else 0
