"""Taking in the journal: changes become wishes on links, where the record belongs and where it is already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.apps import apps
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils import timezone

from clinic.journal.models import Change
from odoo_bridge import canary
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import BACKLOG, URGENT, Connection, Link
from odoo_bridge.placing import Places, belonging, homes
from odoo_bridge.registry import registry
from odoo_bridge.saying import SentenceField

PAGE = 1000


def take_in() -> int:
    """Fold all journalled changes into links, and return how many there were.

    Each page is one transaction: the changes are gone exactly if the wishes are written. None is begun for nothing: on
    SQLite it would hold up whoever writes.
    """
    if not Change.objects.order_by().exists():
        return 0
    total = taken = _page()
    while taken == PAGE:
        taken = _page()
        total += taken
    return total


@transaction.atomic
def _page() -> int:
    changes = Change.objects.order_by("id")
    if database.features.has_select_for_update_skip_locked:
        changes = changes.select_for_update(skip_locked=True)
    page = list(changes[:PAGE])
    if not page:
        return 0
    subjects: dict[str, set[UUID]] = defaultdict(set)
    for change in page:
        subjects[change.model].add(change.uid)
    places = Places()
    for mapping in _sending():
        want(mapping, _concerned(mapping, subjects), places)
    canary.take_in(subjects)
    Change.objects.filter(pk__in=[change.pk for change in page]).delete()
    return len(page)


def _sending() -> list[type[Mapping]]:
    return [mapping for mapping in registry().values() if not mapping.pull_only]


def _concerned(mapping: type[Mapping], subjects: dict[str, set[UUID]]) -> set[UUID]:
    """Return the records of a mapping that changed, or that show something of a record that changed."""
    uids = set(subjects.get(mapping.local.lower(), ()))
    for label, path in mapping.watched.items():
        if label in subjects:
            model = apps.get_model(mapping.local)
            uids.update(model.objects.filter(**{f"{path}__in": subjects[label]}).values_list("uid", flat=True))
    return uids


def want(mapping: type[Mapping], uids: Collection[UUID], places: Places | None = None) -> None:
    """Wish for the present state of records to reach Odoo: where they belong, and where they are already.

    A wish frees the record from its back-off and from waiting for a person: whoever changed it may have mended it.
    """
    if not uids:
        return
    places = places or Places()
    for page in _pages(list(uids)):
        for connection, mine in _wanted_in(mapping, page, places).items():
            _want(connection, mapping.key, sorted(mine), priority=URGENT)


def want_in(connection: Connection, mapping: type[Mapping], uids: Iterable[UUID]) -> None:
    """Wish for the present state of records to reach one connection's Odoo."""
    for page in _pages(list(uids)):
        _want(connection.pk, mapping.key, page, priority=URGENT)


def _wanted_in(mapping: type[Mapping], uids: list[UUID], places: Places) -> dict[int, set[UUID]]:
    """Return the records that each connection has to hear of, by its key."""
    home = homes(mapping, uids, places)
    wanted: dict[int, set[UUID]] = defaultdict(set)
    for uid, connection in home.items():
        wanted[connection].add(uid)
    links = Link.objects.filter(mapping=mapping.key, uid__in=uids).exclude(connection__state=Connection.State.ARCHIVED)
    if not mapping.shared:
        # The other kind, at rest now, hears of all that it has a link to.
        links = links.filter(~Q(connection__in=places.of_kind) | Q(pk__in=links.bound().values("pk")))
    for uid, connection in links.values_list("uid", "connection"):
        wanted[connection].add(uid)
    return wanted


def want_all(connection: Connection) -> int:
    """Wish for everything that belongs in a connection's Odoo to get there, as backlog; how many records that is.

    What stayed here so far is looked at again: the history cut-off may have been moved since.
    """
    total = 0
    for mapping in _sending():
        links = Link.objects.filter(connection=connection, mapping=mapping.key)
        linked = links.exclude(odoo_id=None, sent__isnull=True, pushed=F("wanted"), needs_person=False).values("uid")
        uids = list(belonging(mapping, connection).exclude(uid__in=linked).values_list("uid", flat=True))
        for page in _pages(uids):
            _want(connection.pk, mapping.key, page, priority=BACKLOG)
        total += len(uids)
    return total


def want_what_stayed(connection: Connection, mapping: type[Mapping]) -> None:
    """Wish again for what belongs in Odoo and stayed here: the app that it needs may have been installed since."""
    stayed = Link.objects.filter(
        connection=connection, mapping=mapping.key, odoo_id=None, sent__isnull=True, pushed=F("wanted")
    )
    uids = set(belonging(mapping, connection).values_list("uid", flat=True))
    for page in _pages([uid for uid in stayed.values_list("uid", flat=True) if uid in uids]):
        _want(connection.pk, mapping.key, page, priority=BACKLOG)


@transaction.atomic
def settle_in() -> None:
    """After branches moved: what no Odoo has been told of yet goes where it belongs now.

    What was sent, or is on its way at this moment, stays: it must not be in two Odoos.
    """
    for connection in Connection.objects.in_use():
        for mapping in _sending():
            here = belonging(mapping, connection).values("uid")
            astray = Link.objects.filter(connection=connection, mapping=mapping.key).loose().exclude(uid__in=here)
            astray.delete()
    for connection in Connection.objects.in_use().filter(state=Connection.State.ACTIVE):
        want_all(connection)


def wish(connection: Connection, mapping: str, uid: UUID, priority: int) -> None:
    """Let a record be put into an Odoo because something there refers to it, though it did not belong there so far.

    It is as urgent as what waits for it.
    """
    fresh = {"wanted": 1, "priority": priority}
    link, is_new = Link.objects.get_or_create(connection=connection, mapping=mapping, uid=uid, defaults=fresh)
    if is_new:
        return
    mine = Link.objects.filter(pk=link.pk)
    settled = mine.filter(odoo_id=None, pushed=F("wanted"))
    settled.update(wanted=F("wanted") + 1, wanted_since=timezone.now(), priority=priority)
    if priority == URGENT:
        mine.waiting().update(priority=URGENT)


def _pages(uids: list[UUID]) -> Iterable[list[UUID]]:
    return (uids[start : start + PAGE] for start in range(0, len(uids), PAGE))


@transaction.atomic(savepoint=False)
def _want(connection: int, mapping: str, uids: list[UUID], priority: int) -> None:
    fresh = [Link(connection_id=connection, mapping=mapping, uid=uid, priority=priority) for uid in uids]
    Link.objects.bulk_create(fresh, ignore_conflicts=True)
    links = Link.objects.filter(connection=connection, mapping=mapping, uid__in=uids)
    idle, later = Q(wanted=F("pushed")), Q(priority__gt=priority)
    # What waited for a person is looked at in Odoo again, whatever changed here: an empty digest says so.
    waited = Q(needs_person=True)
    # One statement, in which every right-hand side is the row as it was: a backlog of links is written once.
    now = timezone.now()
    links.update(
        wanted=F("wanted") + 1,
        wanted_since=Case(When(idle, then=Value(now)), default=F("wanted_since")),
        priority=Case(When(idle | later, then=priority), default=F("priority"), output_field=IntegerField()),
        reason=Case(When(waited, then=Value("")), default=F("reason"), output_field=SentenceField()),
        seen=Case(When(waited, then=Value("")), default=F("seen")),
        needs_person=False,
        changed_at=now,
        next_attempt_at=None,
        attempts=0,
    )
