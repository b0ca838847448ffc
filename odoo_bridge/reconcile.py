"""Bringing one record's two sides together: merge, take over here what changed in Odoo, note what is agreed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from odoo_bridge.fields import Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Merged, Values, merge
from odoo_bridge.models import Link


def digest(answer: Values) -> str:
    """Return a fingerprint of what Odoo answered of one record, by which it is recognised as seen before."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True, default=str).encode()).hexdigest()


def reconcile(mapping: Mapping, link: Link, record: Any, ours: Values, answer: Values) -> Values:
    """Merge `ours` with what Odoo answered, take over what Odoo changed, and return what is to be written to Odoo.

    The link is changed in memory only: what is agreed, and any conflict. The caller saves it.
    """
    theirs = mapping.theirs(answer)
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    merged = merge(agreed, ours, theirs, mapping.owners, mapping.one_way)
    if merged.to_clinic:
        ours = _take_over(mapping, record, ours, merged)
    open_ones = {*merged.to_odoo, *merged.conflicts}
    settle(mapping, link, ours, theirs, keep=open_ones)
    _note_conflicts(mapping, link, ours, theirs, merged)
    return merged.to_odoo


def settle(mapping: Mapping, link: Link, ours: Values, theirs: Values, keep: set[str] | None = None) -> None:
    """Note on the link that both sides agree, except for the fields in `keep`, whose last agreement stays."""
    agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
    names = mapping.owners.keys() - (keep or set())
    link.agreed = Agreed(
        agreed.ours | {name: ours[name] for name in names},
        agreed.theirs | {name: theirs[name] for name in names},
    ).to_json()
    link.agreed_at = timezone.now()


def _take_over(mapping: Mapping, record: Any, ours: Values, merged: Merged) -> Values:
    """Take Odoo's values over; what our rules refuse becomes a conflict. Returns our values afterwards."""
    try:
        mapping.take_over(record, merged.to_clinic)
    except (Refused, ValidationError) as error:
        merged.conflicts.extend(merged.to_clinic)
        merged.reason = str(error) if isinstance(error, Refused) else _sentence(error)
        return ours
    fresh = mapping.fetch([record.uid])[record.uid]
    return mapping.ours(fresh)


def _sentence(error: ValidationError) -> str:
    return f"Odoo's value is not accepted here: {' '.join(error.messages)}"


def _note_conflicts(mapping: Mapping, link: Link, ours: Values, theirs: Values, merged: Merged) -> None:
    link.conflicts = {name: {"ours": ours[name], "theirs": theirs[name]} for name in merged.conflicts}
    if merged.conflicts:
        link.needs_person = True
        link.reason = merged.reason or _conflict_sentence(mapping, merged.conflicts)


def _conflict_sentence(mapping: Mapping, names: list[str]) -> str:
    if "active" in names:
        return "This was archived or brought back in Odoo. Decide which side is right."
    what = " and ".join(mapping.say(name) for name in names)
    return f"The {what} was changed in Odoo. Decide which side is right."
