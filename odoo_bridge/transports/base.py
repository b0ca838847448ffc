"""What every transport is: Odoo's services 'common' and 'object', on whatever wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from odoo_bridge.transports.http import Http
    from odoo_bridge.transports.streams import Sink, Upload


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call is about, for the reading of its answer; none of it is sent.

    `host` is for messages. `upload` and `sink` are the file that goes with the call or comes back with it,
    in pieces instead of as one value.
    """

    host: str
    model: str = ""
    method: str = ""
    upload: Upload | None = None
    sink: Sink | None = None


class Transport(ABC):
    """Calls a method of one of Odoo's services.

    The services are those of Odoo's RPC, whatever the wire makes of them: `common.version()`,
    `common.authenticate(database, login, key, {})` and `object.execute_kw(database, uid, key, model, method,
    args, kwargs)`.
    """

    name: str
    wide_integers = True
    """Whether whole numbers beyond 32 bits can be sent."""
    named_arguments = False
    """Whether the wire has no positional arguments; ids are then `ids`."""

    def __init__(self, http: Http) -> None:
        self.http = http

    @abstractmethod
    def send(self, service: str, method: str, args: list[Any], asked: Asked) -> Any:
        """The method's result as plain values. Raises any of the family of `odoo_bridge.errors`."""
