"""How the sync stands: counts and the list of what needs somebody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q
from django.utils import timezone

from odoo_bridge.deciding import can_take_theirs, may_take_theirs
from odoo_bridge.merge import BOTH_CHANGED
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry


def current_connection() -> Connection | None:
    """Return the connection that the settings name: the sandbox, or the real Odoo."""
    return Connection.objects.filter(is_sandbox=not settings.ODOO_URL).first()


def counts(connection: Connection | None = None) -> dict[str, int]:
    """Return how many records are in Odoo, wait to get there, and need a person."""
    links = Link.objects.filter(connection=connection or current_connection())
    waiting = Q(needs_person=False, wanted__gt=F("pushed"))
    in_odoo = Q(needs_person=False, wanted=F("pushed"), odoo_id__isnull=False)
    return links.aggregate(
        in_odoo=Count("pk", filter=in_odoo),
        waiting=Count("pk", filter=waiting),
        needs_you=Count("pk", filter=Q(needs_person=True)),
    )


class Light(StrEnum):
    """What one look at the sync tells."""

    FINE = "fine"
    BEHIND = "behind"
    NEEDS_YOU = "needs-you"
    STOPPED = "stopped"


PATIENCE = timedelta(minutes=1)
"""How long a record may wait before somebody should know."""


def has_stalled(connection: Connection) -> bool:
    """Tell whether nobody has looked at Odoo for too long, though nothing is known to be in the way.

    A worker that died tells nobody. Each look moves a moment in the database, also when there is nothing to do.
    """
    looked_at = connection.last_pull_at
    if connection.state != Connection.State.ACTIVE or connection.trouble or looked_at is None:
        return False
    return timezone.now() - looked_at > max(PATIENCE, timedelta(seconds=4 * settings.ODOO_POLL_SECONDS))


def sync_light(connection: Connection | None) -> Light:
    """Return the worst that is to be said of the sync, without counting anything."""
    if connection is None or connection.trouble or connection.state != Connection.State.ACTIVE:
        return Light.STOPPED
    if has_stalled(connection):
        return Light.STOPPED
    links = Link.objects.filter(connection=connection)
    if links.filter(needs_person=True).exists():
        return Light.NEEDS_YOU
    overdue = links.waiting().filter(wanted_since__lt=timezone.now() - PATIENCE).exists()
    return Light.BEHIND if overdue else Light.FINE


@dataclass(frozen=True)
class Needing:
    """One record that waits for a person: what it is called, where to look at it, and what can be decided."""

    link: Link
    name: str
    kind: str
    url: str | None
    differences: list[dict[str, Any]]
    may_take_theirs: bool


def needing_somebody(connection: Connection, limit: int) -> list[Needing]:
    """Return the records that wait for a person, the longest waiting first."""
    links = Link.objects.filter(connection=connection, needs_person=True).order_by("wanted_since", "pk")[:limit]
    by_mapping: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        by_mapping[link.mapping].append(link)
    found = {}
    for key, mine in by_mapping.items():
        mapping = registry()[key]
        known = mapping.model().objects.select_related(*mapping.related)
        records = known.in_bulk([link.uid for link in mine], field_name="uid")
        for link in mine:
            found[link.pk] = _needing(link, records.get(link.uid))
    return [found[link.pk] for link in links]


def _seen(value: Any) -> Any:
    return None if value == BOTH_CHANGED else value


def _needing(link: Link, record: Any) -> Needing:
    mapping = registry()[link.mapping]
    agreed = (link.agreed or {}).get("ours", {})
    differences = [
        {"name": name, "field": mapping.say(name), "agreed": _seen(agreed.get(name)), **values}
        | {"may_take_theirs": can_take_theirs(link, name)}
        for name, values in link.conflicts.items()
    ]
    return Needing(
        link=link,
        name=str(record) if record is not None else "A record that is no longer here",
        kind=str(mapping.model()._meta.verbose_name),
        url=record.get_absolute_url() if hasattr(record, "get_absolute_url") else None,
        differences=differences,
        may_take_theirs=may_take_theirs(link),
    )
