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
from datetime import datetime
from typing import Any, overload

from odoo_bridge.client.arguments import ids_of, rows_of, several_of, values_of
from odoo_bridge.client.attachments import Attachments
from odoo_bridge.client.cache import Remembered
from odoo_bridge.client.checking import Fields
from odoo_bridge.client.loading import Loaded, loaded_from
from odoo_bridge.client.model import Model
from odoo_bridge.client.names import Names
from odoo_bridge.client.session import Session, Values
from odoo_bridge.client.typed import ATTRIBUTES
from odoo_bridge.errors import Garbled, Rejected
from odoo_bridge.transports.faults import is_unknown_external_id
from odoo_bridge.transports.values import odoo_datetime

Domain = Sequence[Any]
Record = dict[str, Any]


class Client(Session):
    """What one does with Odoo's records, as plain values; `odoo["res.partner"]` has the same with Python's types.

    Conditions are checked before anything is sent, and so are the names of fields, for which Odoo is asked once
    for each model (not over the REST module, which has no such answer). `checks_fields`: False to leave the
    names to Odoo. For the other arguments see `Session`. Safe to share between threads.
    """

    def __init__(
        self, url: str, database: str, username: str, api_key: str, *, checks_fields: bool = True, **options: Any
    ) -> None:
        super().__init__(url, database, username, api_key, **options)
        self.remembered = Remembered(self)
        """Answers that change slowly: fields, and ids of Odoo's own records by what they are known by."""
        self._names = Names(self, checks_fields)

    def __getitem__(self, model: str) -> Model:
        return Model(self, model)

    @property
    def attachments(self) -> Attachments:
        """Files of records, sent and fetched in pieces."""
        return Attachments(self)

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

        `domain` holds conditions on fields that Odoo can search; others match everything on 16 and 17, and are
        refused here.
        """
        options = _options(limit=limit, offset=offset, order=order)
        conditions = self._names.domain(model, domain)
        return _ids(self.call(model, "search", conditions, context=context, **options), model, "search")

    def search_count(self, model: str, domain: Domain, *, context: Values | None = None) -> int:
        """How many records match."""
        conditions = self._names.domain(model, domain)
        return _integer(self.call(model, "search_count", conditions, context=context), model, "search_count")

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
        conditions, names = self._names.domain(model, domain), self._names.fields(model, fields)
        rows = self.call(model, "search_read", conditions, names, context=context, **options)
        return _rows(rows, model, "search_read")

    def read(
        self, model: str, ids: Sequence[int], fields: Sequence[str], *, context: Values | None = None
    ) -> list[Record]:
        """Records by id, archived ones included.

        Ids that are gone are left out of the answer, without an error.
        """
        names = self._names.fields(model, fields)
        return _rows(self.call(model, "read", ids_of(ids), names, context=context), model, "read")

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
            one = self._names.values(model, values)
            return _integer(self.call(model, "create", one, context=context), model, "create")
        several = [self._names.values(model, each) for each in several_of(values)]
        return _ids(self.call(model, "create", several, context=context), model, "create")

    def write(self, model: str, ids: Sequence[int], values: Values, *, context: Values | None = None) -> None:
        """Set the same values on all records, or on none.

        Raises Missing when one of them is gone. Of models without record rules, such as the tags of contacts,
        Odoo then says nothing and changes the others (observed on 17).
        """
        self.call(model, "write", ids_of(ids), self._names.values(model, values), context=context)

    def unlink(self, model: str, ids: Sequence[int], *, context: Values | None = None) -> None:
        """Delete the records for good, all or none.

        Raises Missing when one is gone (not of models without record rules; see `write`), Rejected when one
        is in use.
        """
        self.call(model, "unlink", ids_of(ids), context=context)

    def learn_columns(self, model: str, columns: Sequence[str]) -> None:
        """Ask Odoo for what `load` checks its columns by, so that nothing but the call itself is sent by it later.

        Raises Rejected for an unknown column.
        """
        self._names.columns(model, columns)

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
        in_utc = {**values_of(context or {}, "context"), "tz": "UTC"}
        columns = self._names.columns(model, fields)
        data = rows_of(rows)
        answer = self.call(model, "load", columns, data, context=in_utc)
        return loaded_from(answer, model, len(data))

    def fields_get(self, model: str, attributes: Sequence[str] = ATTRIBUTES) -> Fields:
        """What the model's fields are, by name; asked once in ten minutes, and remembered in between."""
        return self.remembered.fields_get(model, attributes)

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
        except (ValueError, OverflowError):
            reason = "a time without a time zone, or outside of the calendar."
            raise Rejected(f"since: {reason}", field="write_date", model=model, method="search_read") from None
        if page < 1:
            raise Rejected("A page holds one record at least.", model=model, method="search_read")
        everything = {**values_of(context or {}, "context"), "active_test": False}
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
