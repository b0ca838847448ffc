"""Ways to reach Odoo. A transport is one class with one method, over one shared HTTP layer."""

from __future__ import annotations

from typing import Literal, get_args

from odoo_bridge.errors import Rejected
from odoo_bridge.transports.auto import Auto
from odoo_bridge.transports.base import Asked, Transport
from odoo_bridge.transports.http import Http
from odoo_bridge.transports.json2 import Json2
from odoo_bridge.transports.jsonrpc import JsonRpc
from odoo_bridge.transports.rest import Rest
from odoo_bridge.transports.xmlrpc import XmlRpc

TransportName = Literal["auto", "xmlrpc", "jsonrpc", "json2", "rest"]

_KINDS: dict[str, type[Transport]] = {
    "auto": Auto,
    "xmlrpc": XmlRpc,
    "jsonrpc": JsonRpc,
    "json2": Json2,
    "rest": Rest,
}


def transport_named(name: str | type[Transport], http: Http) -> Transport:
    """The transport of that name, or of that class; 'auto' chooses by the server's version when it is first used.

    Raises Rejected (field 'transport') for a name that is none.
    """
    kind = _KINDS.get(name) if isinstance(name, str) else name
    if kind is None:
        raise Rejected(f"The transport is one of {', '.join(get_args(TransportName))}.", field="transport")
    return kind(http)


__all__ = ["Asked", "Transport", "TransportName", "transport_named"]
