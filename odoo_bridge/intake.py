"""Taking in the journal: changes become wishes on links, one for each connection that keeps the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.apps import apps
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.journal.models import Change
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import BACKLOG, URGENT, Connection, Link
from odoo_bridge.registry import registry

PAGE = 1000


def take_in() -> int:
    """Fold all journalled changes into links, and return how many there were.

    Each page is one transaction: the changes are gone exactly if the wishes are written.
    """
    total = 0
    while taken := _page():
        total += taken
    return total


@transaction.atomic
def _page() -> int:
    changes = Change.objects.order_by("id")
    if database.features.has_select_for_update_skip_locked:
        changes = changes.select_for_update(skip_locked=True)
    page = list(changes[:PAGE])
    subjects: dict[str, set[UUID]] = defaultdict(set)
    for change in page:
        subjects[change.model].add(change.uid)
    for mapping in _sending():
        want(mapping, _concerned(mapping, subjects))
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


def want(mapping: type[Mapping], uids: Iterable[UUID], connections: Iterable[Connection] | None = None) -> None:
    """Wish for the present state of records to reach Odoo, over the given connections or all.

    A wish frees the record from its back-off and from waiting for a person: whoever changed it may have mended it.
    """
    uids = list(uids)
    for connection in Connection.objects.all() if connections is None else connections:
        for page in _pages(uids):
            _want(connection, mapping.key, page, priority=URGENT)


def want_all(connection: Connection) -> int:
    """Wish for everything that belongs in Odoo to get there, as backlog, and return how many records that is."""
    total = 0
    for mapping in _sending():
        linked = Link.objects.filter(connection=connection, mapping=mapping.key).values("uid")
        uids = list(mapping.belongs().exclude(uid__in=linked).values_list("uid", flat=True))
        for page in _pages(uids):
            _want(connection, mapping.key, page, priority=BACKLOG)
        total += len(uids)
    return total


def want_what_stayed(connection: Connection, mapping: type[Mapping]) -> None:
    """Wish again for what belongs in Odoo and stayed here: the app that it needs may have been installed since."""
    stayed = Link.objects.filter(
        connection=connection, mapping=mapping.key, odoo_id=None, sent__isnull=True, pushed=F("wanted")
    )
    uids = set(mapping.belongs().values_list("uid", flat=True))
    for page in _pages([uid for uid in stayed.values_list("uid", flat=True) if uid in uids]):
        _want(connection, mapping.key, page, priority=BACKLOG)


def _pages(uids: list[UUID]) -> Iterable[list[UUID]]:
    return (uids[start : start + PAGE] for start in range(0, len(uids), PAGE))


@transaction.atomic
def _want(connection: Connection, mapping: str, uids: list[UUID], priority: int) -> None:
    fresh = [Link(connection=connection, mapping=mapping, uid=uid, priority=priority) for uid in uids]
    Link.objects.bulk_create(fresh, ignore_conflicts=True)
    links = Link.objects.filter(connection=connection, mapping=mapping, uid__in=uids)
    links.filter(wanted=F("pushed")).update(wanted_since=timezone.now(), priority=priority)
    links.filter(priority__gt=priority).update(priority=priority)
    # What waited for a person is looked at in Odoo again, whatever changed here: an empty digest says so.
    links.filter(needs_person=True).update(needs_person=False, reason="", seen="")
    now = timezone.now()
    links.update(wanted=F("wanted") + 1, changed_at=now, next_attempt_at=None, attempts=0)
