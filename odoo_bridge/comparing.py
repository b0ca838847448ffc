"""Both sides laid side by side, by id and by content, a page of records at a time; nothing is changed.

The sync works from what changed; this looks at everything, and so finds what no change told of: an edit that was
missed, a record that was deleted or never came, one that somebody entered in Odoo a second time, an amount of money
that differs. What is on its way, or waits for a person already, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.foresight import say
from odoo_bridge.found import Apart
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.models import Connection, Link
from odoo_bridge.placing import belonging

PAGE = 500
UNDONE = frozenset({"cancel", "canceled", "rejected"})


@dataclass(frozen=True)
class Drift:
    """One record on which the two sides are apart. `kind` is an `Apart`.

    `fields`: Odoo's name -> {"ours": ..., "theirs": ...}, as plain values; what is apart, where that can be said. Of a
    doubled record they are what both of Odoo's say, and `twins` are the ids of those that are not ours.
    """

    kind: str
    mapping: str
    uid: UUID
    odoo_id: int | None
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    twins: tuple[int, ...] = ()
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same as `fields`, as people read it."""

    @property
    def says(self) -> str:
        return Apart(self.kind).sentence


def quiet(connection: Connection) -> Any:
    """Return the links of records that are in Odoo, with nothing on its way and nobody at work on them."""
    links = Link.objects.filter(connection=connection, odoo_id__isnull=False)
    # What a worker held that was killed stays marked with its lease, and is in nobody's hands when that is over.
    return links.filter(wanted=F("pushed"), needs_person=False, sent__isnull=True).free(timezone.now())


def missing(mapping: Mapping, after: int) -> tuple[list[int], list[Drift]]:
    """Return a page of keys beyond `after` of records that have no counterpart, and those that belong in Odoo."""
    connection = mapping.scope.connection
    links = Link.objects.filter(connection=connection, mapping=mapping.key)
    known = links.exclude(odoo_id=None, wanted=F("pushed"), needs_person=False).values("uid")
    lacking = belonging(type(mapping), connection).exclude(uid__in=known).filter(pk__gt=after)
    keys = dict(lacking.order_by("pk").values_list("pk", "uid").distinct()[:PAGE])
    found = [
        Drift(Apart.ABSENT, mapping.key, uid, None)
        for uid, record in mapping.fetch(keys.values()).items()
        if mapping.is_wanted(record) and not mapping.is_history(record)
    ]
    return list(keys), found


def compared(mapping: Mapping, after: int) -> tuple[list[int], list[Drift]]:
    """Return a page of the keys of links beyond `after`, and on which of their records the two sides are apart."""
    connection = mapping.scope.connection
    links = list(quiet(connection).filter(mapping=mapping.key, pk__gt=after).order_by("pk")[:PAGE])
    ids = [link.odoo_id for link in links if link.odoo_id]
    found = mapping.scope.client.read(mapping.odoo, ids, mapping.read_fields) if ids else []
    answers = {row["id"]: row for row in mapping.complete(found)}
    records = mapping.fetch(link.uid for link in links)
    drifts: list[Drift] = []
    for link in links:
        answer = answers.get(link.odoo_id or 0)
        if answer is None:
            drifts.append(Drift(Apart.GONE, mapping.key, link.uid, link.odoo_id))
        elif link.uid in records:
            drifts += _apart(mapping, link, records[link.uid], answer)
    return [link.pk for link in links], drifts + list(_doubled(mapping, links, answers))


def _apart(mapping: Mapping, link: Link, record: Any, answer: Values) -> Iterator[Drift]:
    amounts = {name: pair for name, pair in mapping.amounts(record, answer).items() if pair["ours"] != pair["theirs"]}
    if amounts:
        yield Drift(Apart.MONEY, mapping.key, link.uid, link.odoo_id, amounts)
    try:
        ours, theirs = mapping.ours(record), mapping.theirs(answer)
    except (NotYet, Refused):
        return
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    fields = {
        name: {"ours": ours[name], "theirs": theirs[name]}
        for name in mapping.owners
        # Each side's spelling is compared with its own of last time: what Odoo normalised is nobody's edit.
        if name in theirs
        and ours[name] != theirs[name]
        and (ours[name] != agreed.ours.get(name, ...) or theirs[name] != agreed.theirs.get(name, ...))
    }
    if fields:
        kind = Apart.ARCHIVED if "active" in fields else Apart.DIFFERS
        words = {
            name: {"ours": say(mapping, name, ours[name], record), "theirs": say(mapping, name, theirs[name], None)}
            for name in fields
        }
        yield Drift(kind, mapping.key, link.uid, link.odoo_id, fields, words=words)


def _doubled(mapping: Mapping, links: list[Link], answers: dict[int, Values]) -> Iterator[Drift]:
    """Find records in Odoo that say the same as ours and are nobody's here: somebody entered them a second time."""
    names = [name for name in mapping.identity if mapping.scope.has(mapping.odoo, name)]
    telling = (row for row in answers.values() if _says_enough(mapping, row, names))
    by_identity = {_identity(row, names): row["id"] for row in telling}
    first = sorted({identity[0] for identity in by_identity if identity[0]})
    if not first:
        return
    asked = [*names, "state"] if "state" in mapping.read_fields else names
    domain = [*mapping.pulled, [names[0], "in", first], ["id", "not in", list(answers)]]
    rows = mapping.scope.client.search_read(mapping.odoo, domain, asked)
    ours = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key)
    known = set(ours.filter(odoo_id__in=[row["id"] for row in rows]).values_list("odoo_id", flat=True))
    twins: dict[int, list[Values]] = {}
    for row in rows:
        counterpart = by_identity.get(_identity(row, names))
        if counterpart and row["id"] not in known and row.get("state") not in UNDONE:
            twins.setdefault(counterpart, []).append(row)
    for link in links:
        if found := twins.get(link.odoo_id or 0):
            said = {name: {"ours": _shown(row[name]), "theirs": _shown(row[name])} for row in found for name in names}
            ids = tuple(row["id"] for row in found)
            yield Drift(Apart.DOUBLED, mapping.key, link.uid, link.odoo_id, said, ids)


def _says_enough(mapping: Mapping, row: Values, names: list[str]) -> bool:
    """Tell whether a record says enough to be recognised: of several values two at least, none of them hidden."""
    visible = {*mapping.theirs(row), *mapping.observed}
    return visible.issuperset(names) and sum(bool(row[name]) for name in names) >= min(2, len(names) or 1)


def _identity(row: Values, names: list[str]) -> tuple[Any, ...]:
    return tuple(row[name][0] if isinstance(row[name], list) and row[name] else row[name] for name in names)


def _shown(value: Any) -> Any:
    return value[1] if isinstance(value, list) and len(value) == 2 else value or None
