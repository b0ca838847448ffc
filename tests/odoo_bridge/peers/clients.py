"""The public Odoo clients, each used as its own guide says, with the few verbs that the tests share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit
from xmlrpc.client import Fault

import odoolib
import odoolib.tools
import odooly
import odoorpc

from tests.odoo_bridge.peers.servers import Server

Vals = dict[str, Any]
NONE_IN_XML = "cannot marshal None"


class Program(ABC):
    """A program that speaks to Odoo through one of the clients, over one protocol."""

    @abstractmethod
    def whoami(self) -> int: ...

    @abstractmethod
    def create(self, model: str, vals: Vals) -> int: ...

    @abstractmethod
    def search(self, model: str, domain: list[Any], **options: Any) -> list[int]: ...

    @abstractmethod
    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Vals]: ...

    @abstractmethod
    def write(self, model: str, ids: list[int], vals: Vals) -> bool: ...

    @abstractmethod
    def unlink(self, model: str, ids: list[int]) -> bool: ...

    @abstractmethod
    def call(self, model: str, method: str, ids: list[int]) -> None:
        """A workflow method, whatever it answers."""

    def one(self, model: str, record: int, *fields: str) -> Vals:
        (row,) = self.read(model, [record], list(fields))
        return row


class ByOdooRPC(Program):
    """OdooRPC, over JSON-RPC."""

    def __init__(self, server: Server, secret: str) -> None:
        place = urlsplit(server.url)
        self.odoo = odoorpc.ODOO(place.hostname, protocol="jsonrpc", port=place.port)
        self.odoo.login(server.database, server.username, secret)

    def whoami(self) -> int:
        return self.odoo.env.uid

    def create(self, model: str, vals: Vals) -> int:
        return self.odoo.env[model].create(vals)

    def search(self, model: str, domain: list[Any], **options: Any) -> list[int]:
        return self.odoo.env[model].search(domain, **options)

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Vals]:
        return self.odoo.env[model].read(ids, fields)

    def write(self, model: str, ids: list[int], vals: Vals) -> bool:
        return self.odoo.env[model].write(ids, vals)

    def unlink(self, model: str, ids: list[int]) -> bool:
        return self.odoo.env[model].unlink(ids)

    def call(self, model: str, method: str, ids: list[int]) -> None:
        # Its records read all their fields at once, which a real 17 cannot put into JSON for invoices.
        self.odoo.execute(model, method, ids)


class ByOdooly(Program):
    """odooly, over the protocol that the address and the secret choose."""

    def __init__(self, client: odooly.Client) -> None:
        self.client = client

    def whoami(self) -> int:
        return self.client.env.uid

    def create(self, model: str, vals: Vals) -> int:
        made = self.client.env.execute(model, "create", vals)
        return made[0] if isinstance(made, list) else made

    def search(self, model: str, domain: list[Any], **options: Any) -> list[int]:
        return self.client.env.execute(model, "search", domain, **options)

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Vals]:
        return self.client.env.execute(model, "read", ids, fields)

    def write(self, model: str, ids: list[int], vals: Vals) -> bool:
        return self.client.env.execute(model, "write", ids, vals)

    def unlink(self, model: str, ids: list[int]) -> bool:
        return self.client.env.execute(model, "unlink", ids)

    def call(self, model: str, method: str, ids: list[int]) -> None:
        self.client.env.execute(model, method, odooly.Ids(ids))


class ByClientLib(Program):
    """odoo-client-lib, over XML-RPC or JSON-RPC."""

    def __init__(self, server: Server, protocol: str, secret: str) -> None:
        place = urlsplit(server.url)
        self.connection = odoolib.get_connection(
            hostname=place.hostname,
            protocol=protocol,
            port=place.port,
            database=server.database,
            login=server.username,
            password=secret,
        )
        self.connection.check_login()

    def model(self, model: str) -> Any:
        return self.connection.get_model(model)

    def whoami(self) -> int:
        return self.connection.get_user_context()["uid"]

    def create(self, model: str, vals: Vals) -> int:
        return self.model(model).create(vals)

    def search(self, model: str, domain: list[Any], **options: Any) -> list[int]:
        return self.model(model).search(domain, **options)

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Vals]:
        return self.model(model).read(ids, fields)

    def write(self, model: str, ids: list[int], vals: Vals) -> bool:
        return self.model(model).write(ids, vals)

    def unlink(self, model: str, ids: list[int]) -> bool:
        return self.model(model).unlink(ids)

    def call(self, model: str, method: str, ids: list[int]) -> None:
        try:
            getattr(self.model(model), method)(ids)
        except Fault as fault:
            # The work is done by then: only the answer cannot be put into XML.
            if NONE_IN_XML not in f"{fault.faultCode}{fault.faultString}":
                raise


class ByClientLibJson2(Program):
    """odoo-client-lib, over JSON-2, with named arguments."""

    def __init__(self, server: Server, key: str) -> None:
        place = urlsplit(server.url)
        self.connection = odoolib.get_connection(
            hostname=place.hostname, protocol="json2", port=place.port, database=server.database, password=key
        )
        if not self.connection.check_login():
            raise odoolib.tools.AuthenticationError("the key is wrong")

    def model(self, model: str) -> Any:
        return self.connection.get_model(model)

    def whoami(self) -> int:
        return self.connection.get_user_context()["uid"]

    def create(self, model: str, vals: Vals) -> int:
        (made,) = self.model(model).create(vals_list=vals)
        return made

    def search(self, model: str, domain: list[Any], **options: Any) -> list[int]:
        return self.model(model).search(domain=domain, **options)

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Vals]:
        rows = self.model(model).read(ids=ids, fields=fields)
        return [rows] if isinstance(rows, dict) else rows

    def write(self, model: str, ids: list[int], vals: Vals) -> bool:
        return self.model(model).write(ids=ids, vals=vals)

    def unlink(self, model: str, ids: list[int]) -> bool:
        return self.model(model).unlink(ids=ids)

    def call(self, model: str, method: str, ids: list[int]) -> None:
        getattr(self.model(model), method)(ids=ids)


def by_odooly(server: Server, protocol: str, secret: str) -> ByOdooly:
    # It keeps clients that signed in by database and user, for the next of the same.
    odooly.Env._cache.clear()
    if protocol == "jsonrpc":
        return ByOdooly(odooly.Client(f"{server.url}/jsonrpc", server.database, server.username, api_key=secret))
    if protocol == "json2":
        return ByOdooly(odooly.Client(server.url, server.database, server.username, api_key=secret))
    return ByOdooly(odooly.Client(server.url, server.database, server.person, secret))


MAKERS = {
    "OdooRPC over JSON-RPC": ByOdooRPC,
    "odooly over JSON-RPC": lambda server, secret: by_odooly(server, "jsonrpc", secret),
    "odooly over JSON-2": lambda server, secret: by_odooly(server, "json2", secret),
    "odooly in a web session": lambda server, secret: by_odooly(server, "session", secret),
    "odoo-client-lib over XML-RPC": lambda server, secret: ByClientLib(server, "xmlrpc", secret),
    "odoo-client-lib over JSON-RPC": lambda server, secret: ByClientLib(server, "jsonrpc", secret),
    "odoo-client-lib over JSON-2": ByClientLibJson2,
}
REFUSALS = (odoorpc.error.RPCError, odooly.Error, odooly.ServerError, odoolib.tools.AuthenticationError)


def sign_in(client: str, server: Server, secret: str = "") -> Program:
    """A program that has signed in; with the right secret for its protocol if none is given."""
    right = server.password if client.endswith("session") else server.key
    return MAKERS[client](server, secret or right)
