"""The channel to a connection's Odoo: the client that a process keeps, when it may be used, and what trouble does.

Trouble is the connection's, not the record's: it is noted on the connection for people to see, and tells everybody when
to try again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from odoo_bridge import canary, guard
from odoo_bridge.client import Client
from odoo_bridge.client.conduct import Conduct
from odoo_bridge.errors import Busy, Denied, Incompatible, Missing, OdooError, Rejected, Uncertain, Unreachable
from odoo_bridge.guard import Doubtful
from odoo_bridge.lots import Lots
from odoo_bridge.models import Connection
from odoo_bridge.said import _
from odoo_bridge.transports import Transport, TransportName
from odoo_bridge.transports.http import Timeout
from odoo_bridge.turns import SharedPace

log = logging.getLogger(__name__)

PROBE = timedelta(seconds=30)
"""How long a connection in trouble is left alone."""

REST_REFUSED = _("The REST module cannot carry the sync: it has no load() to create without doubles, and no methods.")

RECOVERY_TAKES = timedelta(minutes=10)


def client_for(connection: Connection) -> Client:
    """Return a client that speaks to a connection's Odoo."""
    return Client(
        connection.url,
        connection.database,
        connection.username,
        connection.api_key,
        transport=transport_for(connection),
        context={"lang": "en_US"},
        timeout=Timeout(read=settings.ODOO_TIMEOUT_SECONDS),
        conduct=Conduct(pace=SharedPace(connection, pace)) if (pace := connection.calls_per_second) else None,
    )


def _as_chosen(connection: Connection) -> TransportName | type[Transport]:
    return cast(TransportName, connection.transport)


transport_for: Callable[[Connection], TransportName | type[Transport]] = _as_chosen
"""The transport of a connection's client. A simulation speaks to an Odoo in its own process, by a class of its own."""


_kept: dict[int, tuple[tuple[str, ...], Client]] = {}
lots = Lots()
"""How large the batches of this process are."""


def kept_client(connection: Connection) -> Client:
    """Return this process's client for a connection: signed in once, its HTTP connections open, its fields known.

    A run that ends in trouble gives it up, so that whatever it remembers is asked for anew.
    Raises Incompatible for the REST module, which the sync cannot work with.
    """
    if connection.transport == Connection.Transport.REST:
        raise Incompatible(REST_REFUSED)
    key = (
        *(connection.url, connection.database, connection.username, connection.api_key, connection.transport),
        str(connection.calls_per_second),
    )
    kept = _kept.get(connection.pk)
    if kept is None or kept[0] != key:
        _kept[connection.pk] = kept = (key, client_for(connection))
    return kept[1]


def hang_up() -> None:
    """Close the clients that this process keeps, and forget how fast their Odoos are. The next run opens new ones."""
    lots.forget()
    while _kept:
        _kept.popitem()[1][1].close()


@contextmanager
def hung_up_in_trouble() -> Iterator[None]:
    """Hang up when Odoo fails: whatever the clients remember is asked for anew."""
    try:
        yield
    except OdooError:
        hang_up()
        raise


def may_speak(connection: Connection) -> bool:
    """Tell whether Odoo may be spoken to now; in trouble, one caller in half a minute gets to try."""
    now = timezone.now()
    mine = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    if not connection.failures:
        return mine.exists()
    return bool(mine.filter(Q(resume_at=None) | Q(resume_at__lte=now)).update(resume_at=now + PROBE))


def may_recover(connection: Connection) -> bool:
    """Tell whether to begin a recovery now; one caller gets to, until it must have broken off."""
    now = timezone.now()
    wanted = Connection.objects.filter(pk=connection.pk).exclude(recovery="")
    return bool(wanted.filter(Q(resume_at=None) | Q(resume_at__lte=now)).update(resume_at=now + RECOVERY_TAKES))


@contextmanager
def trouble_noted(connection: Connection) -> Iterator[None]:
    """Note what stops the whole connection on it, for people to see, and raise it no further."""
    try:
        yield
    except (Unreachable, Uncertain, Busy, Rejected, Missing) as error:
        _note_trouble(connection, error)
    except Doubtful as doubt:
        log.error("connection %s: %s", connection.pk, doubt)
        guard.pause(connection, doubt)
    except (Denied, Incompatible) as error:
        _note_trouble(connection, error)
        # Trying again mends neither a wrong key nor a wrong server: a person has to.
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)
    else:
        kept = _kept.get(connection.pk)
        if kept and kept[1].server_time:
            # The last check may have found Odoo away; what it could not look at is looked at now.
            fine = {
                "failures": 0,
                "trouble": "",
                "trouble_since": None,
                "resume_at": None,
                "check_wanted_at": timezone.now(),
            }
            if Connection.objects.filter(pk=connection.pk, failures__gt=0).update(**fine):
                canary.begin(connection)


def _note_trouble(connection: Connection, error: OdooError) -> None:
    lots.forget([connection.pk])
    if kept := _kept.pop(connection.pk, None):
        kept[1].close()
    now = timezone.now()
    wait = PROBE
    if isinstance(error, Busy) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    log.warning("connection %s: %s", connection.pk, type(error).__name__)
    Connection.objects.filter(pk=connection.pk).update(
        failures=F("failures") + 1,
        trouble=error.message,
        trouble_since=Coalesce("trouble_since", Value(now, DateTimeField())),
        resume_at=now + wait,
    )
