"""Ways to reach Odoo's services. A transport is one class with one method, over one shared HTTP layer."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from odoo_bridge.errors import Rejected
from odoo_bridge.transports.faults import Asked
from odoo_bridge.transports.http import Http
from odoo_bridge.transports.jsonrpc import JsonRpc
from odoo_bridge.transports.xmlrpc import XmlRpc

TransportName = Literal["auto", "xmlrpc", "jsonrpc"]


class Transport(Protocol):
    """Calls a method of one of Odoo's services ('common', 'object') with positional arguments."""

    name: str
    wide_integers: bool

    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """The method's result as plain values; `asked` is for the reading of faults, and is not sent."""
        ...


def transport_named(name: str, http: Http) -> Transport:
    """The transport of that name. 'auto' is JSON-RPC, which carries None and is quicker on Odoo 16 to 19.

    Raises Rejected (field 'transport') for a name that is none.
    """
    if name in ("auto", "jsonrpc"):
        return JsonRpc(http)
    if name == "xmlrpc":
        return XmlRpc(http)
    raise Rejected("The transport is one of auto, jsonrpc, xmlrpc.", field="transport")


__all__ = ["Transport", "TransportName", "transport_named"]
