"""Plain values as people read them: moments on the clinic's clock, yes and no, lists with commas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from odoo_bridge.fields import DATETIME, Bool, Date, Datetime, Field
from odoo_bridge.parts import Lines
from odoo_bridge.said import When, _, listed, ngettext

DAY, MOMENT = "j M Y", "j M Y, H:i"


def dated(iso: str) -> str:
    """Write a day, or a moment on the clinic's clock, in the language in force (see `said.When`)."""
    if len(iso) == len("2026-11-24"):
        return date_format(date.fromisoformat(iso), DAY)
    return date_format(timezone.localtime(datetime.fromisoformat(iso)), MOMENT)


def worded(field: Field | None, value: Any) -> str:
    """Return the plain value of a field in words; nothing for an empty one, and what is no field's as it is."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return (field.words if isinstance(field, Bool) else Bool.WORDS)[value]
    if isinstance(value, dict):
        return ngettext("%(number)s line", "%(number)s lines", len(value))
    if isinstance(value, list):
        return listed(worded(field, one) for one in value)
    try:
        if isinstance(field, Datetime):
            moment = datetime.strptime(str(value), DATETIME).replace(tzinfo=UTC)
            return When(moment.isoformat())
        if isinstance(field, Date):
            return When(date.fromisoformat(str(value)).isoformat())
    except ValueError:
        return str(value)
    return str(value)


@dataclass(frozen=True)
class LineDifference:
    """One way in which a line is not the same on both sides, in words. `what`: of which value; empty: of the line."""

    line: str
    what: str
    ours: str
    theirs: str
    agreed: str = ""


def line_differences(lines: Lines, record: Any, ours: Any, theirs: Any, agreed: Any = None) -> list[LineDifference]:
    """Return how the lines of a record differ, one after the other; `ours` and `theirs` are plain values of `Parts`.

    `agreed` are those that both sides last had, if they are known.

    A line is called what our record calls it, or Odoo where it was made there.
    """
    mine, other, known = (side if isinstance(side, dict) else {} for side in (ours, theirs, agreed))
    named = {part.uid.hex: str(part) for part in lines.parts(record)} if record is not None else {}
    places = {uid: place for place, uid in enumerate(named)}
    found: list[LineDifference] = []
    # The database keeps no order of keys: ours in the order of the record, then those that were made in Odoo.
    for key in sorted(
        {*mine, *other}, key=lambda key: (places.get(key.rpartition("_")[2], len(places)), len(key), key)
    ):
        here, there, before = mine.get(key), other.get(key), known.get(key)
        name = (there or {}).get("name") or named.get(key.rpartition("_")[2], _("A line"))
        if here is None or there is None:
            was = _whole(lines, before) if known else ""
            found.append(LineDifference(name, "", _whole(lines, here), _whole(lines, there), was))
            continue
        found += [
            LineDifference(
                name, _called(lines, what), *(worded(None, (side or {}).get(what)) for side in (here, there, before))
            )
            for what in lines.kept
            if what in here and here[what] != there.get(what)
        ]
    return found


def _whole(lines: Lines, line: dict[str, Any] | None) -> str:
    if line is None:
        return _("not there")
    kept = [what for what in lines.kept if line.get(what, "0") != "0"]
    return listed(f"{_called(lines, what)} {worded(None, line[what])}" for what in kept)


CALLED = {
    "name": _("name"),
    "quantity": _("quantity"),
    "unit_price": _("unit price"),
    "fee": _("fee"),
    "discount": _("discount"),
}


def _called(lines: Lines, name: str) -> str:
    source = lines.fields[name].source
    key = source if isinstance(source, str) else name
    return CALLED.get(key) or key.replace("_", " ")
