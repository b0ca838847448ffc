"""The sync: what changed here goes to Odoo, what changed in Odoo comes here.

    push    take in the journal; while something is due: lease a batch, put it into Odoo, note what is agreed
    pull    ask Odoo what was written since a moment on its clock; merge each page; move the moment

No database transaction is open while Odoo is spoken to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from odoo_bridge.client import Client
from odoo_bridge.errors import Busy, Denied, Incompatible, OdooError, Uncertain, Unreachable
from odoo_bridge.inbound import absorb
from odoo_bridge.intake import take_in
from odoo_bridge.leases import claim, held
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.outbound import Batch
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope
from odoo_bridge.transports import TransportName

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)
"""How far a pull looks back before the last one's start: more than Odoo's longest transaction (two minutes)."""

PROBE = timedelta(seconds=30)
"""How long a connection in trouble is left alone."""

PULL_LEASE = timedelta(minutes=10)
RIGHTS_WAIT = timedelta(minutes=5)


def push(connection: Connection, *, seconds: float = 20) -> int:
    """Put what is due into Odoo, for about so many seconds, and return how many records were worked on.

    Rounds of one batch a mapping, in the order in which they refer to each other: a booking made just now does not
    wait for a backlog of patients.
    """
    take_in()
    until, total = time.monotonic() + seconds, 0
    with speaking_to(connection) as scope:
        mappings = [mapping(scope) for mapping in registry().values()] if _has_due(connection) else []
        while mappings and time.monotonic() < until:
            worked_on = sum(_push_batch(mapping) for mapping in mappings)
            total += worked_on
            if not worked_on:
                break
        if total:
            Connection.objects.filter(pk=connection.pk).update(last_push_at=timezone.now())
    return total


def _has_due(connection: Connection) -> bool:
    return Link.objects.filter(connection=connection).due(timezone.now()).exists()


def _push_batch(mapping: Mapping) -> int:
    due = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key).due(timezone.now())
    lease, links = claim(due, mapping.batch)
    if not links:
        return 0
    with held(lease):
        try:
            Batch(mapping, lease, links).run()
        except Denied as error:
            if error.reason != "rights":
                raise
            # One kind of record that the user may not write must not hold up the others.
            waiting = Link.objects.filter(lease=lease).waiting()
            waiting.update(reason=error.message[:500], next_attempt_at=timezone.now() + RIGHTS_WAIT)
    return len(links)


def pull(connection: Connection) -> int:
    """Bring what changed in Odoo here, and return how many records were looked at."""
    total = 0
    with speaking_to(connection) as scope:
        for mapping in registry().values():
            total += _pull_one(mapping(scope))
        Connection.objects.filter(pk=connection.pk).update(last_pull_at=timezone.now())
    return total


def _pull_one(mapping: Mapping) -> int:
    with _window(mapping) as window:
        if window is None:
            return 0
        client, total, complete, begun = mapping.scope.client, 0, True, None
        if window.since is None:
            window.since = _clock(client)
        fields = [*mapping.read_fields, "write_date"]
        for page in client.changed_since(mapping.odoo, window.since - OVERLAP, fields, domain=mapping.pulled):
            begun = begun or client.server_time
            complete &= absorb(mapping, [{k: v for k, v in row.items() if k != "write_date"} for row in page])
            total += len(page)
        if complete:
            window.since = begun or client.server_time
            window.save(update_fields=["since"])
    return total


def _clock(client: Client) -> datetime:
    client.version()
    return client.server_time or timezone.now()


@contextmanager
def _window(mapping: Mapping) -> Iterator[Window | None]:
    """Lease a mapping's window, so that one pull of it runs at a time; None if it is leased to somebody."""
    now, lease = timezone.now(), uuid4()
    window, _ = Window.objects.get_or_create(connection=mapping.scope.connection, mapping=mapping.key)
    free = Window.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=window.pk)
    if not free.update(lease=lease, leased_until=now + PULL_LEASE):
        yield None
        return
    try:
        yield Window.objects.get(pk=window.pk)
    finally:
        Window.objects.filter(pk=window.pk, lease=lease).update(lease=None, leased_until=None)


# The connection


def client_for(connection: Connection) -> Client:
    """Return a client that speaks to a connection's Odoo."""
    return Client(
        connection.url,
        connection.database,
        connection.username,
        connection.api_key,
        transport=cast(TransportName, connection.transport),
        context={"lang": "en_US"},
    )


_kept: dict[int, tuple[tuple[str, ...], Client]] = {}


def kept_client(connection: Connection) -> Client:
    """Return this process's client for a connection: signed in once, its HTTP connections open, its fields known.

    A run that ends in trouble gives it up, so that whatever it remembers is asked for anew.
    """
    key = (connection.url, connection.database, connection.username, connection.api_key, connection.transport)
    kept = _kept.get(connection.pk)
    if kept is None or kept[0] != key:
        _kept[connection.pk] = kept = (key, client_for(connection))
    return kept[1]


def may_speak(connection: Connection) -> bool:
    """Tell whether Odoo may be spoken to now; in trouble, one caller in half a minute gets to try."""
    now = timezone.now()
    mine = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    if not connection.failures:
        return mine.exists()
    return bool(mine.filter(Q(resume_at=None) | Q(resume_at__lte=now)).update(resume_at=now + PROBE))


@contextmanager
def speaking_to(connection: Connection) -> Iterator[Scope]:
    """Yield a scope; what stops the whole connection is noted on it for people to see, and raised no further."""
    client = kept_client(connection)
    try:
        yield Scope(connection, client)
    except (Unreachable, Uncertain, Busy) as error:
        _note_trouble(connection, error)
    except (Denied, Incompatible) as error:
        _note_trouble(connection, error)
        # Trying again mends neither a wrong key nor a wrong server: a person has to.
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)
    else:
        if connection.failures and client.server_time:
            fine = {"failures": 0, "trouble": "", "trouble_since": None, "resume_at": None}
            Connection.objects.filter(pk=connection.pk).update(**fine)


def _note_trouble(connection: Connection, error: OdooError) -> None:
    if kept := _kept.pop(connection.pk, None):
        kept[1].close()
    now = timezone.now()
    wait = PROBE
    if isinstance(error, Busy) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    log.warning("connection %s: %s", connection.pk, type(error).__name__)
    Connection.objects.filter(pk=connection.pk).update(
        failures=connection.failures + 1,
        trouble=error.message[:300],
        trouble_since=connection.trouble_since or now,
        resume_at=now + wait,
    )
