"""One page on its way from Odoo: what changed there is merged into the clinic's records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F

from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.leases import claim, held, save
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.models import Link
from odoo_bridge.reconcile import digest, reconcile


def absorb(mapping: Mapping, page: list[Values]) -> bool:
    """Merge a page of answers. Returns False if a record was in somebody's hands and has to be looked at again."""
    answers = {answer["id"]: answer for answer in page}
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, odoo_id__in=answers)
    news = {link.pk for link in links if link.seen != digest(answers[link.odoo_id or 0])}
    if not news:
        return True
    lease, mine = claim(links.filter(pk__in=news).order_by("pk"), len(news))
    with held(lease):
        _absorb(mapping, lease, mine, answers)
    return len(mine) == len(news)


def _absorb(mapping: Mapping, lease: UUID, links: list[Link], answers: dict[int, Values]) -> None:
    records = mapping.fetch(link.uid for link in links)
    pairs = [(link, records[link.uid], answers[link.odoo_id or 0]) for link in links if link.uid in records]
    wanting = [link.pk for link, record, answer in pairs if _merge(mapping, link, record, answer)]
    _observe(mapping, pairs)
    saved = ["agreed", "agreed_at", "seen", "needs_person", "reason", "conflicts"]
    save(lease, links, saved)
    Link.objects.filter(pk__in=wanting).update(wanted=F("wanted") + 1)


def _merge(mapping: Mapping, link: Link, record: Any, answer: Values) -> bool:
    """Merge one record, and tell whether Odoo lacks something of ours afterwards."""
    if link.sent is not None or link.agreed is None:
        return False  # A push was not answered: it looks for itself what became of it.
    try:
        ours = mapping.ours(record)
    except (NotYet, Refused):
        return False
    link.seen = digest(answer)
    waited = link.needs_person
    if link.conflicts:
        link.needs_person, link.reason = False, ""
    to_odoo = reconcile(mapping, link, record, ours, answer)
    return bool(to_odoo) and not waited and link.wanted == link.pushed


def _observe(mapping: Mapping, pairs: Iterable[tuple[Link, Any, Values]]) -> None:
    settled = [(link, record, answer) for link, record, answer in pairs if link.sent is None]
    reasons = mapping.observe([(record, answer) for _, record, answer in settled]) if mapping.observed else {}
    for link, record, _ in settled:
        if record.uid in reasons:
            link.needs_person, link.reason = True, reasons[record.uid][:500]
        elif mapping.observed and link.needs_person and not link.conflicts and link.pushed == link.wanted:
            link.needs_person, link.reason = False, ""
