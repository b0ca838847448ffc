"""What a person decides about a record that waits for one. Nothing here speaks to Odoo: the next push does."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import orjson
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from odoo_bridge import timeline
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry
from odoo_bridge.said import _, listed
from odoo_bridge.timeline import Told, What


class Side(StrEnum):
    """Whose value is right."""

    OURS = "ours"
    THEIRS = "theirs"


class NotNow(Exception):
    """A decision that does not count; the message tells a person why."""


AT_WORK = _("The sync is at work on this record at this moment. Decide again in a few seconds.")
HAS_CHANGED = _("This record has changed since you looked. Look again, then decide.")


def fingerprint(link: Link) -> str:
    """Return what tells the values that a record's conflicts show from all others: somebody decides about these."""
    return hashlib.sha256(orjson.dumps(link.conflicts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def may_take_theirs(link: Link) -> bool:
    """Tell whether the clinic can take over Odoo's values for all of a record's conflicts."""
    return bool(link.conflicts) and all(can_take_theirs(link, name) for name in link.conflicts)


def can_take_theirs(link: Link, name: str) -> bool:
    """Tell whether the clinic can take over Odoo's value of one field."""
    return not registry()[link.mapping].fields()[name].one_way


@transaction.atomic
def try_again(link: Link, by: str = "") -> None:
    """Let the next push look at Odoo and send the record once more. `by`: the name of who asks for it."""
    _send(link)
    timeline.write([Told(link, What.DECIDED, note=_("Tried again"), actor=by)])


@transaction.atomic
def settle_conflict(link: Link, sides: Side | dict[str, Side], by: str = "") -> None:
    """Settle a record's conflicts: all for one side, or each field for its own (Odoo's name -> side).

    `link`: as whoever decides saw it. Raises NotNow where that is out of date, or somebody is at work on the record;
    ValueError where a field is left out, or the clinic cannot take Odoo's value over.
    """
    seen, link = link, _in_hand(link)
    if fingerprint(link) != fingerprint(seen):
        raise NotNow(HAS_CHANGED)
    sides = dict.fromkeys(link.conflicts, sides) if isinstance(sides, Side) else sides
    if sides.keys() != link.conflicts.keys():
        raise ValueError("Decide every field.")
    if any(side is Side.THEIRS and not can_take_theirs(link, name) for name, side in sides.items()):
        raise ValueError("The clinic cannot take this over from Odoo.")
    agreed = link.agreed or {"ours": {}, "theirs": {}}
    for name, values in link.conflicts.items():
        if sides[name] is Side.OURS:
            # Odoo's present value is taken note of; ours counts as new, so it is sent.
            agreed["theirs"][name] = values["theirs"]
            agreed["ours"].pop(name, None)
        else:
            # Theirs counts as new, whatever it is by now.
            agreed["ours"][name] = values["ours"]
            agreed["theirs"].pop(name, None)
    chosen = {
        name: [values["theirs"], values["ours"]] if sides[name] is Side.OURS else [values["ours"], values["theirs"]]
        for name, values in link.conflicts.items()
    }
    kept = {side: listed(name for name in sorted(sides) if sides[name] is side) for side in Side}
    if not kept[Side.THEIRS]:
        note = _("What is here is right: %(fields)s", fields=kept[Side.OURS])
    elif not kept[Side.OURS]:
        note = _("What Odoo says is right: %(fields)s", fields=kept[Side.THEIRS])
    else:
        note = _("Right is ours of %(ours)s, and Odoo’s of %(theirs)s", ours=kept[Side.OURS], theirs=kept[Side.THEIRS])
    timeline.write([Told(link, What.DECIDED, chosen, note, by)])
    _send(link, agreed=agreed)


@transaction.atomic
def send_as_new(link: Link, by: str = "") -> None:
    """Give up a record that was deleted in Odoo, and create it there anew.

    Should its external id lead somewhere still, the push finds that out first: something was sent, it says. Raises
    NotNow where it stands otherwise by now than `link` says, or somebody is at work on it.
    """
    seen, link = link, _in_hand(link)
    if (link.odoo_id, link.gone) != (seen.odoo_id, seen.gone):
        raise NotNow(HAS_CHANGED)
    timeline.write([Told(link, What.DECIDED, note=_("Sent as a new record"), actor=by)])
    registry()[link.mapping].forget([link.uid])
    _send(link, odoo_id=None, sent={}, gone=False, agreed=None)


@transaction.atomic
def leave(link: Link, by: str = "") -> None:
    """Let a record that was deleted here be in Odoo, and no longer ours. Raises ValueError if it is still here."""
    if registry()[link.mapping].model().objects.filter(uid=link.uid).exists():
        raise ValueError("The record is still here.")
    timeline.write([Told(link, What.DECIDED, note=_("Left in Odoo"), actor=by)])
    link.delete()


def retry_refused(connection: Connection) -> None:
    """Try again what could not be created: what it lacked (a journal, a tax) may have been put right since."""
    refused = Link.objects.filter(connection=connection, needs_person=True, odoo_id=None, conflicts={})
    refused.update(needs_person=False, reason="", next_attempt_at=None)


def _in_hand(link: Link) -> Link:
    """Return a link as it is now, with nobody at work on it until the transaction ends: they would write over it.

    Whoever held it and was stopped for too long has lost it. Raises NotNow.
    """
    present: Link | None = Link.objects.select_for_update(of=("self",)).filter(pk=link.pk).first()
    if present is None:
        raise NotNow(HAS_CHANGED)
    if present.leased_until and present.leased_until > timezone.now():
        raise NotNow(AT_WORK)
    Link.objects.filter(pk=link.pk).update(lease=None, leased_until=None)
    return present


def _send(link: Link, **decided: object) -> None:
    Link.objects.filter(pk=link.pk).update(
        **decided,
        # An empty digest makes the push read what Odoo has now before it decides anything.
        seen="",
        wanted=F("wanted") + 1,
        wanted_since=timezone.now(),
        priority=0,
        needs_person=False,
        reason="",
        conflicts={},
        attempts=0,
        next_attempt_at=None,
    )
