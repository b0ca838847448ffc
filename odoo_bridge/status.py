"""How the sync stands: counts and the list of what needs somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q
from django.utils import timezone

from odoo_bridge.deciding import can_take_theirs, fingerprint, may_take_theirs
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import BOTH_CHANGED
from odoo_bridge.models import Connection, Link, Watch
from odoo_bridge.registry import registry
from odoo_bridge.said import _
from odoo_bridge.wording import line_differences, worded


def counts(connections: Iterable[Connection]) -> dict[str, int]:
    """Return how many records are in Odoo, wait to get there, and need a person."""
    found: dict[str, int] = Link.objects.filter(connection__in=list(connections)).aggregate(**_NUMBERS)
    return found


_NUMBERS: dict[str, Any] = {
    "in_odoo": Count("pk", filter=Q(needs_person=False, wanted=F("pushed"), odoo_id__isnull=False)),
    "waiting": Count("pk", filter=Q(needs_person=False, wanted__gt=F("pushed"))),
    "needs_you": Count("pk", filter=Q(needs_person=True)),
}


@dataclass(frozen=True)
class Standing:
    """How one connection stands. `counts` are the numbers of `counts`."""

    connection: Connection
    counts: dict[str, int]
    stalled: Stalled | None


def standings() -> list[Standing]:
    """Return how every connection in use stands, the default one first, in two queries."""
    connections = list(Connection.objects.in_use())
    rows = Link.objects.filter(connection__in=connections).order_by().values("connection_id").annotate(**_NUMBERS)
    numbers: dict[int, dict[str, Any]] = {row["connection_id"]: dict(row) for row in rows}
    nothing = dict.fromkeys(_NUMBERS, 0)
    return [
        Standing(one, {name: numbers.get(one.pk, nothing)[name] for name in _NUMBERS}, stall_of(one))
        for one in connections
    ]


class Light(StrEnum):
    """What one look at the sync tells."""

    FINE = "fine"
    BEHIND = "behind"
    NEEDS_YOU = "needs-you"
    STOPPED = "stopped"


PATIENCE = timedelta(minutes=1)

SILENCE = timedelta(seconds=65)
"""How long the canary may be silent. A page that asks every 20 seconds tells of it within 90 seconds."""


class Stall(StrEnum):
    """Where the way to Odoo and back is blocked, though nothing is known to be in the way."""

    CLOCK = "clock"
    """Nobody makes wishes: Celery beat does not run, or waits for the broker."""
    WORKER = "worker"
    """Nobody takes them in: no worker runs, or the broker does not wake it, or it fails each time."""
    SENDING = "sending"
    """They do not get to Odoo, or Odoo does not keep what it is given."""
    FETCHING = "fetching"
    """Nobody has looked for a long time whether something changed in Odoo."""


@dataclass(frozen=True)
class Stalled:
    """Where it is blocked, and since when."""

    at: Stall
    since: datetime


def stall_of(connection: Connection) -> Stalled | None:
    """Tell where the sync has stopped without a word, if a part of the way was silent for too long.

    Named is the first part that has been silent for at least half of that: the parts after it fall silent with it, and
    one of them may have been heard of longer ago. What is paused, and an Odoo that is known to be away, is no secret.
    """
    if connection.state != Connection.State.ACTIVE:
        return None
    watch = Watch.objects.filter(connection=connection).first()
    if watch is None:
        return None
    moments = [(Stall.CLOCK, watch.wished_at), (Stall.WORKER, watch.taken_at)]
    if not connection.trouble:
        fetched_at = connection.last_pull_at or watch.begun_at
        moments += [(Stall.SENDING, watch.answered_at), (Stall.FETCHING, fetched_at)]
    now = timezone.now()
    silence = {at: (now - max(since, watch.begun_at)) / _allowed(at) for at, since in moments}
    if max(silence.values()) <= 1:
        return None
    return next(Stalled(at, since) for at, since in moments if silence[at] > 0.5)


def _allowed(stall: Stall) -> timedelta:
    """How long a part of the way may be silent, with intervals as they are set."""
    often = settings.ODOO_POLL_SECONDS if stall is Stall.FETCHING else settings.ODOO_CANARY_SECONDS
    return max(SILENCE, timedelta(seconds=3 * often))


def health() -> str:
    """Return "ok", or the worst that is wrong with a connection in a word, for whoever watches from outside."""
    # What is paused, nobody wants anything of.
    active = [one for one in Connection.objects.in_use() if one.state == Connection.State.ACTIVE]
    stalls = [stalled for one in active if (stalled := stall_of(one))]
    if stalls:
        return f"stalled: {stalls[0].at}"
    return "in trouble" if any(one.trouble for one in active) else "ok"


def sync_light() -> Light:
    """Return the worst that is to be said of any connection in use, without counting anything."""
    connections = list(Connection.objects.in_use())
    if not connections or any(_has_stopped(one) for one in connections if _matters(one, connections)):
        return Light.STOPPED
    links = Link.objects.filter(connection__in=connections)
    if links.filter(needs_person=True).exists():
        return Light.NEEDS_YOU
    overdue = links.waiting().filter(wanted_since__lt=timezone.now() - PATIENCE).exists()
    return Light.BEHIND if overdue else Light.FINE


def _has_stopped(connection: Connection) -> bool:
    return bool(connection.trouble) or connection.state != Connection.State.ACTIVE or stall_of(connection) is not None


def _matters(connection: Connection, connections: list[Connection]) -> bool:
    """Tell whether anything is in a connection: one that is being set up, for no branch yet, holds up nobody."""
    return connection == connections[0] or connection.books.exists() or connection.links.exists()


@dataclass(frozen=True)
class Needing:
    """One record that waits for a person: what it is called, where to look at it, and what can be decided.

    `seen` goes along with a decision, and says which values it is about.
    """

    link: Link
    name: str
    kind: str
    url: str | None
    differences: list[dict[str, Any]]
    may_take_theirs: bool
    is_gone_here: bool
    seen: str


def needing_somebody(connections: Iterable[Connection], limit: int) -> list[Needing]:
    """Return the records that wait for a person, the longest waiting first."""
    waiting = Link.objects.filter(connection__in=list(connections), needs_person=True).select_related("connection")
    links = waiting.order_by("wanted_since", "pk")[:limit]
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


def _in_words(mapping: type[Mapping], record: Any, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a conflict as people read them; of lists of lines, how each line differs."""
    field, lines = mapping.fields().get(name), mapping.lines()
    if lines and lines.name == name:
        return {"lines": line_differences(lines, record, values["ours"], values["theirs"], values["agreed"])}
    known = values.pop("words", {})
    return {side: known.get(str(value)) or worded(field, value) for side, value in values.items()}


def _needing(link: Link, record: Any) -> Needing:
    mapping = registry()[link.mapping]
    agreed = (link.agreed or {}).get("ours", {})
    differences = [
        {"name": name, "field": mapping.say(name), "may_take_theirs": can_take_theirs(link, name)}
        | _in_words(mapping, record, name, {"agreed": _seen(agreed.get(name)), **values})
        for name, values in link.conflicts.items()
    ]
    return Needing(
        link=link,
        name=str(record) if record is not None else _("A record that is no longer here"),
        kind=mapping.one,
        url=record.get_absolute_url() if hasattr(record, "get_absolute_url") else None,
        differences=differences,
        may_take_theirs=may_take_theirs(link),
        is_gone_here=record is None,
        seen=fingerprint(link),
    )
