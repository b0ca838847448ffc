"""One page on its way from Odoo: what changed there is merged into the clinic's records."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from odoo_bridge import quarantine, timeline
from odoo_bridge.errors import OdooError
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.leases import claim, held, save
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.models import Link
from odoo_bridge.reconcile import AUTHOR, digest, reconcile
from odoo_bridge.timeline import Told

_RESULT = (
    *("agreed", "agreed_at", "late", "seen", "needs_person", "reason", "conflicts", "gone"),
    *("edited_by", "edited_at"),
)
Pair = tuple[Link, Any, Values]


def absorb(mapping: Mapping, page: list[Values]) -> bool:
    """Merge a page of answers. Returns False if a record was in somebody's hands and has to be looked at again."""
    answers = {answer["id"]: answer for answer in page}
    if mapping.pull_only:
        _bring(mapping, answers)
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, odoo_id__in=answers)
    before = links.values_list("pk", "odoo_id", "seen")
    news = {pk for pk, odoo_id, seen in before if seen != digest(answers[odoo_id])}
    if not news:
        return True
    lease, mine = claim(links.filter(pk__in=news).order_by("pk"), len(news))
    with held(lease):
        _absorb(mapping, lease, mine)
    return len(mine) == len(news)


@transaction.atomic
def _bring(mapping: Mapping, answers: dict[int, Values]) -> None:
    """Link what Odoo has and we have not, in a fixed number of queries. What is linked is merged like all else."""
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key)
    known = set(links.filter(odoo_id__in=answers).values_list("odoo_id", flat=True))
    brought = mapping.bring([answer for odoo_id, answer in answers.items() if odoo_id not in known])
    nothing = Agreed({}, {}).to_json()
    fresh = [
        Link(connection=mapping.scope.connection, mapping=mapping.key, uid=uid, odoo_id=odoo_id, agreed=nothing)
        for odoo_id, uid in brought.items()
    ]
    Link.objects.bulk_create(fresh)


def _absorb(mapping: Mapping, lease: UUID, links: list[Link]) -> None:
    """Merge what Odoo has now of the links that were leased.

    It is read again, for between the page and the lease a push may have gone by: its own values of a moment ago would
    look like somebody's edit.
    """
    mapping.lease = lease
    ids = [link.odoo_id for link in links if link.odoo_id]
    found = mapping.complete(mapping.scope.client.read(mapping.odoo, ids, [*mapping.read_fields, *AUTHOR]))
    answers = {answer["id"]: answer for answer in found}
    records = mapping.fetch(link.uid for link in links)
    pairs = [
        (link, records[link.uid], answers[link.odoo_id])
        for link in links
        if link.uid in records and link.odoo_id in answers
    ]
    wanting, sound = [], []
    told: list[Told] = []
    for pair in pairs:
        link = pair[0]
        with quarantine.set_aside(link):
            if _merge(mapping, *pair, told):
                wanting.append(link.pk)
            sound.append(pair)
    told += _observe(mapping, [pair for pair in sound if pair[0].sent is None])
    save(lease, links, _RESULT)
    timeline.write(told)
    Link.objects.filter(pk__in=wanting).update(wanted=F("wanted") + 1, wanted_since=timezone.now())


def _merge(mapping: Mapping, link: Link, record: Any, answer: Values, told: list[Told]) -> bool:
    """Merge one record, and tell whether a push has to look at it afterwards."""
    if link.sent is not None or link.agreed is None:
        return False  # A push was not answered: it looks for itself what became of it.
    try:
        ours = mapping.ours(record)
    except (NotYet, Refused):
        link.seen = ""
        return link.wanted == link.pushed  # The push says what is the matter.
    link.seen, link.gone = digest(answer), False
    if link.conflicts:
        link.needs_person, link.reason = False, ""
    _, to_odoo = reconcile(mapping, link, record, ours, answer, told)
    if to_odoo:
        link.seen = ""  # The push has to look, though nothing changed here.
    return bool(to_odoo) and not link.needs_person and link.wanted == link.pushed


def _observe(mapping: Mapping, pairs: list[Pair]) -> list[Told]:
    """Let the mapping take note of what Odoo says, and return what became of links by it."""
    told: list[Told] = []
    if not mapping.observed:
        return told
    reasons = _reasons(mapping, pairs)
    for link, record, _ in pairs:
        if record.uid in reasons:
            reason = reasons[record.uid][:500]
            if not link.needs_person or link.reason != reason:
                told.append(Told(link, timeline.What.REFUSED, note=reason))
            link.needs_person, link.reason = True, reason
        elif link.needs_person and not link.conflicts and (link.pushed == link.wanted or mapping.is_finished(record)):
            # Somebody put it right in Odoo.
            link.needs_person, link.reason = False, ""
    return told


def _reasons(mapping: Mapping, pairs: list[Pair]) -> dict[UUID, str]:
    """Let the mapping take note of what Odoo says; when it stumbles over a record, of one after the other."""
    try:
        return mapping.observe([(record, answer) for _, record, answer in pairs])
    except (OdooError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(pairs) == 1:
            quarantine.ask(pairs[0][0], error)
            return {pairs[0][1].uid: pairs[0][0].reason}
    reasons: dict[UUID, str] = {}
    for pair in pairs:
        reasons |= _reasons(mapping, [pair])
    return reasons
