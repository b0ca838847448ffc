"""The Celery tasks: doorbells and clocks around `sync`. What is to be done is always read from the database.

Every task may start twice, at the same time, or never: leases and the sweep take care of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from odoo_bridge import adoption, audit, doctor, plan, sync
from odoo_bridge.errors import OdooError
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Watch
from odoo_bridge.proposed import AdoptionSearch, SyncPlan

log = logging.getLogger(__name__)

PIECE = 60.0
"""Seconds that one task works on plans: less than a task may take, and nothing is lost when it is stopped."""


@shared_task(expires=60)
def push() -> None:
    """Make the checks that people asked for, take in the journal, and push over every connection that may be used."""
    for connection in Connection.objects.filter(check_wanted_at__isnull=False).filter(
        Q(checked_at=None) | Q(checked_at__lt=F("check_wanted_at"))
    ):
        doctor.examine(connection)
    if _is_prepared_for():
        prepare.apply_async(expires=30, retry=False, ignore_result=True)
    take_in()
    for connection in Connection.objects.exclude(recovery=""):
        if sync.may_recover(connection):
            sync.recover(connection)
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if sync.may_speak(connection):
            sync.push(connection)


@shared_task(expires=60)
def pull(scheduled: bool = False) -> None:
    """Pull over every connection that may be spoken to; `scheduled`: because it is time to."""
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if (_is_first(connection) if scheduled else True) and sync.may_speak(connection):
            sync.pull(connection)


def _is_prepared_for() -> bool:
    """Tell whether somebody waits for a plan or a search for counterparts; what old plans say is forgotten."""
    plan.expire()
    busy = SyncPlan.objects.filter(state__in=[SyncPlan.State.MAKING, SyncPlan.State.APPLYING])
    return busy.exists() or any(search.is_wanted for search in AdoptionSearch.objects.all())


@shared_task(expires=60)
def prepare() -> None:
    """Make and apply the plans, and make the searches for counterparts, that people asked for."""
    for search in AdoptionSearch.objects.select_related("connection"):
        if search.is_wanted:
            _note_failure(adoption.search, search.connection)
    until = time.monotonic() + PIECE
    for made in SyncPlan.objects.filter(state__in=[SyncPlan.State.MAKING, SyncPlan.State.APPLYING]):
        _note_failure(_work_on, made, until)


def _work_on(made: SyncPlan, until: float) -> None:
    try:
        plan.work_on(made, seconds=max(0.0, until - time.monotonic()))
    except plan.Taken:
        return


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
        except OdooError as error:
            log.warning("connection %s was not audited: %s", connection.pk, type(error).__name__)
