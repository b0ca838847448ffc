"""Merging lists by what their members are, pure: sets of links, and lines that each have an identity.

As with single values, what was agreed is kept as each side spells it, so that members which only one side ever had
(the attendees that people add in Odoo) are nobody's edit and stay where they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

Line = dict[str, Any]
Lines = dict[str, Line]
"""Lines by their identity, which both sides know them by."""


@dataclass(frozen=True)
class Edit:
    """What a side is to do with its set of links."""

    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)


def merge_links(
    agreed_ours: Collection[int], agreed_theirs: Collection[int], ours: Collection[int], theirs: Collection[int]
) -> tuple[Edit, Edit]:
    """Return what Odoo is to add and remove, and what the clinic is to, so that no edit of either side is lost.

    Edits of different members never contradict each other. Should a member have been removed on one side and added on
    the other, it stays.
    """
    odoo: dict[bool, list[int]] = {True: [], False: []}
    clinic: dict[bool, list[int]] = {True: [], False: []}
    for one in sorted({*ours, *theirs}):
        mine, other = one in ours, one in theirs
        i_changed, they_changed = mine != (one in agreed_ours), other != (one in agreed_theirs)
        if mine == other or not (i_changed or they_changed):
            continue
        if i_changed and (mine or not they_changed):
            odoo[mine].append(one)
        else:
            clinic[other].append(one)
    return Edit(tuple(odoo[True]), tuple(odoo[False])), Edit(tuple(clinic[True]), tuple(clinic[False]))


@dataclass
class MergedLines:
    """What a merge of lines came to, by identity.

    `to_odoo` and `to_clinic`: the values to change in a line that is there, all values of one to add, None for one to
    remove. `conflicts`: the values of a line that both sides changed; none for one that one side removed or added, and
    the other edited.
    """

    to_odoo: dict[str, Line | None] = field(default_factory=dict)
    to_clinic: dict[str, Line | None] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, ...]] = field(default_factory=dict)


def merge_lines(agreed_ours: Lines, agreed_theirs: Lines, ours: Lines, theirs: Lines) -> MergedLines:
    """Merge lines by identity, and each line value by value."""
    merged = MergedLines()
    for key in sorted({*ours, *theirs}):
        mine, other = ours.get(key), theirs.get(key)
        if mine is not None and other is not None:
            _merge_line(merged, key, (agreed_ours.get(key, {}), agreed_theirs.get(key, {})), (mine, other))
            continue
        i_changed, they_changed = mine != agreed_ours.get(key), other != agreed_theirs.get(key)
        if i_changed and they_changed:
            merged.conflicts[key] = ()
        elif i_changed:
            merged.to_odoo[key] = mine
        elif they_changed:
            merged.to_clinic[key] = other
    return merged


def _merge_line(merged: MergedLines, key: str, agreed: tuple[Line, Line], now: tuple[Line, Line]) -> None:
    to_odoo: Line = {}
    to_clinic: Line = {}
    conflicts = []
    for name in sorted(now[0].keys() & now[1].keys()):
        mine, other = (line[name] for line in now)
        i_changed, they_changed = (line[name] != known.get(name, ...) for line, known in zip(now, agreed, strict=True))
        if mine == other or not (i_changed or they_changed):
            continue
        if i_changed and they_changed:
            conflicts.append(name)
        elif i_changed:
            to_odoo[name] = mine
        else:
            to_clinic[name] = other
    for found, where in ((to_odoo, merged.to_odoo), (to_clinic, merged.to_clinic)):
        if found:
            where[key] = found
    if conflicts:
        merged.conflicts[key] = tuple(conflicts)
