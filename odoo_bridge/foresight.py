"""What a sync would do about records, decided by the sync's own rules and not done.

Records are projected, compared and merged by the functions that a push and a pull use; what those would then send or
take over is put into words instead. Odoo is only read, and our records are left as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from odoo_bridge.client import Client
from odoo_bridge.fields import Const, Field, Lookup, NotYet, Parts, Ref, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Merged, Values
from odoo_bridge.models import Connection, Link
from odoo_bridge.outbound import project, stays_here
from odoo_bridge.proposed import Kind, PlanItem, SyncPlan
from odoo_bridge.quarantine import DELETED
from odoo_bridge.reconcile import AUTHOR, digest, foresee
from odoo_bridge.said import _, said_by
from odoo_bridge.scope import Scope
from odoo_bridge.takeover import Pair
from odoo_bridge.wording import worded

TO_ODOO = frozenset({Kind.CREATE, Kind.UPDATE, Kind.ARCHIVE, Kind.POST, Kind.ASSIGN})
"""What is done by a push."""

PLACEHOLDER = 0
"""Stands for the id of a record that is not in Odoo yet and will be."""


class Foresight(Scope):
    """A scope that counts on what the plan puts into Odoo: an invoice can be foreseen before its payer is there."""

    def __init__(self, connection: Connection, client: Client, plan: SyncPlan) -> None:
        super().__init__(connection, client)
        self.plan = plan
        self._coming: dict[str, set[UUID]] = {}
        self._asked: dict[str, set[UUID]] = defaultdict(set)

    def know(self, mapping: str, uids: Iterable[UUID]) -> None:
        """What is not in Odoo is not asked for twice: nothing gets there while a plan is made."""
        unasked = set(uids) - self._asked[mapping]
        if unasked:
            super().know(mapping, unasked)
            self._asked[mapping] |= unasked

    def expects(self, mapping: str, uid: UUID) -> bool:
        """Tell whether the plan puts a record into Odoo.

        Mappings are planned in the order in which they refer to each other: what others refer to is known by then.
        """
        if mapping not in self._coming:
            items = PlanItem.objects.filter(plan=self.plan, mapping=mapping, kinds__contains=f",{Kind.CREATE},")
            self._coming[mapping] = set(items.values_list("uid", flat=True))
        return uid in self._coming[mapping]

    def odoo_id(self, mapping: str, record: Any) -> int:
        try:
            return super().odoo_id(mapping, record)
        except NotYet:
            if self.expects(mapping, record.uid):
                return PLACEHOLDER
            raise


@dataclass(frozen=True)
class Step:
    """What a sync would do about one record.

    `fields`: Odoo's name -> {"ours", "theirs", "agreed": the values in words; "goes": "there", "here" or "stays"}.
    `ours` and `theirs` are fingerprints of the two versions; `theirs` is empty for what is not in Odoo.
    """

    uid: UUID
    odoo_id: int | None
    kinds: tuple[Kind, ...]
    ours: str
    theirs: str = ""
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    reason: str = ""
    worth: tuple[str, Decimal] | None = None

    def is_as(self, item: PlanItem) -> bool:
        """Tell whether this is still what a plan says: the same is to be done, to the same two versions."""
        return (self.each_kind, self.ours, self.theirs) == (item.kinds, item.ours, item.theirs)

    @property
    def each_kind(self) -> str:
        return f",{','.join(self.kinds)},"


def steps(mapping: Mapping, links: Iterable[Link]) -> tuple[list[Step], dict[int, Values]]:
    """Foresee what a sync would do about the records of many links, in a fixed number of queries and calls.

    A link of a record that has none yet need not be saved. Returns the steps of those that something is to be done
    about, and what Odoo answered of each record there, by id. Raises any of `odoo_bridge.errors`.
    """
    links = list(links)
    records = mapping.fetch(link.uid for link in links)
    ids = [link.odoo_id for link in links if link.odoo_id]
    client = mapping.scope.client
    names = [*mapping.read_fields, *AUTHOR]
    answers = {row["id"]: row for row in mapping.complete(client.read(mapping.odoo, ids, names))} if ids else {}
    found = (_step(mapping, link, records.get(link.uid), answers.get(link.odoo_id or 0)) for link in links)
    return [step for step in found if step], answers


def _step(mapping: Mapping, link: Link, record: Any, answer: Values | None) -> Step | None:
    if record is None and link.odoo_id:
        return _withdrawal(mapping, link, answer)
    if stays_here(mapping, link, record):
        return None
    if link.odoo_id and answer is None:
        return Step(link.uid, link.odoo_id, (Kind.CONFLICT,), "", reason=DELETED)
    try:
        ours, _ = project(mapping, link, record)
        mark = _fingerprint(mapping, link, record, ours)
    except (NotYet, Refused) as error:
        kind = Kind.WAITS if isinstance(error, NotYet) else Kind.REFUSED
        return Step(link.uid, link.odoo_id, (kind,), "", reason=said_by(error))
    if link.needs_person and (answer is None or link.seen == digest(answer)):
        return _undecided(mapping, link, record, mark)
    if answer is None:
        return _creation(mapping, link, record, ours, mark)
    return _merging(mapping, link, record, ours, answer, mark)


def _withdrawal(mapping: Mapping, link: Link, answer: Values | None) -> Step | None:
    """What was deleted here is archived in Odoo, unless somebody there has changed it since."""
    if answer is None or answer.get("active") is False:
        return None
    is_sound = "active" in mapping.present and digest(answer) == link.seen
    kind = Kind.ARCHIVE if is_sound else Kind.CONFLICT
    return Step(link.uid, link.odoo_id, (kind,), "", digest(answer), reason=_("It was deleted here."))


def _undecided(mapping: Mapping, link: Link, record: Any, mark: str) -> Step:
    """What waits for a person goes on waiting."""
    kind = Kind.CONFLICT if link.conflicts or link.gone else Kind.REFUSED
    said = {
        name: {side: say(mapping, name, value, record) for side, value in pair.items()} | {"goes": "stays"}
        for name, pair in link.conflicts.items()
        if name in mapping.present
    }
    return Step(link.uid, link.odoo_id, (kind,), mark, fields=said, reason=link.reason)


def _creation(mapping: Mapping, link: Link, record: Any, ours: Values, mark: str) -> Step:
    kinds, reason = _finishing(mapping, record, None)
    said = {
        name: {"ours": say(mapping, name, ours[name], record), "goes": "there"}
        for name, field in mapping.present.items()
        if not isinstance(field, Const) and ours[name] not in (None, [])
    }
    if lines := mapping.lines():
        parts = lines.ours(record, mapping.scope)
        said[lines.name] = {"ours": "; ".join(_say_part(part) for part in parts), "goes": "there"}
    kinds = (Kind.CREATE, *kinds)
    return Step(link.uid, None, kinds, mark, fields=said, reason=reason, worth=mapping.worth(record))


def _merging(mapping: Mapping, link: Link, record: Any, ours: Values, answer: Values, mark: str) -> Step | None:
    seen, agreed = digest(answer), Agreed.from_json(link.agreed) or Agreed({}, {})
    merged = foresee(mapping, Pair(link, record, ours, answer))
    finishing, reason = _finishing(mapping, record, answer)
    noted = _noted(mapping, link, record, answer) if link.seen != seen and not finishing else {}
    kinds = (*_kinds(merged, noted), *finishing)
    if not kinds:
        return None
    theirs = mapping.theirs(answer)
    fields = noted | {
        name: {
            "ours": say(mapping, name, ours[name], record),
            "theirs": say(mapping, name, theirs[name], None),
            "agreed": say(mapping, name, agreed.ours.get(name), None),
            "goes": goes,
        }
        for goes, names in (("there", merged.to_odoo), ("here", merged.to_clinic), ("stays", merged.conflicts))
        for name in names
    }
    reason = reason or merged.reason
    return Step(link.uid, link.odoo_id, kinds, mark, seen, fields, reason, mapping.worth(record))


def _kinds(merged: Merged, noted: Values) -> tuple[Kind, ...]:
    archives = merged.to_odoo.get("active") is False
    found = {
        Kind.CONFLICT: merged.conflicts,
        Kind.ARCHIVE: archives,
        Kind.UPDATE: merged.to_odoo.keys() - {"active"} or (merged.to_odoo and not archives),
        Kind.TAKE_OVER: merged.to_clinic or noted,
    }
    return tuple(kind for kind, is_so in found.items() if is_so)


def _finishing(mapping: Mapping, record: Any, answer: Values | None) -> tuple[tuple[Kind, ...], str]:
    """Return what is to be done beyond the fields, and why somebody has to look first, if so."""
    try:
        return tuple(Kind(step) for step in mapping.steps(record, answer)), ""
    except Refused as error:
        return (Kind.REFUSED,), said_by(error)


def _noted(mapping: Mapping, link: Link, record: Any, answer: Values) -> dict[str, dict[str, str]]:
    """Return the amounts that Odoo says otherwise by now, of records that it has the last word on."""
    if not mapping.observed or link.sent is not None:
        return {}
    pairs = mapping.amounts(record, answer)
    return {name: pair | {"goes": "here"} for name, pair in pairs.items() if pair["ours"] != pair["theirs"]}


# Fingerprints and words


def _fingerprint(mapping: Mapping, link: Link, record: Any, ours: Values) -> str:
    """Return a digest of our version and of what was agreed on: other records by who they are, not by Odoo's ids."""
    values = {
        name: sorted(str(one.uid) for one in field.referred(record, mapping.scope))
        if isinstance(field, Ref)
        else ours[name]
        for name, field in mapping.present.items()
        if name in ours
    }
    lines = mapping.lines()
    parts = lines.ours(record, mapping.scope) if lines else []
    return digest({"values": values, "lines": parts, "agreed": link.agreed, "sent": link.sent})


def say(mapping: Mapping, name: str, value: Any, record: Any) -> str:
    """Put one of a record's plain values into words; with no record, it is Odoo's."""
    field: Field = mapping.present[name]
    if value is None or value == []:
        return ""
    if isinstance(field, Parts):
        return "; ".join(_say_part(part) for part in value.values())
    if isinstance(field, Ref):
        if record is None:
            ids = value if isinstance(value, list) else [value]
            return ", ".join(f"#{one}" for one in ids)
        return ", ".join(str(one) for one in field.referred(record, mapping.scope))
    if isinstance(field, Lookup) and isinstance(value, int):
        code = mapping.scope.code_of(field.model, value)
        return str(code[-1] if isinstance(code, tuple) else code)
    return worded(field, value)


def _say_part(part: Values) -> str:
    return ", ".join(str(value) for name, value in part.items() if name != "id" and value not in (None, [], "0"))
