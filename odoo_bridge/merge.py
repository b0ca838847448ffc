"""Three-way merge of one record's fields, pure: what both sides last agreed on, ours now, theirs now.

What was agreed is kept once as each side spells it, since Odoo normalises what it is sent (blanks, prices, phone
numbers): a side has changed when it differs from its own last spelling, so a normalised value is nobody's edit.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from odoo_bridge.lists import Lines, merge_lines, merge_links

Values = dict[str, Any]


class Owner(StrEnum):
    """Who decides when both sides changed a field, and who may change it at all.

    CLINIC: ours always wins, an edit in Odoo is put back. ODOO: theirs always wins, ours is sent on creation only.
    ASK and NEWEST: an edit on one side goes to the other; of different edits on both sides the newer one wins
    (NEWEST), or they wait for a person (ASK, and NEWEST where nobody can tell which is newer).
    """

    CLINIC = "clinic"
    ODOO = "odoo"
    NEWEST = "newest"
    ASK = "ask"

    @property
    def is_shared(self) -> bool:
        """Whether both sides may change the field."""
        return self in (Owner.NEWEST, Owner.ASK)


BOTH_CHANGED = {"both": "changed"}
"""Stands for what was agreed on a field of which it is only known that each side may have changed it since."""


class Newer(StrEnum):
    """On which side a record was changed last."""

    OURS = "ours"
    THEIRS = "theirs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Agreed:
    """The values both sides last had in common, as each of them spells them."""

    ours: Values
    theirs: Values

    @classmethod
    def from_json(cls, stored: dict[str, Values] | None) -> Agreed | None:
        return cls(stored["ours"], stored["theirs"]) if stored else None

    def to_json(self) -> dict[str, Values]:
        return {"ours": self.ours, "theirs": self.theirs}


@dataclass
class Merged:
    """What a merge came to: values to write to Odoo, values to take over here, fields that need a person (and why).

    `contested`: fields that both sides changed, and that go by the newer edit.
    """

    to_odoo: Values = field(default_factory=dict)
    to_clinic: Values = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    reason: str = ""
    contested: set[str] = field(default_factory=set)


def merge(
    agreed: Agreed,
    ours: Values,
    theirs: Values,
    owners: Dict[str, Owner],
    one_way: frozenset[str] = frozenset(),
    newer: Newer = Newer.UNKNOWN,
    links: frozenset[str] = frozenset(),
    lines: frozenset[str] = frozenset(),
) -> Merged:
    """Merge the fields that both `ours` and `theirs` have.

    `one_way` names the fields that the clinic cannot take over from Odoo: an edit there, where the field is not
    ours alone to decide, is a conflict. `newer`: where the record was changed last, for fields that go by that.
    `links` and `lines` name the lists: what is to be written of them is an `Edit`, or lines by identity (see `lists`).
    The clinic takes neither over: what people link in Odoo stays there, and edited lines are a conflict.

    Where nothing was ever agreed on (two records that were found to be one, a field mapped since), a value fills what
    is empty on the other side, whoever decides, and two different values go by the owner, or are a conflict. What a
    person decided for one side goes before the owner, too.
    """
    merged = Merged()
    for name, owner in owners.items():
        if name not in ours or name not in theirs or ours[name] == theirs[name]:
            continue
        if name in links or name in lines:
            (_merge_links if name in links else _merge_lines)(merged, agreed, name, ours[name], theirs[name])
            continue
        i_changed, they_changed = _changed(agreed, name, ours[name], theirs[name])
        if i_changed or they_changed:
            said = owner if i_changed is they_changed or owner.is_shared or _is_known(agreed, name) else Owner.ASK
            side = _decide(said, i_changed, they_changed, newer, name in one_way)
            if said is Owner.NEWEST and i_changed and they_changed and side:
                merged.contested.add(name)
            if side is None:
                merged.conflicts.append(name)
            elif side is Owner.CLINIC:
                merged.to_odoo[name] = ours[name]
            else:
                merged.to_clinic[name] = theirs[name]
    return merged


def _merge_links(merged: Merged, agreed: Agreed, name: str, mine: list[int], other: list[int]) -> None:
    edit, _ = merge_links(_members(agreed.ours, name), _members(agreed.theirs, name), mine, other)
    if edit:
        merged.to_odoo[name] = edit


def _members(values: Values, name: str) -> list[int]:
    found = values.get(name)
    return found if isinstance(found, list) else []


def _merge_lines(merged: Merged, agreed: Agreed, name: str, mine: Lines, other: Lines) -> None:
    known_here, known_there = agreed.ours.get(name), agreed.theirs.get(name)
    if BOTH_CHANGED in (known_here, known_there):
        merged.conflicts.append(name)
        return
    # What was decided for one side counts as agreed as the other side had it then.
    found = merge_lines(known_here or known_there or {}, known_there or known_here or {}, mine, other)
    if found.conflicts or found.to_clinic:
        merged.conflicts.append(name)
    elif found.to_odoo:
        merged.to_odoo[name] = found.to_odoo


def _changed(agreed: Agreed, name: str, mine: Any, other: Any) -> tuple[bool, bool]:
    """Tell which sides changed a field; one that was decided for a side counts as changed on that side."""
    if name not in agreed.ours and name not in agreed.theirs:
        return not _is_empty(mine), not _is_empty(other)
    i_changed = name not in agreed.ours or mine != agreed.ours[name]
    they_changed = name not in agreed.theirs or other != agreed.theirs[name]
    return i_changed, they_changed


def _is_known(agreed: Agreed, name: str) -> bool:
    """Tell whether both sides agreed on a field before, and no person has decided it for one of them since."""
    return name in agreed.ours and name in agreed.theirs


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _decide(owner: Owner, i_changed: bool, they_changed: bool, newer: Newer, one_way: bool) -> Owner | None:
    """Return whose value it is to be, CLINIC's or ODOO's, or None if a person has to say."""
    if not owner.is_shared:
        return owner
    if not they_changed:
        return Owner.CLINIC
    if i_changed and owner is Owner.NEWEST and newer is Newer.OURS:
        return Owner.CLINIC
    if one_way or (i_changed and (owner is Owner.ASK or newer is Newer.UNKNOWN)):
        return None
    return Owner.ODOO
