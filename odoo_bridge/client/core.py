"""The Odoo client: Odoo's models as plain Python values, and an error family that says what to do next.

    with Client("https://odoo.example.com", "clinic", "bridge", key) as odoo:
        ids = odoo.search("res.partner", [["ref", "=", "P-1"]])

The calls are the same on XML-RPC, JSON-RPC and JSON-2; the REST module offers some of them, and refuses the others
by name. No call is ever repeated from here. Every method raises the family of `odoo_bridge.errors`: Unreachable,
Uncertain, Busy, Denied, Rejected, Missing, Incompatible. Values are Odoo's: dates as text in UTC, False for
an empty field, `[id, name]` for a many2one. Money arrives as float: take it as `Decimal(str(value))`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, overload

from odoo_bridge.client.calls import logged
from odoo_bridge.client.loading import Loaded, loaded_from
from odoo_bridge.errors import Denied, Garbled, Incompatible, OdooError, Rejected, Uncertain, Unreachable
from odoo_bridge.transports import Asked, Transport, TransportName, transport_named
from odoo_bridge.transports.address import Address
from odoo_bridge.transports.auto import Auto, major_of
from odoo_bridge.transports.faults import is_unknown_external_id, wrong_key
from odoo_bridge.transports.http import Http, Timeout
from odoo_bridge.transports.signatures import positional
from odoo_bridge.transports.streams import Sink, Upload
from odoo_bridge.transports.values import odoo_datetime, sendable_call

OLDEST = 16

Domain = Sequence[Any]
Values = Mapping[str, Any]
Record = dict[str, Any]
ATTRIBUTES = ("type", "string", "required", "readonly", "relation", "selection", "store")


@dataclass(frozen=True, slots=True)
class Version:
    """`major`: 16, 17, ...; `text`: what Odoo calls itself, such as '17.0-20240709'."""

    major: int
    text: str


class Client:
    """One user of one database. Safe to share between threads; connections are kept open and reused.

    `url`: https://host[:port][/prefix]. `username`, `api_key`: of a user who reads and writes no more than
    it has to. `transport`: 'auto', 'json2', 'jsonrpc', 'xmlrpc' or 'rest'. `context`: sent with every call,
    below the call's own. `ca_file`: a PEM bundle to trust in place of the system's. Nothing is sent before the
    first call.
    Raises Rejected (field 'url' or 'transport') for an address or a transport that is none.
    """

    def __init__(
        self,
        url: str,
        database: str,
        username: str,
        api_key: str,
        *,
        transport: TransportName = "auto",
        timeout: Timeout | None = None,
        context: Values | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.address = Address.parse(url)
        self.database = database
        self.username = username
        self.context: dict[str, Any] = dict(context or {})
        self._api_key = api_key
        self._http = Http(self.address, timeout, ca_file=ca_file)
        self._transport: Transport = transport_named(transport, self._http)
        self._uid: int | None = None
        self._fields: dict[tuple[str, tuple[str, ...]], dict[str, Record]] = {}

    def __repr__(self) -> str:
        return f"<Client {self.username} at {self.address}, database {self.database}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        self._http.close()

    # ---- the server

    @property
    def transport(self) -> Transport:
        """The transport in use; with 'auto', the one that was chosen at the first call."""
        chosen = self._transport.chosen if isinstance(self._transport, Auto) else None
        return chosen or self._transport

    @property
    def server_time(self) -> datetime | None:
        """Odoo's clock at its last answer (its `Date` header): aware, UTC, whole seconds; None before
        the first."""
        return self._http.server_time

    def version(self) -> Version:
        """The server's version, without signing in.

        Raises Incompatible for what is no Odoo, or one before 16.
        """
        try:
            answer = self._transport.send("common", "version", [], self._asked())
            return _supported(_version(answer), self.address)
        except Garbled as error:
            raise Incompatible(f"What answers at {self.address} is not Odoo.") from error

    @property
    def uid(self) -> int:
        """The user's id in Odoo; signs in once. Raises Denied: 'credentials' or 'database'."""
        if self._uid is None:
            self._uid = self._sign_in()
        return self._uid

    def _sign_in(self) -> int:
        args = [self.database, self.username, self._api_key, {}]
        try:
            uid = self._transport.send("common", "authenticate", args, self._asked())
        except Uncertain as error:
            # Signing in changes nothing, and the call itself was not sent: there is nothing to look for.
            raise Unreachable(error.message) from error
        if uid is False:
            raise wrong_key(self._asked())
        if type(uid) is not int:
            raise Incompatible(f"What answers at {self.address} does not sign users in as Odoo does.")
        return uid

    # ---- calls

    def call(
        self,
        model: str,
        method: str,
        *args: Any,
        context: Values | None = None,
        upload: Upload | None = None,
        sink: Sink | None = None,
        **kwargs: Any,
    ) -> Any:
        """Call any public method of a model (`execute_kw`); the result as plain values.

        A method of records takes their ids as its first argument or as `ids`. JSON-2 has names only: name the
        further arguments of methods that are not among Odoo's common ones. A method that returns None gives
        None over every transport: over XML-RPC Odoo reports that as a fault, after having committed the work
        (observed on Odoo 16, 17 and 19). Dates (aware), Decimal and tuples are converted. `upload` and `sink`
        are a file that goes with the call, or comes back with it.
        """
        with logged(model, method, args or (kwargs.get("ids"),)) as entry:
            try:
                asked = Asked(self.address.shown, model, method, upload, sink)
                entry.result = self._execute(asked, args, kwargs, context)
            except Denied as error:
                if error.reason == "credentials":
                    self._uid = None  # the next call signs in anew, with whatever key is then valid
                raise error.about(model, method) from error.__cause__
            except OdooError as error:
                raise error.about(model, method) from error.__cause__
        return entry.result

    def _execute(self, asked: Asked, args: tuple[Any, ...], kwargs: Values, context: Values | None) -> Any:
        merged = {**self.context, **(context or {})}
        keywords = {**kwargs, "context": merged} if merged else kwargs
        sent, named = sendable_call(asked.method, args, keywords, wide_integers=self._transport.wide_integers)
        uid = self.uid  # signing in chooses the transport, if that is still open
        if not self.transport.named_arguments:
            sent, named = positional(asked.method, sent, named)
        parameters = [self.database, uid, self._api_key, asked.model, asked.method, sent, named]
        return self._transport.send("object", "execute_kw", parameters, asked)

    def _asked(self) -> Asked:
        return Asked(self.address.shown)

    def search(
        self,
        model: str,
        domain: Domain,
        *,
        limit: int | None = None,
        offset: int = 0,
        order: str | None = None,
        context: Values | None = None,
    ) -> list[int]:
        """Ids of the records that match.

        Only stored fields may stand in a domain: others match everything on 16, 17.
        """
        options = _options(limit=limit, offset=offset, order=order)
        return _ids(self.call(model, "search", list(domain), context=context, **options), model, "search")

    def search_count(self, model: str, domain: Domain, *, context: Values | None = None) -> int:
        """How many records match."""
        return _integer(self.call(model, "search_count", list(domain), context=context), model, "search_count")

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        limit: int | None = None,
        offset: int = 0,
        order: str | None = None,
        context: Values | None = None,
    ) -> list[Record]:
        """The records that match, each with `id` and the fields named."""
        options = _options(limit=limit, offset=offset, order=order)
        rows = self.call(model, "search_read", list(domain), list(fields), context=context, **options)
        return _rows(rows, model, "search_read")

    def read(
        self, model: str, ids: Sequence[int], fields: Sequence[str], *, context: Values | None = None
    ) -> list[Record]:
        """Records by id, archived ones included.

        Ids that are gone are left out of the answer, without an error.
        """
        return _rows(self.call(model, "read", list(ids), list(fields), context=context), model, "read")

    @overload
    def create(self, model: str, values: Values, *, context: Values | None = None) -> int: ...

    @overload
    def create(self, model: str, values: Sequence[Values], *, context: Values | None = None) -> list[int]: ...

    def create(
        self, model: str, values: Values | Sequence[Values], *, context: Values | None = None
    ) -> int | list[int]:
        """Create one record (a mapping: its id) or several (a sequence: their ids), all or none.

        Repeating it creates again: after Uncertain, look first, or create with `load` and an external id.
        """
        if isinstance(values, Mapping):
            return _integer(self.call(model, "create", values, context=context), model, "create")
        return _ids(self.call(model, "create", list(values), context=context), model, "create")

    def write(self, model: str, ids: Sequence[int], values: Values, *, context: Values | None = None) -> None:
        """Set the same values on all records, or on none. Raises Missing when one of them is gone."""
        self.call(model, "write", list(ids), dict(values), context=context)

    def unlink(self, model: str, ids: Sequence[int], *, context: Values | None = None) -> None:
        """Delete the records for good, all or none.

        Raises Missing when one is gone, Rejected when one is in use.
        """
        self.call(model, "unlink", list(ids), context=context)

    def load(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        context: Values | None = None,
    ) -> Loaded:
        """Create or update by external id, all rows or none: the one create that may be repeated.

        `fields` holds 'id' (external id 'module.name') and columns such as 'country_id/.id'. Datetimes are
        read in the context's time zone (observed on Odoo 16, 17 and 19), so UTC is always sent. A refused
        batch is no exception: look at `refused`, or use `raise_if_refused()`.
        """
        in_utc = {**(context or {}), "tz": "UTC"}
        answer = self.call(model, "load", list(fields), [list(row) for row in rows], context=in_utc)
        return loaded_from(answer, model)

    def fields_get(self, model: str, attributes: Sequence[str] = ATTRIBUTES) -> dict[str, Record]:
        """What the model's fields are, by name; asked once for each client, and then remembered."""
        key = (model, tuple(attributes))
        if key not in self._fields:
            fields = self.call(model, "fields_get", attributes=list(attributes))
            if not isinstance(fields, dict):
                raise _garbled(model, "fields_get")
            self._fields[key] = fields
        return self._fields[key]

    # ---- what changed, and what is called how

    def changed_since(
        self,
        model: str,
        since: datetime,
        fields: Sequence[str],
        *,
        domain: Domain = (),
        page: int = 500,
        context: Values | None = None,
    ) -> Iterator[list[Record]]:
        """Pages of records written since a moment (aware), archived ones included, in the order of their ids.

        `write_date` is the start of a transaction that may commit much later, so `since` has to lie at
        least the longest transaction, say five minutes, before the last complete run began on
        `server_time`. Paging is by id alone: a cursor on `write_date` loses rows (all observed on Odoo 16,
        17 and 19). Expect records again that were seen before. Raises Rejected for a naive `since`.
        """
        try:
            moment = odoo_datetime(since)
        except ValueError as error:
            raise Rejected(f"since: {error}", field="write_date", model=model, method="search_read") from None
        everything = {**(context or {}), "active_test": False}
        return self._pages(model, ["write_date", ">=", moment], list(domain), fields, page, everything)

    def _pages(
        self,
        model: str,
        window: list[str],
        domain: list[Any],
        fields: Sequence[str],
        page: int,
        context: Values,
    ) -> Iterator[list[Record]]:
        last = 0
        while True:
            beyond = [window, ["id", ">", last], *domain]
            rows = self.search_read(model, beyond, fields, limit=page, order="id", context=context)
            if not rows:
                return
            following = max(row["id"] for row in rows)
            if following <= last:
                raise _garbled(model, "search_read")  # an answer that ignores the domain would page for ever
            last = following
            yield rows

    def resolve(self, external_id: str) -> tuple[str, int] | None:
        """Model and id behind 'module.name', archived records included; None when it points to nothing
        visible.

        Needs no right on `ir.model.data`. Odoo names the model, but no id, for a record that is gone or
        that the user may not see.
        """
        module, dot, name = external_id.partition(".")
        if not (module and dot and name):
            raise Rejected("An external id looks like module.name.", field="id", model="ir.model.data")
        context = {"active_test": False}  # Odoo looks with a search, which skips archived records
        try:
            found = self.call("ir.model.data", "check_object_reference", module, name, context=context)
        except Rejected as error:
            if is_unknown_external_id(error):
                return None
            raise
        if isinstance(found, list) and len(found) == 2 and isinstance(found[0], str):
            return (found[0], found[1]) if type(found[1]) is int else None
        raise _garbled("ir.model.data", "check_object_reference")


