"""Bringing one record's two sides together: merge, take over here what changed in Odoo, note what is agreed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from odoo_bridge import timeline
from odoo_bridge.fields import Lookup
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Merged, Newer, Owner, Values, merge
from odoo_bridge.models import Link
from odoo_bridge.quarantine import set_aside
from odoo_bridge.said import _, listed, ngettext
from odoo_bridge.takeover import Pair, take_over
from odoo_bridge.timeline import Told

LATEST = timedelta(hours=1)
"""How long a request may be under way after we gave up on it."""


UNSURE = timedelta(seconds=3)
"""Two edits that are no further apart than this are not told apart: Odoo's clock shows whole seconds."""


AUTHOR = ("write_uid", "write_date")
"""Who wrote a record in Odoo last, and when: read with it, and no part of what it says."""


def digest(answer: Values) -> str:
    """Return a fingerprint of what Odoo answered of one record, by which it is recognised as seen before."""
    content = {name: value for name, value in answer.items() if name not in AUTHOR}
    return hashlib.sha256(orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _author(answer: Values) -> tuple[str, datetime | None]:
    who, when = answer.get("write_uid"), answer.get("write_date")
    moment = datetime.fromisoformat(when[:19]).replace(tzinfo=UTC) if when else None
    return (str(who[1]) if who else ""), moment


def decide(mapping: Mapping, pair: Pair) -> Merged:
    """Decide field by field what becomes of `ours` and of what Odoo answered. Nothing is done yet, on either side.

    What was sent without an answer and is found in Odoo counts as agreed from here on, on the link in memory.
    """
    link, ours, answer = pair.link, pair.ours, pair.answer
    pair.theirs = theirs = mapping.theirs(answer)
    _claim_what_arrived(link, theirs)
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    link.edited_by, link.edited_at = _author(answer)
    merged = merge(
        agreed,
        ours,
        theirs,
        mapping.owners,
        mapping.one_way,
        _newer(mapping, link),
        mapping.link_sets,
        mapping.line_lists,
    )
    _go_together(mapping, merged, ours, theirs)
    _hold_together(mapping, merged)
    for name in merged.to_clinic:
        mapping.present[name].prepare(mapping.scope)  # Now, while no transaction is open.
    return merged


def foresee(mapping: Mapping, pair: Pair) -> Merged:
    """Decide, and try whether our rules let Odoo's values in. What was tried is undone: nothing changes."""
    pair.merged = merged = decide(mapping, pair)
    if merged.to_clinic:
        with transaction.atomic():
            broken = take_over(mapping, [pair])
            transaction.set_rollback(True)
        if broken:
            merged.conflicts.extend(merged.to_clinic)
            merged.to_clinic, merged.reason = {}, pair.link.reason
        _hold_together(mapping, merged)
    return merged


def reconcile(mapping: Mapping, pairs: Iterable[Pair], told: list[Told]) -> list[Pair]:
    """Merge what is ours with what Odoo answered, record by record, and take over what Odoo changed, all at once.

    Returns the pairs that came out well, whose `ours` are our values afterwards and whose `merged.to_odoo` is to be
    written to Odoo; the links of the others wait for a person. Links are changed in memory only: what is agreed, and
    any conflict. The caller saves them, and writes down what is `told`.
    """
    sound = []
    for pair in pairs:
        with set_aside(pair.link):
            pair.merged = decide(mapping, pair)
            sound.append(pair)
    offered = {id(pair): (pair.ours, set(pair.merged.to_clinic)) for pair in sound if pair.merged.to_clinic}
    broken = take_over(mapping, [pair for pair in sound if pair.merged.to_clinic])
    settled = []
    for pair in sound:
        if pair not in broken:
            with set_aside(pair.link):
                _conclude(mapping, pair, *offered.get(id(pair), (pair.ours, set[str]())), told)
                settled.append(pair)
    return settled


def _conclude(mapping: Mapping, pair: Pair, before: Values, wanted_here: set[str], told: list[Told]) -> None:
    """Note what both sides agree on now, and what a person has to decide."""
    link, merged, ours = pair.link, pair.merged, pair.ours
    theirs = pair.theirs
    if taken := timeline.differences(before, {name: ours[name] for name in merged.to_clinic}):
        told.append(Told(link, timeline.What.FETCHED, taken, actor=f"Odoo: {link.edited_by}"))
    not_taken = wanted_here - merged.to_clinic.keys()
    open_ones = {*merged.to_odoo, *merged.conflicts, *not_taken}
    _hold_together(mapping, merged)
    if not_taken & mapping.together:
        # Ours was changed in the meantime: the push of that change sees all of it.
        merged.to_odoo = {name: value for name, value in merged.to_odoo.items() if name not in mapping.together}
    settle(mapping, link, ours, theirs, mapping.owners.keys() - open_ones)
    _note_conflicts(mapping, link, ours, theirs, merged, told)


def _newer(mapping: Mapping, link: Link) -> Newer:
    """Tell on which side a record was changed last, by the difference of the two clocks at Odoo's last answer."""
    odoo = mapping.scope.client.server_time
    if Owner.NEWEST not in mapping.owners.values() or not (link.edited_at and link.changed_at and odoo):
        return Newer.UNKNOWN
    there = link.edited_at - (odoo - timezone.now())
    if abs(there - link.changed_at) < UNSURE:
        return Newer.UNKNOWN
    return Newer.THEIRS if there > link.changed_at else Newer.OURS


def _go_together(mapping: Mapping, merged: Merged, ours: Values, theirs: Values) -> None:
    """Let all of the fields that belong together go by the newer edit when one of them does."""
    if contested := mapping.together & merged.contested:
        is_ours = contested <= merged.to_odoo.keys()
        taken, other, values = (
            (merged.to_odoo, merged.to_clinic, ours) if is_ours else (merged.to_clinic, merged.to_odoo, theirs)
        )
        for name in mapping.together & theirs.keys():
            other.pop(name, None)
            if ours[name] != theirs[name]:
                taken[name] = values[name]


def _hold_together(mapping: Mapping, merged: Merged) -> None:
    """Let all of the fields that belong together wait for a person when one of them does."""
    if not mapping.together.isdisjoint(merged.conflicts):
        for changed in (merged.to_odoo, merged.to_clinic):
            for name in mapping.together & changed.keys():
                del changed[name]
                merged.conflicts.append(name)


def settle(mapping: Mapping, link: Link, ours: Values, theirs: Values, names: Iterable[str]) -> None:
    """Note on the link that both sides agree on the fields `names`. The last agreement on the others stays."""
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    # What Odoo does not show us of a record (somebody's private event) is not agreed on.
    names = mapping.owners.keys() & set(names) & theirs.keys()
    link.agreed = Agreed(
        agreed.ours | {name: ours[name] for name in names},
        agreed.theirs | {name: theirs[name] for name in names},
    ).to_json()
    link.agreed_at = timezone.now()


def settle_written(
    mapping: Mapping, link: Link, ours: Values, theirs: Values, names: Iterable[str], *, alone: bool
) -> None:
    """Note that both sides agree on the fields `names`, which were just written and read back as `theirs`.

    What Odoo answers otherwise than it was sent may be its spelling of ours, or somebody's edit in the meantime. Where
    the clinic can take it over, it does: both sides are then alike, whichever it was. Where it cannot, that would ask a
    person about each normalised value: it is our value, spelled by Odoo, if we wrote last (`alone`), and it is not an
    older one of ours that came late.
    """
    names = mapping.owners.keys() & set(names) & theirs.keys()
    late = {name: [one["sent"].get(name, ...) for one in link.late] for name in names}
    ours_to_spell = {
        name
        for name in names
        if alone and theirs[name] not in late[name]
        if name in mapping.one_way or not mapping.owners[name].is_shared
    }
    foreign = {name for name in names - ours_to_spell if theirs[name] != ours[name]}
    settle(mapping, link, ours, theirs | {name: ours[name] for name in foreign}, names)
    if foreign:
        link.seen = ""


def was_decided(link: Link, name: str) -> bool:
    """Tell whether a person has decided for our value of a field (see `deciding.settle_conflict`)."""
    agreed = Agreed.from_json(link.agreed)
    return agreed is not None and name in agreed.theirs and name not in agreed.ours


def expect_late(link: Link) -> None:
    """Keep in mind what was sent and not found: Odoo may carry it out after we looked (observed on 16, 17 and 19)."""
    now = timezone.now().timestamp()
    link.late = [one for one in link.late if one["at"] > now - LATEST.total_seconds()]
    if link.sent:
        link.late = [*link.late, {"at": now, "sent": link.sent}]


def _claim_what_arrived(link: Link, theirs: Values) -> None:
    """What was sent without an answer and is found in Odoo is our own doing, and so agreed."""
    if link.sent is not None:
        agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
        arrived = {name: value for name, value in link.sent.items() if theirs.get(name, ...) == value}
        link.agreed = Agreed(agreed.ours | arrived, agreed.theirs | arrived).to_json()
        if arrived.keys() != link.sent.keys():
            expect_late(link)
        link.sent = None
    _disown_what_came_late(link, theirs)


def _disown_what_came_late(link: Link, theirs: Values) -> None:
    """An older value of ours that Odoo wrote after a newer one is nobody's edit: ours is sent again.

    So it is where a person has decided for Odoo's value meanwhile: what they decided for is there no more.
    """
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    for one in link.late:
        for name, value in one["sent"].items():
            known = agreed.theirs.get(name, ... if name in agreed.ours else value)
            if theirs.get(name, ...) == value != known:
                agreed.theirs[name] = value
                agreed.ours.pop(name, None)
    link.agreed = agreed.to_json()


def _note_conflicts(
    mapping: Mapping, link: Link, ours: Values, theirs: Values, merged: Merged, told: list[Told]
) -> None:
    before = link.conflicts
    link.conflicts = {
        name: {"ours": ours[name], "theirs": theirs[name]} | _words(mapping, name, ours[name], theirs[name])
        for name in merged.conflicts
    }
    if not merged.conflicts:
        return
    link.needs_person = True
    link.reason = merged.reason or _conflict_sentence(mapping, merged.conflicts)
    if link.conflicts != before:
        values = {name: [ours[name], theirs[name]] for name in merged.conflicts}
        told.append(Told(link, timeline.What.CONFLICT, values, link.reason, f"Odoo: {link.edited_by}"))


def _words(mapping: Mapping, name: str, mine: Any, other: Any) -> dict[str, Any]:
    """Return what people call Odoo's own records that a conflict is about: no page can ask Odoo for it."""
    field = mapping.present[name]
    if not isinstance(field, Lookup):
        return {}
    return {"words": {str(one): mapping.scope.code_of(field.model, one) for one in (mine, other) if one}}


def _conflict_sentence(mapping: Mapping, names: list[str]) -> str:
    if "active" in names:
        return _("This was archived or brought back in Odoo. Decide which side is right.")
    if not mapping.line_lists.isdisjoint(names):
        return _(
            "Lines were changed in Odoo, and what a patient was offered does not change. Put them back or offer anew."
        )
    return ngettext(
        "In Odoo this was changed: %(what)s. Decide which side is right.",
        "In Odoo these were changed: %(what)s. Decide which side is right.",
        len(names),
        what=listed(mapping.say(name) for name in names),
    )
