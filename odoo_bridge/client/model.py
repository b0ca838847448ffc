"""One model of Odoo, with typed values and checked conditions:

    partners = Model(odoo, "res.partner")
    for partner in partners.each(F("country_id.code") == "BE", ["name", "email"]):
        ...
    ann = partners.create({"name": "Ann", "category_id": (7,)})

Values are those of `typed`; everything that can be refused here is refused before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from odoo_bridge.client.checking import Fields, checked
from odoo_bridge.client.domains import EVERYTHING
from odoo_bridge.client.reading import PAGE, pages
from odoo_bridge.client.typed import ATTRIBUTES, Schema
from odoo_bridge.errors import Missing, Rejected

if TYPE_CHECKING:
    from odoo_bridge.client.core import Client, Domain, Record
    from odoo_bridge.client.session import Values


class Model:
    """`name`, as in 'res.partner', over `client`. `context`: sent with every call, over the client's own.

    All methods raise the client's errors; Rejected names the `field`. As safe between threads as the client.
    """

    def __init__(self, client: Client, name: str, *, context: Values | None = None) -> None:
        self.client = client
        self.name = name
        self.context: dict[str, Any] = dict(context or {})
        self._defaults: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"Model({self.client!r}, {self.name!r})"

    @property
    def schema(self) -> Schema:
        """The model's fields; the client asks for them once."""
        return Schema(self.name, self._fields(self.name))

    def _fields(self, model: str) -> Fields:
        return self.client.fields_get(model, ATTRIBUTES)

    def _checked(self, domain: Domain) -> list[Any]:
        return checked(domain, self.name, fields=self._fields, version=lambda: self.client.version().major)

    # ---- reading

    def search(
        self, domain: Domain = EVERYTHING, *, limit: int | None = None, offset: int = 0, order: str | None = None
    ) -> list[int]:
        """Ids of the records that match. Archived ones only if the context holds {'active_test': False}."""
        return self.client.search(
            self.name, self._checked(domain), limit=limit, offset=offset, order=order, context=self.context
        )

    def count(self, domain: Domain = EVERYTHING) -> int:
        """How many records match."""
        return self.client.search_count(self.name, self._checked(domain), context=self.context)

    def find(
        self,
        domain: Domain,
        fields: Sequence[str],
        *,
        limit: int | None = None,
        offset: int = 0,
        order: str | None = None,
    ) -> list[Record]:
        """The records that match, each with `id` and the fields named. For many of them, see `each`."""
        rows = self.client.search_read(
            self.name,
            self._checked(domain),
            self._named(fields),
            limit=limit,
            offset=offset,
            order=order,
            context=self.context,
        )
        return self._records(rows)

    def read(self, ids: Sequence[int], fields: Sequence[str]) -> list[Record]:
        """Records by id, archived ones included; ids that are gone are left out."""
        return self._records(self.client.read(self.name, ids, self._named(fields), context=self.context))

    def one(self, record: int, fields: Sequence[str]) -> Record:
        """One record by id. Raises Missing when it is gone."""
        for row in self.read([record], fields):
            if row["id"] == record:
                return row
        raise Missing("The record is gone from Odoo.", ids=[record], model=self.name, method="read")

    def each(
        self, domain: Domain, fields: Sequence[str], *, page: int = PAGE, connections: int = 2
    ) -> Iterator[Record]:
        """All records that match, in the order of their ids, however many: a few pages are held at a time.

        See `reading.pages` for what `page` and `connections` mean, and for records that come or go meanwhile.
        """
        schema, named, checked_domain = self.schema, self._named(fields), self._checked(domain)
        found = pages(
            self.client,
            self.name,
            checked_domain,
            named,
            page=page,
            connections=connections,
            context=self.context,
        )
        return (schema.record(row) for rows in found for row in rows)

    # ---- writing

    def create(self, values: Values) -> int:
        """Make a record; its id. Not to be repeated after Uncertain: it would be made again."""
        return self.client.create(self.name, self._creatable(values), context=self.context)

    def create_many(self, rows: Sequence[Values]) -> list[int]:
        """Make records in one call, all or none; their ids in the same order. No rows, no call."""
        if not rows:
            return []
        return self.client.create(self.name, [self._creatable(values) for values in rows], context=self.context)

    def write(self, ids: int | Sequence[int], values: Values) -> None:
        """Set the same values on all the records, or on none. Raises Missing when one is gone."""
        records = [ids] if isinstance(ids, int) else list(ids)
        self.client.write(self.name, records, self.schema.values(values), context=self.context)

    def unlink(self, ids: int | Sequence[int]) -> None:
        """Delete the records for good, all or none."""
        self.client.unlink(self.name, [ids] if isinstance(ids, int) else list(ids), context=self.context)

    def call(self, method: str, *args: Any, context: Values | None = None, **kwargs: Any) -> Any:
        """Call any public method of the model; values go and come as Odoo writes them."""
        return self.client.call(self.name, method, *args, context={**self.context, **(context or {})}, **kwargs)

    # ---- checking

    def _named(self, fields: Sequence[str]) -> list[str]:
        known = self.schema.fields
        for name in fields:
            if name not in known:
                raise Rejected(f"{self.name} has no field {name}.", field=name, model=self.name)
        return list(fields)

    def _records(self, rows: list[Record]) -> list[Record]:
        schema = self.schema
        return [schema.record(row) for row in rows]

    def _creatable(self, values: Values) -> dict[str, Any]:
        return self.schema.checked_for_create(values, self._filled_in(values))

    def _filled_in(self, values: Values) -> frozenset[str]:
        """Required fields that Odoo has a default for; asked when one is missing, and then remembered."""
        if not self.schema.lacking(values):
            return frozenset()
        if self._defaults is None:
            wanted = self.schema.lacking({})
            found = self.client.call(self.name, "default_get", wanted, context=self.context)
            self._defaults = frozenset(found if isinstance(found, dict) else ())
        return self._defaults
