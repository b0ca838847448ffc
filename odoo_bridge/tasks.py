"""The Celery tasks: doorbells and clocks around `sync`. What is to be done is always read from the database.

Every task may start twice, at the same time, or never: leases and the sweep take care of it.
"""

from __future__ import annotations

import logging

from celery import shared_task
from django.db.models import F, Q

from odoo_bridge import audit, doctor, sync
from odoo_bridge.errors import OdooError
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection

log = logging.getLogger(__name__)


@shared_task(expires=60)
def push() -> None:
    """Make the checks that people asked for, take in the journal, and push over every connection that may be used."""
    for connection in Connection.objects.filter(check_wanted_at__isnull=False).filter(
        Q(checked_at=None) | Q(checked_at__lt=F("check_wanted_at"))
    ):
        doctor.examine(connection)
    take_in()
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if sync.may_speak(connection):
            sync.push(connection)


@shared_task(expires=60)
def pull() -> None:
    """Pull over every connection that may be spoken to."""
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if sync.may_speak(connection):
            sync.pull(connection)


@shared_task(expires=3600, name="odoo_bridge.tasks.audit")
def audit_all() -> None:
    """Compare every record of every connection with Odoo's, for the metrics; nothing is repaired."""
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE, trouble=""):
        try:
            audit.audit(connection)
        except OdooError as error:
            log.warning("connection %s was not audited: %s", connection.pk, type(error).__name__)
