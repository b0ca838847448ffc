"""What leaves the clinic about a person: what would be sent, what was sent, and how that is forgotten again."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from odoo_bridge import timeline
from odoo_bridge.fields import File, NotYet, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import Connection, Entry, Link
from odoo_bridge.registry import registry
from odoo_bridge.said import _
from odoo_bridge.scope import Scope
from odoo_bridge.timeline import Shown

LEFT = (Entry.What.CREATED, Entry.What.SENT)


class Paper:
    """A scope that asks nobody: Odoo's own ids are written as what they are found by."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._scope = Scope(connection, None)  # type: ignore[arg-type]  # it is never asked anything that Odoo knows
        self.phone_region = self._scope.phone_region
        self.xmlid = self._scope.xmlid
        self.know = self._scope.know
        self.expects = self._scope.expects
        self.company_of, self.company_of_invoice = self._scope.company_of, self._scope.company_of_invoice

    def know_companies(self, invoices: Iterable[UUID]) -> None:
        """Nothing: whose an invoice in Odoo is would have to be asked."""

    def has(self, model: str, name: str) -> bool:
        """Every field that some version of Odoo has is shown."""
        return True

    def odoo_id(self, mapping: str, record: Any) -> Any:
        try:
            return self._scope.odoo_id(mapping, record)
        except NotYet:
            return _("the id of %(record)s, once it is in Odoo", record=record)

    def lookup(self, model: str, key: Any) -> str:
        parts = key if isinstance(key, tuple) else (key,)
        return f"{model}: {' '.join(str(part) for part in parts if part is not None)}"


def on_paper(connection: Connection, key: str, record: Any) -> list[tuple[str, str]]:
    """Return what is sent of a record when it is created in Odoo: (Odoo's field, value), a line for each cell.

    Odoo is not asked: its ids stand as what they are found by, and a file as its length. Empty for what is never sent.
    Raises Refused for what cannot be sent.
    """
    mapping = registry()[key](Paper(connection))
    if mapping.pull_only:
        return []
    rows = mapping.rows("", record, mapping.ours(record, new=True))
    files = {field.column for field in mapping.present.values() if isinstance(field, File)}
    return [
        (column, _length(cell) if column in files else str(cell))
        for row in rows
        for column, cell in zip(mapping.columns, row, strict=True)
        if cell
    ]


def _length(cell: str) -> str:
    size = len(b64decode(cell))
    return _("a file of %(size)s bytes", size=f"{size:,}")


def exact_bytes(scope: Scope, key: str, uid: UUID) -> bytes:
    """Return the arguments of the call that would create a record, as they are put into the request.

    Raises NotYet, Refused, or any of `odoo_bridge.errors`; KeyError for a record that is not here.
    """
    mapping: Mapping = registry()[key](scope)
    if mapping.pull_only:
        raise Refused(_("It only comes from Odoo: nothing of it is ever sent."))
    record = mapping.fetch([uid])[uid]
    ours = mapping.ours(record, new=True)
    rows = mapping.rows(str(scope.xmlid(key, uid)), record, ours)
    named = {"context": scope.client.context | mapping.context | {"tz": "UTC"}}
    return orjson.dumps([mapping.odoo, "load", [mapping.columns, rows], named])


def records_about(person: UUID) -> dict[str, set[UUID]]:
    """Return the uids of the records that say something of a patient, by mapping."""
    return {
        key: set(mapping.model().objects.filter(**{mapping.person: person}).values_list("uid", flat=True))
        for key, mapping in registry().items()
        if mapping.person
    }


def disclosures(person: UUID) -> list[Shown]:
    """Return what left the clinic about a patient: when, to which Odoo, which fields; the newest first."""
    entries = Entry.objects.filter(what__in=LEFT, uid__in=_all(records_about(person)))
    return timeline.unsealed(entries.select_related("connection").order_by("-at", "-pk"))


def forget(person: UUID) -> int:
    """Make the values about a patient in our timelines unreadable; returns how many records' keys were destroyed.

    What was disclosed, when and to whom stays known, by the names of the fields. Odoo itself gets what the clinic
    makes of the patient's record.
    """
    uids = _all(records_about(person))
    Link.objects.filter(uid__in=uids).update(late=[])
    return timeline.erase(uids)


def _all(records: dict[str, set[UUID]]) -> Iterable[UUID]:
    return set().union(*records.values()) if records else set()
