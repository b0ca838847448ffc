"""What happened to each record between the two sides: written with it, read by people, erasable in its values.

The values before and after lie sealed under a key of the record's own (see `Seal`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction
from django.utils import timezone

from clinic.rows import insert_rows
from odoo_bridge import said
from odoo_bridge.merge import Values
from odoo_bridge.models import Connection, Entry, Link, Seal

What = Entry.What
Change = dict[str, list[Any]]
"""Odoo's name of a field -> [before, after], as plain values."""


@dataclass
class Told:
    """What happened to one record, before it is written down. `note`: a sentence for people."""

    link: Link
    what: Entry.What
    change: Change = field(default_factory=dict)
    note: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Shown:
    """An entry as people see it; `change` and `note` are empty where the values were erased (`is_erased`)."""

    entry: Entry
    change: Change
    note: str
    is_erased: bool


def differences(before: Values, after: Values) -> Change:
    """Return what changes from `before` to `after`, for the fields of `after`."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}


def write(told: Iterable[Told]) -> None:
    """Write entries down, in a fixed number of statements."""
    if told := list(told):
        _write(told)


@transaction.atomic
def _write(told: list[Told]) -> None:
    boxes = _boxes({one.link.uid for one in told})
    now = timezone.now()
    entries = [
        {
            "connection_id": one.link.connection_id,
            "mapping": one.link.mapping,
            "uid": one.link.uid,
            "odoo_id": one.link.odoo_id,
            "at": now,
            "what": one.what,
            "actor": one.actor[:80],
            "fields": sorted(one.change),
            "sealed": _sealed(boxes[one.link.uid], one),
        }
        for one in told
    ]
    insert_rows(Entry, entries)


def _boxes(uids: set[UUID]) -> dict[UUID, Fernet]:
    keys = dict(Seal.objects.filter(uid__in=uids).values_list("uid", "key"))
    if missing := uids - keys.keys():
        fresh = [{"uid": uid, "key": Fernet.generate_key().decode()} for uid in sorted(missing)]
        # Of two workers that seal a record for the first time, one's key stays.
        insert_rows(Seal, fresh, ignore_conflicts=True)
        keys |= dict(Seal.objects.filter(uid__in=missing).values_list("uid", "key"))
    return {uid: Fernet(key) for uid, key in keys.items()}


def _sealed(box: Fernet, one: Told) -> str:
    if not (one.change or one.note):
        return ""
    return box.encrypt(orjson.dumps(said.packed({"change": one.change, "note": one.note}), default=str)).decode()


def of_record(mapping: str, uid: UUID, connection: Connection | None = None) -> list[Shown]:
    """Return the timeline of one record, the newest entry first."""
    entries = Entry.objects.filter(mapping=mapping, uid=uid).select_related("connection").order_by("-at", "-pk")
    return unsealed(entries.filter(connection=connection) if connection else entries)


def unsealed(entries: Iterable[Entry]) -> list[Shown]:
    """Open entries of several records, as far as their keys still exist."""
    entries = list(entries)
    keys = dict(Seal.objects.filter(uid__in={entry.uid for entry in entries}).values_list("uid", "key"))
    boxes = {uid: Fernet(key) for uid, key in keys.items() if key}
    return [_opened(entry, boxes.get(entry.uid)) for entry in entries]


def _opened(entry: Entry, box: Fernet | None) -> Shown:
    if not entry.sealed:
        return Shown(entry, {}, "", is_erased=False)
    try:
        content = json.loads(box.decrypt(entry.sealed.encode())) if box else None
    except InvalidToken:
        content = None
    if content is None:
        return Shown(entry, {}, "", is_erased=True)
    content = said.unpacked(content)
    return Shown(entry, content["change"], content["note"], is_erased=False)


def erase(uids: Iterable[UUID]) -> int:
    """Make the values in the timelines of records unreadable; returns how many keys were destroyed."""
    destroyed, _ = Seal.objects.filter(uid__in=list(uids)).delete()
    return destroyed
