"""The Celery tasks: doorbells and clocks around `sync`. What is to be done is always read from the database.

Every task may start twice, at the same time, or never: leases and the sweep take care of it.
"""

from __future__ import annotations

from celery import shared_task

from odoo_bridge import doctor, sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection


@shared_task(expires=60)
def push() -> None:
    """Take in the journal, and push over every connection that may be spoken to."""
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


@shared_task(expires=300)
def check(connection_id: int) -> None:
    """Look whether a connection works, and note the findings on it."""
    doctor.examine(Connection.objects.get(pk=connection_id))
