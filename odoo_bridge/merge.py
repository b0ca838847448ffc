"""Three-way merge of one record's fields, pure: what both sides last agreed on, ours now, theirs now.

What was agreed is kept once as each side spells it, since Odoo normalises what it is sent (blanks, prices, phone
numbers): a side has changed when it differs from its own last spelling, so a normalised value is nobody's edit.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Values = dict[str, Any]


class Owner(StrEnum):
    """Who decides when both sides changed a field, and who may change it at all.

    CLINIC: ours always wins, an edit in Odoo is put back. ODOO: theirs always wins, ours is never sent.
    EITHER: an edit on one side goes to the other; different edits on both sides wait for a person.
    """

    CLINIC = "clinic"
    ODOO = "odoo"
    EITHER = "either"


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
    """What a merge came to: values to write to Odoo, values to take over here, fields that need a person (and why)."""

    to_odoo: Values = field(default_factory=dict)
    to_clinic: Values = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    reason: str = ""


def merge(agreed: Agreed, ours: Values, theirs: Values, owners: Dict[str, Owner], one_way: frozenset[str]) -> Merged:
    """Merge the fields that both `ours` and `theirs` have.

    `one_way` names the fields that the clinic cannot take over from Odoo: an edit there, where the field is not
    ours alone to decide, is a conflict.
    """
    merged = Merged()
    for name, owner in owners.items():
        if name not in ours or name not in theirs:
            continue
        mine, other = ours[name], theirs[name]
        # A field mapped since the last agreement counts as changed on our side only, one that was decided for a side
        # on that side: only the other side's value is agreed then.
        i_changed = name not in agreed.ours or mine != agreed.ours[name]
        they_changed = other != agreed.theirs[name] if name in agreed.theirs else name in agreed.ours
        if not (i_changed or they_changed) or mine == other:
            continue
        _decide(merged, name, owner, mine, other, i_changed, they_changed, name in one_way)
    return merged


def _decide(
    merged: Merged, name: str, owner: Owner, mine: Any, other: Any, i_changed: bool, they_changed: bool, one_way: bool
) -> None:
    if owner is Owner.CLINIC:
        merged.to_odoo[name] = mine
    elif owner is Owner.ODOO:
        merged.to_clinic[name] = other
    elif i_changed and they_changed:
        merged.conflicts.append(name)
    elif i_changed:
        merged.to_odoo[name] = mine
    elif one_way:
        merged.conflicts.append(name)
    else:
        merged.to_clinic[name] = other
