"""One batch on its way to Odoo: links of one mapping, held under one lease.

Every link of a batch ends in one of four ways: done, waiting for another record, waiting for a person, or (when the
whole connection is in trouble) as it was, with `sent` telling that Odoo may have it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from odoo_bridge import leases, timeline
from odoo_bridge.batch import RESULT, SENT, WAIT_FOR_OTHERS, Item, by_id, nothing_sent_if_refused, split
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.intake import want, wish
from odoo_bridge.lining import Lined
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Values
from odoo_bridge.merged import belongs_to_another, stand_aside
from odoo_bridge.models import Link
from odoo_bridge.placing import astray
from odoo_bridge.quarantine import DELETED_HERE, DELETED_HERE_FOR_GOOD, set_aside
from odoo_bridge.reconcile import expect_late, reconcile, settle, settle_written, was_decided
from odoo_bridge.said import _, said_by
from odoo_bridge.takeover import Pair
from odoo_bridge.timeline import Told, What

log = logging.getLogger(__name__)

LEFT = _("Odoo left it as it was, and gave no reason. Look at it there, then try again.")
LOOK_FOR_LATE = timedelta(minutes=10)
SENT_ELSEWHERE = _("Waits until it is clear whether another connection has sent it.")


def stays_here(mapping: Mapping, link: Link, record: Any) -> bool:
    """Tell whether Odoo has nothing to do with a record (None: it is gone here), and has never been sent it."""
    if record is None:
        return True
    return link.odoo_id is None and link.sent is None and not belongs(mapping, record)


def belongs(mapping: Mapping, record: Any) -> bool:
    """Tell whether a record that is not in Odoo is to be put there."""
    return mapping.is_wanted(record) and not mapping.is_history(record)


def project(mapping: Mapping, link: Link, record: Any) -> tuple[Values, list[list[Any]]]:
    """Return our plain values of a record, and the rows of `load` that create it, none if Odoo has it.

    Raises `NotYet` or `Refused`.
    """
    if link.odoo_id:
        return mapping.ours(record), []
    ours = mapping.ours(record, new=True)
    return ours, mapping.rows(_xmlid(mapping, link), record, ours)


def _xmlid(mapping: Mapping, link: Link) -> str:
    return str(mapping.scope.xmlid(mapping.key, link.uid))


def _both_sides(item: Item) -> Pair:
    return Pair(item.link, item.record, item.ours, item.answer or {})


class Batch(Lined):
    """What a push does with a batch."""

    def run(self) -> None:
        """Put the records' present state into Odoo, and save what came of it whatever happens."""
        try:
            items = self._project()
            self._resolve(items)
            items = self._leave_out_unwanted(items)
            self._create([item for item in self._open(items) if item.link.odoo_id is None])
            self._update([item for item in items if item.link.odoo_id and item.answer is None])
            self._put_lines_right(items)
            for step in (self._look_again, self._finish, self._lead):
                step([item for item in items if item.link.odoo_id])
            for item in self._open(items):
                if item.link.pk not in self.later:
                    self._done(item.link)
        finally:
            self._save(*RESULT)
            timeline.write(self.told)

    # What is to be sent

    def _project(self) -> list[Item]:
        self._send_home()
        records = self.mapping.fetch(link.uid for link in self.links)
        items: list[Item] = []
        deleted: list[Link] = []
        for link in self.links:
            record = records.get(link.uid)
            if record is None and (link.odoo_id or self._has_arrived(link)):
                deleted.append(link)
            elif record is None and link.late:
                self._later(link, LOOK_FOR_LATE)
            elif stays_here(self.mapping, link, record):
                self._done(link)
            else:
                with set_aside(link):
                    items.extend(self._project_one(link, record))
        self._withdraw(deleted)
        return items

    def _withdraw(self, links: list[Link]) -> None:
        """Archive in Odoo what was deleted here, unless somebody there has changed it since: then a person decides."""
        answers = {answer["id"]: answer for answer in self._read(link.odoo_id for link in links if link.odoo_id)}
        to_archive = []
        for link in links:
            answer = answers.get(link.odoo_id or 0)
            if answer is None or answer.get("active") is False:
                self._done(link)
            elif "active" not in self.mapping.present:
                self._ask(link, DELETED_HERE_FOR_GOOD)
            elif self._is_untouched(link, answer) or was_decided(link, "active"):
                to_archive.append(link)
            else:
                link.conflicts = {"active": {"ours": False, "theirs": True}}
                self._ask(link, DELETED_HERE)
        if to_archive and self._held_links(to_archive):
            ids = [link.odoo_id for link in to_archive if link.odoo_id]
            self.client.write(self.mapping.odoo, ids, {"active": False}, context=self.mapping.context)
        for link in to_archive:
            self.told.append(Told(link, What.SENT, {"active": [True, False]}, note=_("It was deleted here.")))
            link.seen = ""
            self._done(link)

    def _has_arrived(self, link: Link) -> bool:
        """Tell whether a record that was deleted here while its creation was under way is in Odoo all the same."""
        if link.sent is None and not link.late:
            return False
        found = self.client.resolve(_xmlid(self.mapping, link))
        if found is None or belongs_to_another(link, found[1]):
            expect_late(link)
            link.sent = None
            return False
        sent = self._last_sent(link)
        link.odoo_id, link.agreed, link.sent = found[1], Agreed(sent, sent).to_json(), None
        return True

    def _send_home(self) -> None:
        """Let go of what is new to this Odoo and belongs in another one since its branch moved."""
        new = {link.uid for link in self.links if link.odoo_id is None and link.sent is None and not link.late}
        found = astray(type(self.mapping), self.mapping.scope.connection, new) if new else {}
        waiting = [link for link in self.links if found.get(link.uid)]
        for link in waiting:
            link.reason, link.next_attempt_at = SENT_ELSEWHERE, timezone.now() + WAIT_FOR_OTHERS
        leases.save(self.lease, waiting, ["reason", "next_attempt_at"])
        if gone := {uid for uid, may_change in found.items() if not may_change}:
            Link.objects.filter(lease=self.lease, uid__in=gone).delete()
            want(type(self.mapping), gone)
        self.links = [link for link in self.links if link.uid not in found]

    def _project_one(self, link: Link, record: Any) -> list[Item]:
        try:
            if link.odoo_id is not None:
                return [Item(link, self.versions[link.pk], record, self.mapping.ours(record))]
            return [self._project_new(link, record)]
        except NotYet as wait:
            link.reason, link.next_attempt_at = said_by(wait), timezone.now() + WAIT_FOR_OTHERS
            self._wish_for(link, wait)
        except Refused as error:
            self._ask(link, said_by(error))
        return []

    def _project_new(self, link: Link, record: Any) -> Item:
        version = self.versions[link.pk]
        try:
            return Item(link, version, record, *project(self.mapping, link, record))
        except Refused as error:
            if link.sent is None:
                raise
            # It may have arrived before somebody took away what it needs: its branch's books may be elsewhere now.
            return Item(link, version, record, self.mapping.ours(record), refused=said_by(error))

    def _wish_for(self, link: Link, wait: NotYet) -> None:
        """Let a record go first that another one waits for, also one that did not belong in this Odoo by itself."""
        if wait.uid is not None:
            wish(self.mapping.scope.connection, wait.mapping, wait.uid, link.priority)

    def _leave_out_unwanted(self, items: list[Item]) -> list[Item]:
        """Records that were looked for, are not in Odoo, and do not belong there."""
        for item in items:
            if item.link.odoo_id is None and not item.link.needs_person and not belongs(self.mapping, item.record):
                self._done(item.link)
        return [item for item in items if item.link.odoo_id or belongs(self.mapping, item.record)]

    # Creation

    def _resolve(self, items: list[Item]) -> None:
        """Look up what was sent without an answer: it may have arrived."""
        for item in items:
            if item.link.odoo_id is None and self._may_be_there(item.link):
                self._resolve_one(item, self.client.resolve(_xmlid(self.mapping, item.link)))

    def _resolve_one(self, item: Item, found: tuple[str, int] | None) -> None:
        # Two names that lead to one record may be asked about in one batch: the first that is found stands for it.
        near = found and any(link.odoo_id == found[1] for link in self.links if link is not item.link)
        if found and (near or belongs_to_another(item.link, found[1])):
            stand_aside(item.link, found[1])
            self.told.append(Told(item.link, What.REFUSED, note=item.link.reason))
        elif found:
            self._created(item, found[1])
        elif item.refused:
            self._ask(item.link, item.refused)

    def _may_be_there(self, link: Link) -> bool:
        """Tell whether a record may have been created before: it was sent, may come late, was merged or forgotten."""
        recovered = self.mapping.scope.connection.recovered_at is not None
        return bool(recovered or link.sent is not None or link.late or link.merged_into is not None)

    def _create(self, items: list[Item]) -> None:
        if not items:
            return
        for item in items:
            expect_late(item.link)
            item.link.sent = {name: item.ours[name] for name in self.mapping.owners} | self.mapping.stages
        # Before anything goes out: from now on Odoo may have these records.
        self._save(*SENT)
        with nothing_sent_if_refused(items):
            self._load(items)
        self._save(*SENT)
        self._read_back(items, self.mapping.owners.keys() - self.mapping.stages.keys())

    def _load(self, items: list[Item]) -> None:
        """Create records, halving what Odoo refuses until the bad ones stand alone."""
        # First, for a lease may run out over it: `load` would write over what others have made by then.
        self.client.learn_columns(self.mapping.odoo, self.mapping.columns)
        if not (items := self._held(items)):
            return
        rows = [row for item in items for row in item.rows]
        try:
            loaded = self.client.load(self.mapping.odoo, self.mapping.columns, rows, context=self.mapping.context)
            if not loaded.refused or loaded.retryable or len(items) == 1:
                for item, odoo_id in zip(items, loaded.raise_if_refused(), strict=True):
                    self._created(item, odoo_id)
                return
        except Rejected as error:
            if len(items) == 1:
                items[0].link.sent = None
                self._ask(items[0].link, _("Odoo does not accept it: %(message)s", message=error.message))
                return
            loaded = None
        for part in split(items, loaded):
            self._load(part)

    def _created(self, item: Item, odoo_id: int) -> None:
        """Note that Odoo has the record. Until it is read back, what was sent is what both sides agree on."""
        link, item.arrived = item.link, True
        sent = self._last_sent(link)
        link.odoo_id, link.agreed, link.sent = odoo_id, Agreed(sent, sent).to_json(), None
        self.told.append(Told(link, What.CREATED, timeline.differences({}, item.ours | self.mapping.stages)))
        self.mapping.scope.learn(self.mapping.key, item.link.uid, odoo_id)

    # Updates

    def _update(self, items: list[Item]) -> None:
        changed = by_id(item for item in items if self._has_changed(item))
        answers = {answer["id"]: answer for answer in self._read(changed)}
        writes: dict[str, list[tuple[Item, Values]]] = defaultdict(list)
        pairs: dict[int, Item] = {}
        for odoo_id, item in changed.items():
            if odoo_id in answers:
                self._saw(item, answers[odoo_id])
                pairs[item.link.pk] = item
            else:
                self._ask_about_gone(item.link)
        for pair in reconcile(self.mapping, map(_both_sides, pairs.values()), self.told):
            item = pairs[pair.link.pk]
            item.ours = pair.ours
            with set_aside(item.link):
                if values := self.mapping.to_write(self._set_lines_aside(item, pair.merged.to_odoo), item.ours):
                    item.link.sent = {name: item.ours[name] for name in values}
                    writes[repr(sorted(values.items()))].append((item, values))
        if not writes:
            return
        # Before anything goes out, as for a creation: an answer that is lost must not look like somebody's edit.
        self._save(*SENT)
        with nothing_sent_if_refused([item for group in writes.values() for item, _ in group]):
            for group in writes.values():
                self._write([item for item, _ in group], group[0][1])
        self._read_back([item for group in writes.values() for item, _ in group if item.link.sent])

    def _has_changed(self, item: Item) -> bool:
        """Tell whether our side differs from what was agreed. What Odoo changed is for the pull to find.

        Looked at in any case is what was sent without an answer, and what has to be looked at (an empty digest).
        """
        agreed = Agreed.from_json(item.link.agreed)
        if not self.mapping.owners:
            return False
        if agreed is None or item.link.sent is not None or not item.link.seen:
            return True
        return any(agreed.ours.get(name, ...) != item.ours[name] for name in self.mapping.owners)

    def _write(self, items: list[Item], values: Values) -> None:
        """Write equal values to several records, halving what Odoo refuses until the bad ones stand alone."""
        if not (items := self._held(items)):
            return
        try:
            self.client.write(self.mapping.odoo, list(by_id(items)), values, context=self.mapping.context)
            self._tell_sent(items)
        except (Rejected, Missing) as error:
            if len(items) > 1:
                for part in split(items, None):
                    self._write(part, values)
                return
            items[0].link.sent = None
            if isinstance(error, Missing) and self._is_about(error, items[0].link):
                self._ask_about_gone(items[0].link)
            else:
                self._ask(items[0].link, _("Odoo does not accept the change: %(message)s", message=error.message))

    def _tell_sent(self, items: list[Item]) -> None:
        for item in items:
            item.arrived = True
            before = (Agreed.from_json(item.link.agreed) or Agreed({}, {})).ours
            self.told.append(Told(item.link, What.SENT, timeline.differences(before, item.link.sent or {})))

    def _read_back(self, items: list[Item], names: Iterable[str] | None = None) -> None:
        """Agree on what was written, as Odoo spells it now. What somebody changed there meanwhile is for the pull.

        `names`: the fields that were written; those that each link says were sent, if not given.
        """
        written, myself = by_id(items), self.client.uid
        for answer in self._read(written):
            writer = answer["write_uid"]
            item = written[answer["id"]]
            ours = set((item.link.sent or {}) if names is None else names)
            before = item.answer
            self._saw(item, answer)
            alone = bool(writer) and writer[0] == myself
            settle_written(self.mapping, item.link, item.ours, self.mapping.theirs(answer), ours, alone=alone)
            item.link.sent = None
            if before and any(before[name] != answer[name] for name in self.mapping.owners.keys() - ours):
                item.link.seen = ""

    # What is done beyond the fields

    def _finish(self, items: list[Item]) -> None:
        unfinished = by_id(self._held(item for item in self._open(items) if not self.mapping.is_finished(item.record)))
        unseen = {odoo_id: item for odoo_id, item in unfinished.items() if item.answer is None}
        for answer in self._read(unseen):
            self._saw(unseen[answer["id"]], answer)
        found = [(item.record, odoo_id, item.answer) for odoo_id, item in unfinished.items() if item.answer]
        for item in unfinished.values():
            item.link.seen = ""  # Wherever it breaks off, Odoo has something else by then than was read.
        reasons = self.mapping.finish(found) if found else {}
        for item in unfinished.values():
            if item.answer is None:
                self._ask_about_gone(item.link)
            elif reason := reasons.get(item.link.uid):
                self._ask(item.link, reason)
            elif item.link.uid in reasons:
                self._later(item.link)
            elif self.mapping.finishing:
                self.told.append(Told(item.link, What.DONE, note=self.mapping.finishing))

    def _lead(self, items: list[Item]) -> None:
        """Lead what stands elsewhere in Odoo than here to where it stands here, and note what came of it."""
        if not self.mapping.stages:
            return
        behind = by_id(self._held(item for item in self._open(items) if self._is_behind(item)))
        if not behind:
            return
        answers = {answer["id"]: answer for answer in self._read(behind)}
        found = [(item.record, odoo_id, answers[odoo_id]) for odoo_id, item in behind.items() if odoo_id in answers]
        reasons = self.mapping.lead(found)
        now = self._read(answers)
        # What somebody else did meanwhile has been seen by this: no pull would look again.
        undone = self.mapping.observe([(behind[answer["id"]].record, answer) for answer in now])
        for answer in now:
            item, before = behind[answer["id"]], answers[answer["id"]]
            self._saw(item, answer)
            if any(before[name] != answer[name] for name in self.mapping.owners.keys() - self.mapping.stages.keys()):
                item.link.seen = ""
            theirs = self.mapping.theirs(answer)
            arrived = {name for name in self.mapping.stages if theirs[name] == item.ours[name]}
            self._tell_arrived(item, arrived)
            settle(self.mapping, item.link, item.ours, theirs, arrived)
            if arrived != self.mapping.stages.keys():
                self._ask(item.link, reasons.get(item.link.uid, LEFT))
            elif reason := undone.get(item.link.uid):
                self._ask(item.link, reason)