def _options(*, limit: int | None, offset: int, order: str | None) -> dict[str, Any]:
    """Only what differs from Odoo's own defaults."""
    options = {"limit": limit, "offset": offset or None, "order": order}
    return {name: value for name, value in options.items() if value is not None}


def _ids(answer: Any, model: str, method: str) -> list[int]:
    if not isinstance(answer, list) or not all(type(each) is int for each in answer):
        raise _garbled(model, method)
    return answer


def _rows(answer: Any, model: str, method: str) -> list[Record]:
    if not isinstance(answer, list) or not all(isinstance(row, dict) and type(row.get("id")) is int for row in answer):
        raise _garbled(model, method)
    return answer


def _integer(answer: Any, model: str, method: str) -> int:
    if type(answer) is not int:
        raise _garbled(model, method)
    return answer


def _garbled(model: str, method: str) -> Garbled:
    return Garbled(f"Odoo's answer to {method} cannot be read.", model=model, method=method)


def _version(answer: Any) -> Version:
    """Read what `common.version` answers."""
    major = major_of(answer)
    if not major:
        raise Garbled("The answer names no version.")
    return Version(major, str(answer.get("server_version", major)))


def _supported(version: Version, address: Address) -> Version:
    if version.major < OLDEST:
        raise Incompatible(f"{address} runs Odoo {version.text}; this needs Odoo {OLDEST} or newer.")
    return version
