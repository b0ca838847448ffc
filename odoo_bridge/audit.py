"""The audit: both sides laid side by side, by id and by content, and what differs told with both values.

The sync works from what changed; the audit looks at everything, and so finds what no change told of: an edit that was
missed, a record that was deleted or never came, an amount of money that differs. It changes nothing unless it is asked
to repair, and then only lets the next push look at what was found: the merge decides as it always does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from odoo_bridge.deciding import try_again
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.models import Connection, Link, Watch
from odoo_bridge.placing import belonging
from odoo_bridge.progress import Progress, silent
from odoo_bridge.registry import kept_in
from odoo_bridge.scope import Scope
from odoo_bridge.sync import client_for

PAGE = 500

SAYS = {
    "gone": "It is in Odoo no more.",
    "differs": "It differs from what both sides last agreed on.",
    "money": "The amounts differ.",
    "absent": "It belongs in Odoo, and nothing is on its way.",
}


@dataclass(frozen=True)
class Drift:
    """One record on which the two sides are apart. `kind` is a key of `SAYS`.

    `fields`: Odoo's name -> {"ours": ..., "theirs": ...}, as plain values; what is apart, where that can be said.
    """

    kind: str
    mapping: str
    uid: UUID
    odoo_id: int | None
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def says(self) -> str:
        return SAYS[self.kind]


def audit(connection: Connection, progress: Progress = silent) -> list[Drift]:
    """Compare every record of a connection; what was found, in the order of the mappings.

    What is on its way, or waits for a person already, is left out. How many were apart is noted for the
    metrics. Raises any of `odoo_bridge.errors`.
    """
    with client_for(connection) as client:
        scope = Scope(connection, client)
        found: list[Drift] = []
        mappings = kept_in(scope)
        done, total = 0, _quiet(connection).filter(mapping__in=[mapping.key for mapping in mappings]).count()
        for mapping in mappings:
            for compared, drifts in _of_mapping(mapping(scope)):
                found += drifts
                done += compared
                progress(done, total)
        noted = {"drift": len(found), "audited_at": timezone.now()}
        Watch.objects.update_or_create(connection=connection, defaults=noted)
        return found


def repair(connection: Connection, found: Iterable[Drift]) -> int:
    """Let the next push look at what was found; how many records that are."""
    repaired = 0
    for drift in found:
        for link in Link.objects.filter(connection=connection, mapping=drift.mapping, uid=drift.uid):
            try_again(link)
            repaired += 1
    return repaired


def _quiet(connection: Connection) -> Any:
    """Links of records that are in Odoo, with nothing on its way and nobody at work on them."""
    links = Link.objects.filter(connection=connection, odoo_id__isnull=False)
    # What a worker held that was killed stays marked with its lease, and is in nobody's hands when that is over.
    return links.filter(wanted=F("pushed"), needs_person=False, sent__isnull=True).free(timezone.now())


def _of_mapping(mapping: Mapping) -> Iterator[tuple[int, list[Drift]]]:
    """Yield how many records were compared, and what was found of them."""
    yield 0, list(_absent(mapping, Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key)))
    quiet = _quiet(mapping.scope.connection).filter(mapping=mapping.key)
    keys = list(quiet.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PAGE):
        page = list(quiet.filter(pk__in=keys[start : start + PAGE]))
        yield len(page), list(_compared(mapping, page))


def _absent(mapping: Mapping, links: Any) -> Iterator[Drift]:
    """Records that belong in Odoo, have no counterpart, and are not on their way either."""
    known = links.exclude(odoo_id=None, wanted=F("pushed"), needs_person=False).values("uid")
    missing = (
        belonging(type(mapping), mapping.scope.connection)
        .exclude(uid__in=known)
        .order_by("pk")
        .values_list("uid", flat=True)
    )
    for uid, record in mapping.fetch(missing).items():
        if mapping.is_wanted(record) and not mapping.is_history(record):
            yield Drift("absent", mapping.key, uid, None)


def _compared(mapping: Mapping, links: list[Link]) -> Iterator[Drift]:
    ids = [link.odoo_id for link in links if link.odoo_id]
    answers = {row["id"]: row for row in mapping.scope.client.read(mapping.odoo, ids, mapping.read_fields)}
    records = mapping.fetch(link.uid for link in links)
    for link in links:
        answer = answers.get(link.odoo_id or 0)
        if answer is None:
            yield Drift("gone", mapping.key, link.uid, link.odoo_id)
        elif link.uid in records:
            yield from _apart(mapping, link, records[link.uid], answer)


def _apart(mapping: Mapping, link: Link, record: Any, answer: Values) -> Iterator[Drift]:
    amounts = {name: pair for name, pair in mapping.amounts(record, answer).items() if pair["ours"] != pair["theirs"]}
    if amounts:
        yield Drift("money", mapping.key, link.uid, link.odoo_id, amounts)
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
        yield Drift("differs", mapping.key, link.uid, link.odoo_id, fields)
