"""What was deleted in Odoo: deletions leave no trace there, so the ids that are known are looked for.

A record that is gone waits for a person, as one does that a push finds gone: it may be restored in Odoo, or sent again
as a new one. It is never made anew by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.leases import claim, held, save
from odoo_bridge.mapping import Mapping
from odoo_bridge.merged import look_where_it_went
from odoo_bridge.models import Link
from odoo_bridge.said import _

AT_ONCE = 5000
"""Ids in one question; Odoo answers for as many in some 25 ms (measured on 17)."""

SUSPICIOUS = 20
"""Records that may be gone at once without a doubt, as long as more are left than went."""


def look_for_deleted(mapping: Mapping, *, believing: bool = False) -> int:
    """Find the linked records that are gone from Odoo, and let each wait for a person; how many were found.

    Raises Incompatible, and marks none, when so many are gone at once that somebody rather put another database
    there, unless `believing`: somebody has looked.
    """
    known = Link.objects.filter(
        connection=mapping.scope.connection, mapping=mapping.key, odoo_id__isnull=False, gone=False, sent__isnull=True
    )
    ids = list(known.order_by("odoo_id").values_list("odoo_id", flat=True))
    parts = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
    gone = [one for part in parts for one in _absent(mapping, part)]
    if not believing and len(gone) > SUSPICIOUS and len(gone) * 2 > len(ids):
        raise Incompatible(
            _(
                "%(gone)s of %(all)s records are gone from Odoo at once. Was it restored from a backup, or "
                "is this another database? Nothing is sent or fetched until somebody has looked and says go.",
                gone=len(gone),
                all=len(ids),
            ),
            model=mapping.odoo,
        )
    return _mark(mapping, gone) if gone else 0


def look_whether_gone(mapping: Mapping, ids: Iterable[int]) -> int:
    """Look whether some records are gone from Odoo, and let each that is wait for a person; how many are."""
    gone = _absent(mapping, ids)
    return _mark(mapping, gone) if gone else 0


def _absent(mapping: Mapping, ids: Iterable[int | None]) -> list[int]:
    """Those of the ids that no record has, archived ones included."""
    wanted = [one for one in ids if one]
    client, everything = mapping.scope.client, {"active_test": False}
    there = set(client.search(mapping.odoo, [["id", "in", wanted]], context=everything))
    missing = [one for one in wanted if one not in there]
    if not missing:
        return []
    try:
        # A search leaves out what the user may not see; reading tells that from what is gone. Not of the id alone:
        # that is answered for a record that never was (observed on 17).
        read = {row["id"] for row in client.read(mapping.odoo, missing, ["write_date"])}
    except Denied as error:
        if error.reason != "rights":
            raise
        return []
    return [one for one in missing if one not in read]


@transaction.atomic
def _let_go(mapping: Mapping, links: list[Link]) -> int:
    """What only comes from Odoo goes with it: there is nothing for a person to decide."""
    mapping.let_go([link.uid for link in links])
    Link.objects.filter(pk__in=[link.pk for link in links]).delete()
    return len(links)


def _mark(mapping: Mapping, gone: list[int]) -> int:
    links = Link.objects.filter(
        connection=mapping.scope.connection, mapping=mapping.key, odoo_id__in=gone, gone=False, sent__isnull=True
    )
    lease, mine = claim(links.order_by("pk"), len(gone))
    with held(lease):
        if mapping.pull_only:
            return _let_go(mapping, mine)
        for link in mine:
            look_where_it_went(mapping, link)
        save(lease, mine, ["gone", "needs_person", "reason", "odoo_id", "merged_into", "seen"])
    return len(mine)
