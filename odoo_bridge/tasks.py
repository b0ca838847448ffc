"""The Celery tasks: doorbells and clocks around `sync`. What is to be done is always read from the database.

Every task may start twice, at the same time, or never: leases and the sweep take care of it.
"""

from __future__ import annotations

from celery import shared_task
from django.db.models import F, Q

from odoo_bridge import doctor, sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection


@shared_task(expires=60)
def push() -> None:
    """Make the checks that people asked for, take in the journal, and push over every connection that may be used."""
    for connection in Connection.objects.filter(check_wanted_at__isnull=False).filter(
        Q(checked_at=None) | Q(checked_at__lt=F("check_wanted_at"))
    ):
        doctor.examine(connection)
    take_in()
    for connection in Connection.objects.exclude(recovery=""):
        if sync.may_recover(connection):
            sync.recover(connection)
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if sync.may_speak(connection):
            sync.push(connection)


@shared_task(expires=60)
def pull() -> None:
    """Pull over every connection that may be spoken to."""
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
        if sync.may_speak(connection):
            sync.pull(connection)
