"""Links of one mapping, held under one lease and worked on together, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from odoo_bridge import leases, timeline
from odoo_bridge.client import Client
from odoo_bridge.client.loading import Loaded
from odoo_bridge.errors import Missing, OdooError, Retry
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.merged import look_where_it_went
from odoo_bridge.models import Link
from odoo_bridge.reconcile import AUTHOR, digest
from odoo_bridge.said import listed
from odoo_bridge.timeline import Told, What

WAIT_FOR_OTHERS = timedelta(seconds=10)


@dataclass(eq=False)
class Item:
    """One record of a batch. `rows` are its rows of `load`, `answer` what Odoo last answered of it.

    `refused`: why it cannot be created now; it may have been, when it was sent before. `lines`: what is to be edited in
    its lines there. `arrived`: whether Odoo has answered that it did what `link.sent` says.
    """

    link: Link
    version: int
    record: Any
    ours: Values
    rows: list[list[Any]] = field(default_factory=list)
    answer: Values | None = None
    refused: str = ""
    lines: Values = field(default_factory=dict)
    arrived: bool = False


class Held:
    """The links in `links` were leased together as `lease`; `told` is what happened to them."""

    def __init__(self, mapping: Mapping, lease: UUID, links: list[Link]) -> None:
        self.mapping, self.lease, self.links = mapping, lease, links
        self.client: Client = mapping.scope.client
        mapping.lease = lease
        self.versions = {link.pk: link.wanted for link in links}
        self.told: list[Told] = []
        self.later: set[int] = set()

    def _read(self, ids: Iterable[int]) -> list[Values]:
        if not (ids := list(ids)):
            return []
        names = [*self.mapping.read_fields, *AUTHOR]
        return self.mapping.complete(self.client.read(self.mapping.odoo, ids, names, context=self.mapping.context))

    def _is_behind(self, item: Item) -> bool:
        agreed = Agreed.from_json(item.link.agreed) or Agreed({}, {})
        return any(agreed.ours.get(name, ...) != item.ours[name] for name in self.mapping.stages)

    def _is_untouched(self, link: Link, answer: Values) -> bool:
        """Tell whether Odoo has what both sides agreed on."""
        agreed, theirs = (Agreed.from_json(link.agreed) or Agreed({}, {})).theirs, self.mapping.theirs(answer)
        return all(theirs.get(name, ...) == agreed.get(name, ...) for name in self.mapping.owners)

    def _tell_arrived(self, item: Item, arrived: Iterable[str]) -> None:
        before = (Agreed.from_json(item.link.agreed) or Agreed({}, {})).ours
        if change := timeline.differences(before, {name: item.ours[name] for name in arrived}):
            note = listed(self.mapping.leads_to[value] for _before, value in change.values())
            self.told.append(Told(item.link, What.DONE, change, note))

    def _held_links(self, links: list[Link]) -> bool:
        """Tell whether all of the links are still ours to work on."""
        return {link.pk for link in links} <= leases.still_held(self.lease)

    def _held(self, items: Iterable[Item]) -> list[Item]:
        """Return the items that are still ours to work on: asked before each call that changes something."""
        if not (items := list(items)):
            return []
        mine = leases.still_held(self.lease)
        return [item for item in items if item.link.pk in mine]

    @staticmethod
    def _saw(item: Item, answer: Values) -> None:
        item.answer, item.link.seen, item.link.gone = answer, digest(answer), False

    @staticmethod
    def _open(items: list[Item]) -> list[Item]:
        return [item for item in items if not item.link.needs_person]

    @staticmethod
    def _last_sent(link: Link) -> Values:
        """Return what may be in Odoo of a record: what was sent now, or what was given up on and has come late."""
        late: Values = link.late[-1]["sent"] if link.late else {}
        return link.sent or late

    def _ask(self, link: Link, reason: str) -> None:
        if reason != link.reason:
            self.told.append(Told(link, What.REFUSED, note=reason))
        link.needs_person, link.reason = True, reason

    def _ask_about_gone(self, link: Link) -> None:
        look_where_it_went(self.mapping, link)
        if link.needs_person:
            self.told.append(Told(link, What.REFUSED, note=link.reason))

    def _is_about(self, error: Missing, link: Link) -> bool:
        """Tell whether the record itself is gone, and not one that it points at (Odoo 17 says so of a country)."""
        return error.model == self.mapping.odoo and (not error.ids or link.odoo_id in error.ids)

    def _look_again(self, items: Iterable[Item]) -> None:
        """Take note once more of what Odoo says of finished records that are to be looked at (an empty digest).

        What a person was asked about is there still, unless somebody has put it right: trying again only looks.
        """
        if not self.mapping.observed:
            return
        due = (item for item in items if item.answer is None and not item.link.seen)
        finished = by_id(self._held(item for item in due if self.mapping.is_finished(item.record)))
        for answer in self._read(finished):
            self._saw(finished[answer["id"]], answer)
        found = [(item.record, item.answer) for item in finished.values() if item.answer]
        reasons = self.mapping.observe(found) if found else {}
        for item in finished.values():
            if item.answer is None:
                self._ask_about_gone(item.link)
            elif reason := reasons.get(item.link.uid):
                self._ask(item.link, reason)

    def _later(self, link: Link, wait: timedelta = WAIT_FOR_OTHERS) -> None:
        self.later.add(link.pk)
        link.next_attempt_at = timezone.now() + wait

    def _done(self, link: Link) -> None:
        link.pushed = self.versions[link.pk]
        link.attempts, link.next_attempt_at, link.reason, link.sent = 0, None, "", None

    def _save(self, *fields: str) -> None:
        leases.save(self.lease, self.links, fields)


SENT = ("odoo_id", "merged_into", "agreed", "agreed_at", "sent", "late")
"""What is saved before anything goes out. What was looked up is part of it: `sent` is empty for what was found in Odoo,
and without its id that would say of a worker which is killed now that Odoo has never heard of the record."""
RESULT = (
    *(*SENT, "seen", "pushed"),
    *("attempts", "next_attempt_at", "needs_person", "reason", "conflicts", "gone", "edited_by", "edited_at"),
)


@contextmanager
def nothing_sent_if_refused(items: list[Item]) -> Iterator[None]:
    """Forget what was to be sent where it is certain that Odoo has not done it, and never will.

    Only a call without an answer may be carried out later. What was turned away or rolled back is not kept in mind:
    who gives a record that very value in Odoo would not be noticed.
    """
    try:
        yield
    except OdooError as error:
        if error.retry is not Retry.LOOK:
            for item in items:
                item.link.sent = item.link.sent if item.arrived else None
        raise


def by_id(items: Iterable[Item]) -> dict[int, Item]:
    return {item.link.odoo_id: item for item in items if item.link.odoo_id}


def split(items: list[Item], loaded: Loaded | None) -> list[list[Item]]:
    """Split a refused batch: those that Odoo blames from the rest, if it blames some; else in halves."""
    blamed = set(loaded.suspects) if loaded else set()
    suspects: list[Item] = []
    others: list[Item] = []
    row = 0
    for item in items:
        rows = range(row, row + len(item.rows))
        (suspects if blamed.intersection(rows) else others).append(item)
        row = rows.stop
    if suspects and others:
        return [others, suspects]
    middle = len(items) // 2
    return [items[:middle], items[middle:]]
