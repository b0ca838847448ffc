"""Records that were merged in Odoo: what became of a counterpart that is there no more.

Odoo's merge lets the external ids of the merged contact lead to the one that is left (observed on 16, 17 and 19), so
that is where the clinic's record is found again.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from odoo_bridge.mapping import Mapping
from odoo_bridge.models import Link
from odoo_bridge.quarantine import DELETED
from odoo_bridge.said import _

MERGED = _("In Odoo this was merged with the counterpart of another record here. Merge the two here as well.")


def look_where_it_went(mapping: Mapping, link: Link) -> None:
    """Say on a link that is held, in memory, what became of a record that is gone from Odoo: merged, or deleted.

    A record that stands for the clinic's other record, too, waits for a person; what refers to it goes there. One that
    was merged with a stranger's is followed, and looked at by the next push. That is written down at once: the next
    one may have been merged with the same stranger's.
    """
    found = None if link.adopted else mapping.scope.client.resolve(mapping.scope.xmlid(mapping.key, link.uid))
    if found is None or found[1] == link.odoo_id:
        link.gone, link.needs_person, link.reason = True, True, DELETED
    elif _follow(link, found[1]):
        link.odoo_id, link.seen, link.gone = found[1], "", False
    else:
        stand_aside(link, found[1])


def _follow(link: Link, odoo_id: int) -> bool:
    """Let a held link lead to another record in Odoo from now on, unless somebody else's does."""
    wish = {"seen": "", "wanted": F("wanted") + 1, "wanted_since": timezone.now()}
    try:
        with transaction.atomic():
            Link.objects.filter(pk=link.pk, lease=link.lease).update(odoo_id=odoo_id, **wish)
    except IntegrityError:
        return False
    return True


def belongs_to_another(link: Link, odoo_id: int) -> bool:
    """Tell whether another record here stands for that one in Odoo: merged there, both names lead to it."""
    others = Link.objects.filter(connection_id=link.connection_id, mapping=link.mapping, odoo_id=odoo_id)
    return bool(others.exclude(pk=link.pk).exists())


def stand_aside(link: Link, odoo_id: int) -> None:
    """Let a link wait for a person, and what refers to its record go to the one it was merged into."""
    link.odoo_id, link.merged_into, link.gone = None, odoo_id, False
    link.needs_person, link.reason = True, MERGED
