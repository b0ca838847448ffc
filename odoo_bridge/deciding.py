"""What a person decides about a record that waits for one. Nothing here speaks to Odoo: the next push does."""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry


class Side(StrEnum):
    """Whose value is right."""

    OURS = "ours"
    THEIRS = "theirs"


def may_take_theirs(link: Link) -> bool:
    """Tell whether the clinic can take over Odoo's values for all of a record's conflicts."""
    fields = registry()[link.mapping].fields()
    return bool(link.conflicts) and not any(fields[name].one_way for name in link.conflicts)


@transaction.atomic
def try_again(link: Link) -> None:
    """Let the next push look at Odoo and send the record once more."""
    _send(link, agreed=link.agreed)


@transaction.atomic
def settle_conflict(link: Link, side: Side) -> None:
    """Settle all of a record's conflicts for one side. Raises ValueError where the clinic cannot take Odoo's over."""
    if side is Side.THEIRS and not may_take_theirs(link):
        raise ValueError("The clinic cannot take this over from Odoo.")
    agreed = link.agreed or {"ours": {}, "theirs": {}}
    for name, values in link.conflicts.items():
        if side is Side.OURS:
            # Odoo's present value is taken note of; ours counts as new, so it is sent.
            agreed["theirs"][name] = values["theirs"]
            agreed["ours"].pop(name, None)
        else:
            # Theirs counts as new, whatever it is by now.
            agreed["ours"][name] = values["ours"]
            agreed["theirs"].pop(name, None)
    _send(link, agreed=agreed)


@transaction.atomic
def send_as_new(link: Link) -> None:
    """Give up a record that was deleted in Odoo, and create it there anew.

    Should its external id lead somewhere still, the push finds that out first: something was sent, it says.
    """
    Link.objects.filter(pk=link.pk).update(odoo_id=None, sent={}, gone=False)
    _send(link, agreed=None)


def retry_refused(connection: Connection) -> None:
    """Try again what could not be created: what it lacked (a journal, a tax) may have been put right since."""
    refused = Link.objects.filter(connection=connection, needs_person=True, odoo_id=None, conflicts={})
    refused.update(needs_person=False, reason="", next_attempt_at=None)


def _send(link: Link, agreed: dict[str, dict[str, object]] | None) -> None:
    Link.objects.filter(pk=link.pk).update(
        agreed=agreed,
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
