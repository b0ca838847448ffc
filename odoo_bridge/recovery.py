"""After a restore: both sides are looked through before anything is written, and what one of them lost is found.

The clinic was put back: what Odoo has of us is newer. Records that it does not know any more are shown to a person,
numbers that were given are not given again, and every record is merged before it is sent.

Odoo was put back: what the clinic has is newer. Records that are gone are sent anew, values that went back to older
ones are sent again, and what somebody there has changed since waits for a person.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from clinic.invoices.actions import NUMBERED
from clinic.invoices.models import NumberSeries
from clinic.practice.models import Branch
from odoo_bridge import guard
from odoo_bridge.fields import DATETIME
from odoo_bridge.intake import take_in, want_all
from odoo_bridge.leases import claim, held
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import BOTH_CHANGED, Agreed, Values
from odoo_bridge.models import BACKLOG, Connection, Link, Window
from odoo_bridge.progress import Progress, silent
from odoo_bridge.registry import kept_in, registry
from odoo_bridge.said import _
from odoo_bridge.scope import Scope

log = logging.getLogger(__name__)

PAGE = 500
ALL = {"active_test": False}


def recover(scope: Scope, progress: Progress = silent) -> None:
    """Do what a person's answer to a doubt asks for, and let the connection go on.

    May be repeated after a break-off. Raises any of `odoo_bridge.errors`.
    """
    connection = scope.connection
    log.warning("connection %s: recovery after %r", connection.pk, connection.recovery)
    take_in()
    if connection.recovery == Connection.Doubt.ODOO:
        _odoo_was_restored(scope, progress)
    clinic_was_restored = connection.recovery in (Connection.Doubt.CLINIC, Connection.Doubt.OTHER)
    if clinic_was_restored:
        _clinic_was_restored(scope, progress)
    _bring_anew(connection)
    guard.confirm_place(connection)
    guard.write(connection, scope.client, guard.read(connection, scope.client))
    if clinic_was_restored:
        # Last of all: until now, what waits tells what was edited here.
        _look_at(_there(scope))
    want_all(connection)
    Connection.objects.filter(pk=connection.pk).update(
        doubt="",
        recovery="",
        recovered_at=timezone.now(),
        trouble="",
        trouble_since=None,
        failures=0,
        resume_at=None,
        state=Connection.State.ACTIVE,
    )


def _bring_anew(connection: Connection) -> None:
    """Ask from the beginning for what only comes from Odoo; what is gone there is let go by the next sweep."""
    brought = [key for key, mapping in registry().items() if mapping.pull_only]
    Link.objects.filter(connection=connection, mapping__in=brought).update(seen="")
    Window.objects.filter(connection=connection, mapping__in=brought).update(since=None, swept_at=None)


# The clinic was put back


def _there(scope: Scope) -> Any:
    """Return the links of what is in Odoo of all that is sent there."""
    sent = [each.key for each in kept_in(scope)]
    return Link.objects.filter(connection=scope.connection, mapping__in=sent, odoo_id__isnull=False)


def _clinic_was_restored(scope: Scope, progress: Progress) -> None:
    raise_numbers(scope)
    there = _there(scope)
    _ask_nobody(there)
    for number, each in enumerate(kept_in(scope), start=1):
        mapping = each(scope)
        _count_as_edited(mapping, there.filter(mapping=each.key))
        _observe_all(mapping, there.filter(mapping=each.key))
        for made in _made_by_us(mapping):
            _link_what_was_made(mapping, made)
        progress(number, len(kept_in(scope)))


def _count_as_edited(mapping: Mapping, links: Any) -> None:
    """Let our side of what waits to be sent count as changed, field by field.

    It was edited here before the backup or since the restore, and may be back to what was agreed by now. What we wrote
    in Odoo in the time that was lost would look like somebody's edit, and be taken over: whoever edited would not know.
    """
    keys = list(links.waiting().exclude(agreed=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PAGE):
        waiting = list(Link.objects.filter(pk__in=keys[start : start + PAGE]))
        for link in waiting:
            agreed = Agreed.from_json(link.agreed) or Agreed({}, {})
            lists = mapping.link_sets | mapping.line_lists
            ours = {name: value if name in lists else BOTH_CHANGED for name, value in agreed.ours.items()}
            link.agreed = Agreed(ours, agreed.theirs).to_json()
        Link.objects.bulk_update(waiting, ["agreed"])


def _observe_all(mapping: Mapping, links: Any) -> None:
    """Take note of what Odoo says beyond the fields: that brings payments here that the clinic has lost."""
    if not mapping.observed:
        return
    keys = list(links.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PAGE):
        lease, mine = claim(Link.objects.filter(pk__in=keys[start : start + PAGE]).order_by("pk"), PAGE)
        with held(lease):
            mapping.lease = lease
            by_id = {link.odoo_id: link for link in mine}
            records = mapping.fetch(link.uid for link in mine)
            answers = mapping.scope.client.read(mapping.odoo, [one for one in by_id if one], mapping.read_fields)
            found = [(records[by_id[row["id"]].uid], row) for row in answers if by_id[row["id"]].uid in records]
            mapping.observe(found)


def _ask_nobody(links: Any) -> None:
    """Let what waits for a person be looked at again: what was to be put right may be as it was before it went wrong.

    Who has to be asked is asked again. Contradictions and deletions stay: a person decides about both sides' values.
    """
    links.filter(needs_person=True, conflicts={}, gone=False).update(needs_person=False, reason="")


def _look_at(links: Any) -> None:
    """Let the next push read what Odoo has before it decides anything."""
    links.update(seen="", wanted=F("wanted") + 1, wanted_since=timezone.now(), priority=BACKLOG, next_attempt_at=None)


def raise_numbers(scope: Scope) -> None:
    """Go on after the highest number that Odoo has of each branch, year and kind of document."""
    books = scope.connection.books.exclude(journal_id=None).select_related("branch")
    for branch, journal_id in [(one.branch, one.journal_id or 0) for one in books]:
        for (year, kind), last in _numbers_in_odoo(scope, branch, journal_id).items():
            series, _ = NumberSeries.objects.get_or_create(branch=branch, year=year, kind=kind)
            NumberSeries.objects.filter(pk=series.pk, last__lt=last).update(last=last)


def _numbers_in_odoo(scope: Scope, branch: Branch, journal_id: int) -> dict[tuple[int, str], int]:
    kinds = {mark: str(kind) for kind, mark in NUMBERED.items()}
    pattern = re.compile(rf"{re.escape(branch.code)}/(\d{{4}})/({'|'.join(kinds)})(\d+)")
    last: dict[tuple[int, str], int] = {}
    domain = [["journal_id", "=", journal_id], ["name", "=like", f"{branch.code}/%"]]
    for row in scope.client.search_read("account.move", domain, ["name"], context=ALL):
        if found := pattern.fullmatch(row["name"] or ""):
            series = int(found[1]), kinds[found[2]]
            last[series] = max(last.get(series, 0), int(found[3]))
    return last


def _made_by_us(mapping: Mapping) -> Iterator[dict[UUID, int]]:
    """Yield pages of our uid -> the id of every record in Odoo that has an external id of ours."""
    client = mapping.scope.client
    ids = client.search(mapping.odoo, [["create_uid", "=", client.uid]], order="id", context=ALL)
    for start in range(0, len(ids), PAGE):
        names = _external_ids(mapping, ids[start : start + PAGE])
        yield {uid: odoo_id for odoo_id, (uid, _) in names.items() if uid}


def _external_ids(mapping: Mapping, ids: list[int]) -> dict[int, tuple[UUID | None, int]]:
    """Return our uid (None: it is not one of ours) and the maker of records that are there, by id."""
    pattern = re.compile(rf"{re.escape(mapping.scope.connection.namespace)}\.{mapping.key}_([0-9a-f]{{32}})")
    found: dict[int, tuple[UUID | None, int]] = {}
    for start in range(0, len(ids), PAGE):
        for row in mapping.scope.client.call(mapping.odoo, "get_metadata", ids[start : start + PAGE]):
            ours = pattern.fullmatch(row.get("xmlid") or "")
            found[row["id"]] = (UUID(ours[1]) if ours else None, row["create_uid"][0] if row["create_uid"] else 0)
    return found


def _unknown_here(mapping: Mapping) -> str:
    return _(
        "Odoo has this from us (%(what)s), but the clinic's database does not know it any more since it was restored.",
        what=mapping.one,
    )


def _link_what_was_made(mapping: Mapping, made: dict[UUID, int]) -> None:
    """Link a page of what Odoo has of us and the clinic forgot that it sent, in a fixed number of queries.

    What is still here counts as sent without an answer, also where it does not belong in Odoo by itself any more: the
    next push looks. What is not is shown to a person. Payments that count are back already, with their invoices.
    """
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key)
    here = set(mapping.model().objects.filter(uid__in=list(made)).values_list("uid", flat=True))
    known = set(links.filter(uid__in=list(made)).values_list("uid", flat=True))
    # It may have been edited on either side since it was made.
    sent = dict.fromkeys(mapping.owners, BOTH_CHANGED)
    links.filter(uid__in=here, odoo_id=None, sent__isnull=True).update(
        sent=sent, wanted=F("wanted") + 1, wanted_since=timezone.now()
    )
    nothing, unknown = Agreed({}, {}).to_json(), _unknown_here(mapping)
    lost = {"agreed": nothing, "needs_person": True, "reason": unknown}
    Link.objects.bulk_create(
        Link(
            connection=mapping.scope.connection,
            mapping=mapping.key,
            uid=uid,
            **({"sent": sent, "wanted": 1, "priority": BACKLOG} if uid in here else {"odoo_id": odoo_id, **lost}),
        )
        for uid, odoo_id in made.items()
        if uid not in known
    )


# Odoo was put back


def _odoo_was_restored(scope: Scope, progress: Progress) -> None:
    keys_sent = [mapping.key for mapping in kept_in(scope)]
    known = Link.objects.filter(connection=scope.connection, odoo_id__isnull=False, mapping__in=keys_sent)
    # What was merged there may be two again: the push finds out. Of one that was adopted nothing tells which it was.
    merged = Link.objects.filter(connection=scope.connection, merged_into__isnull=False, adopted=False)
    _send_anew(list(merged.filter(mapping__in=keys_sent)))
    done, total = 0, known.count()
    for mapping in kept_in(scope):
        keys = list(known.filter(mapping=mapping.key).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), PAGE):
            page = list(Link.objects.filter(pk__in=keys[start : start + PAGE]))
            _put_right(mapping(scope), page)
            done += len(page)
            progress(done, total)


def _put_right(mapping: Mapping, links: list[Link]) -> None:
    client = mapping.scope.client
    ids = [link.odoo_id for link in links if link.odoo_id]
    there = client.search(mapping.odoo, [["id", "in", ids]], context=ALL)
    names = _external_ids(mapping, there)
    # An id that was given anew since the restore leads to somebody else's record.
    kept = [link for link in links if link.odoo_id in names and (link.adopted or names[link.odoo_id][0] == link.uid)]
    lost = [link for link in links if link not in kept]
    mapping.take_back([link.uid for link in links], lost=[link.uid for link in lost])
    _send_anew(lost)
    answers = {row["id"]: row for row in client.read(mapping.odoo, _ids(kept), [*mapping.read_fields, "write_date"])}
    for link in kept:
        _weigh(mapping, link, answers.get(link.odoo_id or 0))
    Link.objects.bulk_update(kept, ["agreed"])
    looked_at = Link.objects.filter(pk__in=[link.pk for link in kept])
    _ask_nobody(looked_at)
    _look_at(looked_at)


def _ids(links: list[Link]) -> list[int]:
    return [link.odoo_id for link in links if link.odoo_id]


def _send_anew(lost: list[Link]) -> None:
    links = Link.objects.filter(pk__in=[link.pk for link in lost])
    # As if sent, so that it goes there again also if its branch has its books elsewhere now.
    links.update(odoo_id=None, merged_into=None, sent={}, agreed=None, adopted=False, gone=False)
    links.update(needs_person=False, reason="")
    _look_at(links)


def _weigh(mapping: Mapping, link: Link, answer: Values | None) -> None:
    """Let our value win where Odoo's went back to an older one; what was changed there since the restore asks.

    So does what a pull has asked about already, before anybody knew of the restore.
    """
    agreed = Agreed.from_json(link.agreed)
    if answer is None or agreed is None:
        return
    is_older = str(answer.pop("write_date"))[:19] <= _last_known(mapping, link).strftime(DATETIME)
    theirs = mapping.theirs(answer)
    for name in mapping.owners:
        if name not in theirs or theirs[name] == agreed.theirs.get(name, theirs[name]):
            continue
        if is_older and name not in link.conflicts:
            agreed.theirs[name] = theirs[name]
            agreed.ours.pop(name, None)
        else:
            agreed.theirs[name] = agreed.ours[name] = BOTH_CHANGED
    link.agreed = agreed.to_json()


def _last_known(mapping: Mapping, link: Link) -> datetime:
    """Return, on Odoo's clock, the moment until which we knew what Odoo had: what it says of then, and is not so, is
    older."""
    known = [datetime.min.replace(tzinfo=UTC)]
    window = Window.objects.filter(connection=link.connection_id, mapping=mapping.key).first()
    if window and window.since:
        known.append(window.since)
    if link.agreed_at and (odoo := mapping.scope.client.server_time):
        # Odoo's clock may have been put forward since: what looks older than it is would go unasked.
        ahead = (odoo - timezone.now()).total_seconds()
        ahead = min(ahead, mapping.scope.connection.mark.get("ahead", ahead))
        known.append(link.agreed_at + timedelta(seconds=ahead))
    return max(known)
