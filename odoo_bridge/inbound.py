"""One page on its way from Odoo: what changed there is merged into the clinic's records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from odoo_bridge import quarantine, timeline
from odoo_bridge.errors import OdooError
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.heap import unswept
from odoo_bridge.leases import claim_all, held, save
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.reconcile import AUTHOR, digest, reconcile
from odoo_bridge.takeover import Pair
from odoo_bridge.timeline import Told

_RESULT = ("agreed_at", "seen", "needs_person", "edited_by", "edited_at")
_SELDOM = ("late", "reason", "conflicts", "gone")
"""What is only written where a page has changed it."""


class Stillness:
    """Whether what is read from Odoo after a moment is, later on, still what our own pushes left there.

    A page that was read before a push has gone by holds our own values of a moment ago, which would look like
    somebody's edit. So nothing may have been leased at that moment, no batch begun since, and the window still be
    ours: a worker that was stopped for long has lost it, and another one has looked since.

    The moment is noted once, for as many pages of as many windows as it lasts for.
    """

    def __init__(self, connection: int) -> None:
        self._connection = connection
        self._is_noted = False

    def begin(self) -> None:
        """To be called before a page is asked for."""
        if not self._is_noted:
            # In this order: a batch that begins in between is leased first and counted then.
            self._pushes = self._count()
            self._is_busy = Link.objects.filter(connection=self._connection, lease__isnull=False).exists()
            self._is_noted = True

    def lasts(self, window: Window) -> bool:
        """Asked when the links of the page are leased: no batch can begin on them any more."""
        mine = Window.objects.filter(pk=window.pk, lease=window.lease)
        self._is_noted = not self._is_busy and mine.exists() and self._count() == self._pushes
        return self._is_noted

    def _count(self) -> int:
        return Connection.objects.values_list("pushes", flat=True).get(pk=self._connection)


def absorb(mapping: Mapping, page: list[Values], lasts: Callable[[], bool] = lambda: False) -> bool:
    """Merge a page of answers, each with `AUTHOR`; where it does not last (`Stillness`) they are read anew.

    Returns False if a record was in somebody's hands and has to be looked at again.
    """
    answers = {answer["id"]: answer for answer in page}
    if mapping.pull_only:
        _bring(mapping, answers)
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, odoo_id__in=answers)
    before = list(links.values_list("pk", "odoo_id", "seen"))
    linked = {odoo_id for _, odoo_id, _ in before}
    if others := [answer for odoo_id, answer in answers.items() if odoo_id not in linked]:
        mapping.strangers(others)
    news = {pk for pk, odoo_id, seen in before if seen != digest(answers[odoo_id])}
    if not news:
        return True
    lease, mine = claim_all(news)
    with held(lease), unswept():
        ids = [link.odoo_id for link in mine if link.odoo_id]
        if not lasts():
            found = mapping.complete(mapping.scope.client.read(mapping.odoo, ids, [*mapping.read_fields, *AUTHOR]))
            answers = {answer["id"]: answer for answer in found}
        _absorb(mapping, lease, mine, answers)
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


def _absorb(mapping: Mapping, lease: UUID, links: list[Link], answers: dict[int, Values]) -> None:
    """Merge what Odoo has now of the links that were leased."""
    mapping.lease = lease
    before = _seldom(links)
    records = mapping.fetch(link.uid for link in links)
    pairs = [
        Pair(link, records[link.uid], {}, answers[link.odoo_id])
        for link in links
        if link.uid in records and link.odoo_id in answers
    ]
    told: list[Told] = []
    sound, wanting = _merge(mapping, pairs, told)
    told += _observe(mapping, [pair for pair in sound if pair.link.sent is None])
    _save(lease, pairs, links, [name for name, values in _seldom(links).items() if values != before[name]])
    timeline.write(told)
    Link.objects.filter(pk__in=wanting).update(wanted=F("wanted") + 1, wanted_since=timezone.now())


def _seldom(links: list[Link]) -> dict[str, list[Any]]:
    return {name: [getattr(link, name) for link in links] for name in _SELDOM}


def _save(lease: UUID, pairs: list[Pair], links: list[Link], also: list[str]) -> None:
    """Save and free the links. What is agreed is written already where nothing has come to it since a take-over."""
    kept = {pair.link.pk for pair in pairs if pair.kept is not None and pair.kept == pair.link.agreed}
    save(lease, [link for link in links if link.pk not in kept], [*_RESULT, "agreed", *also], last=True)
    save(lease, [link for link in links if link.pk in kept], [*_RESULT, *also], last=True)


def _merge(mapping: Mapping, pairs: list[Pair], told: list[Told]) -> tuple[list[Pair], list[int]]:
    """Merge records. Returns those that nobody stumbled over, and the keys of those that a push has to look at."""
    passed, merging = [], []
    wanting = []
    for pair in pairs:
        link = pair.link
        with quarantine.set_aside(link):
            if link.sent is not None or link.agreed is None:
                passed.append(pair)  # A push was not answered: it looks for itself what became of it.
            elif _know_ours(mapping, pair):
                merging.append(pair)
            else:
                passed.append(pair)
                if link.wanted == link.pushed:
                    wanting.append(link.pk)  # The push says what is the matter.
    for pair in (merged := reconcile(mapping, merging, told)):
        link = pair.link
        if pair.merged.to_odoo:
            link.seen = ""  # The push has to look, though nothing changed here.
            if not link.needs_person and link.wanted == link.pushed:
                wanting.append(link.pk)
    return [*passed, *merged], wanting


def _know_ours(mapping: Mapping, pair: Pair) -> bool:
    """Note our values of a record, and what was seen of it in Odoo. Returns whether it can be merged."""
    link = pair.link
    try:
        pair.ours = mapping.ours(pair.record)
    except (NotYet, Refused):
        link.seen = ""
        return False
    link.seen, link.gone = digest(pair.answer), False
    if link.conflicts:
        link.needs_person, link.reason = False, ""
    return True


def _observe(mapping: Mapping, pairs: list[Pair]) -> list[Told]:
    """Let the mapping take note of what Odoo says, and return what became of links by it."""
    told: list[Told] = []
    if not mapping.observed:
        return told
    reasons = _reasons(mapping, pairs)
    for pair in pairs:
        link, record = pair.link, pair.record
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
        return mapping.observe([(pair.record, pair.answer) for pair in pairs])
    except (OdooError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(pairs) == 1:
            quarantine.ask(pairs[0].link, error)
            return {pairs[0].record.uid: pairs[0].link.reason}
    reasons: dict[UUID, str] = {}
    for pair in pairs:
        reasons |= _reasons(mapping, [pair])
    return reasons
