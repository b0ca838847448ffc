"""The Celery tasks: doorbells and clocks around `sync`. What is to be done is always read from the database.

Every task may start twice, at the same time, or never: leases and the sweep take care of it. Where there are several
connections, each is worked on by tasks of its own, one at a time: an Odoo that does not answer takes one of the
worker's processes, and no other connection waits for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from celery import shared_task
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from odoo_bridge import adoption, audit, channel, doctor, plan, sync
from odoo_bridge.errors import OdooError
from odoo_bridge.found import AuditRun
from odoo_bridge.intake import take_in
from odoo_bridge.leases import LEASE, held
from odoo_bridge.models import Connection, Watch
from odoo_bridge.pieces import Taken
from odoo_bridge.proposed import AdoptionSearch, SyncPlan

log = logging.getLogger(__name__)

PIECE = 60.0
"""Seconds that one task works on plans: less than a task may take, and nothing is lost when it is stopped."""


@shared_task(expires=60)
def push() -> None:
    """Make the checks that people asked for, take in the journal, and push over every connection that may be used."""
    if _is_prepared_for():
        _ask_for(prepare)
    take_in()
    connections = list(_wanted())
    if len(connections) == 1 and _alone():
        _send(connections[0])
        return
    for connection in connections:
        if _awaits_something(connection) or sync.has_due(connection) or connection.failures:
            _hand_over(connection)


@shared_task(expires=60)
def pull(scheduled: bool = False) -> None:
    """Pull over every connection that may be spoken to; `scheduled`: because it is time to."""
    connections = list(_wanted())
    if len(connections) == 1 and _alone():
        if not scheduled or _is_first(connections[0]):
            _pull(connections[0])
        return
    for connection in connections:
        _hand_over(connection, look=not scheduled)


@shared_task(expires=60)
def work(pk: int, look: bool = False) -> None:
    """Do what there is to do over one connection, unless somebody is at it: check, push, and pull when it is time.

    `look`: pull now, whatever the time. Looked at once more after the turn: whoever rang meanwhile was sent away.
    """
    if _take_turn(pk, look=look):
        connection = Connection.objects.filter(pk=pk).first()
        if connection and sync.has_due(connection) and not connection.failures:
            _take_turn(pk)


def _take_turn(pk: int, *, look: bool = False) -> bool:
    now, lease = timezone.now(), uuid4()
    free = Connection.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=pk)
    if not free.update(lease=lease, leased_until=now + LEASE):
        return False
    with held(lease, Connection):
        _send(Connection.objects.get(pk=pk))
        connection = Connection.objects.get(pk=pk)
        if look or _is_time_to_pull(connection):
            _pull(connection)
    return True


def _is_time_to_pull(connection: Connection) -> bool:
    # A little less than the clock's interval: the beat that asked for it may come early.
    interval = timedelta(seconds=settings.ODOO_POLL_SECONDS * 0.9)
    return connection.last_pull_at is None or timezone.now() - connection.last_pull_at >= interval


def _hand_over(connection: Connection, *, look: bool = False) -> None:
    """Let a task of its own work on a connection; without a broker, this one."""
    if connection.leased_until and connection.leased_until > timezone.now():
        return
    _ask_for(work, connection.pk, look)


def _ask_for(task: Any, *arguments: Any) -> None:
    """Let a task be done by itself; without a broker, now."""
    try:
        task.apply_async(arguments, expires=30, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("The broker did not take the work: %s", type(error).__name__)
        task(*arguments)


def _wanted() -> QuerySet[Connection]:
    """The connections that are active, and those that somebody wants to have checked or looked through."""
    unchecked = Q(checked_at=None) | Q(checked_at__lt=F("check_wanted_at"))
    asked = (Q(check_wanted_at__isnull=False) & unchecked) | ~Q(recovery="")
    used = Connection.objects.exclude(state=Connection.State.ARCHIVED)
    wanted: QuerySet[Connection] = used.filter(asked | Q(state=Connection.State.ACTIVE)).order_by("pk")
    return wanted


def _alone() -> bool:
    return bool(Connection.objects.in_use().count() <= 1)


def _awaits_something(connection: Connection) -> bool:
    return bool(connection.is_being_checked or connection.recovery)


def _send(connection: Connection) -> None:
    """Make the check that is wanted, look both sides through after an answer to a doubt, and push."""
    if connection.is_being_checked:
        doctor.examine(connection)
    if connection.recovery and channel.may_recover(connection):
        sync.recover(connection)
        connection.refresh_from_db()
    if connection.state == Connection.State.ACTIVE and channel.may_speak(connection):
        sync.push(connection)


def _pull(connection: Connection) -> None:
    if connection.state == Connection.State.ACTIVE and channel.may_speak(connection):
        sync.pull(connection)
        take_in()
        if sync.has_due(connection, urgent=True):
            # What was saved while the pull held the record, and what a merge says is to be written.
            connection.refresh_from_db()
            _send(connection)


def _is_prepared_for() -> bool:
    """Tell whether somebody waits for a plan, an audit or a search for counterparts; old plans are forgotten."""
    plan.expire()
    if audit.is_to_repair() or AuditRun.objects.filter(state__in=AuditRun.BUSY).exists():
        return True
    busy = SyncPlan.objects.filter(state__in=SyncPlan.BUSY)
    return busy.exists() or any(search.is_wanted for search in AdoptionSearch.objects.all())


@shared_task(expires=60)
def prepare() -> None:
    """Make and apply the plans, make the audits and the searches for counterparts, that people asked for."""
    for search in AdoptionSearch.objects.select_related("connection"):
        if search.is_wanted:
            _note_failure(adoption.search, search.connection)
    until = time.monotonic() + PIECE
    for made in SyncPlan.objects.filter(state__in=SyncPlan.BUSY):
        _note_failure(_work_on, plan.work_on, made, until)
    for run in AuditRun.objects.filter(state__in=AuditRun.BUSY):
        _note_failure(_work_on, audit.work_on, run, until)
    if audit.is_to_repair():
        _note_failure(_repair, until)


def _work_on(work: Callable[..., object], what: SyncPlan | AuditRun, until: float) -> None:
    with suppress(Taken):
        work(what, seconds=max(0.0, until - time.monotonic()))


def _repair(until: float) -> None:
    if audit.repair_what_was_asked(seconds=max(0.0, until - time.monotonic())):
        _ask_for(push)


def _note_failure(work: Callable[..., object], *arguments: Any) -> None:
    """What went wrong stands on the plan or the search, for people to see."""
    try:
        work(*arguments)
    except OdooError as error:
        log.warning("%s: %s", work.__name__, type(error).__name__)


def _is_first(connection: Connection) -> bool:
    """Tell whether nobody has begun the pull that is due: there may be two beats, and tasks that come twice."""
    now = timezone.now()
    Watch.objects.get_or_create(connection=connection)
    watch = Watch.objects.filter(connection=connection)
    past = now - timedelta(seconds=settings.ODOO_POLL_SECONDS / 2)
    return bool(watch.filter(Q(polled_at=None) | Q(polled_at__lte=past)).update(polled_at=now))


@shared_task(expires=3600, name="odoo_bridge.tasks.audit")
def audit_all() -> None:
    """Compare every record of every connection with Odoo's, for the metrics; nothing is repaired."""
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE, trouble=""):
        try:
            audit.audit(connection)
        except (OdooError, Taken) as error:  # Taken: another worker found it and makes it.
            log.warning("connection %s was not audited: %s", connection.pk, type(error).__name__)
