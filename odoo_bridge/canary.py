"""The canary: a wish that goes the whole way, again and again, so that a way that is blocked is noticed.

    beat      journals a wish                          `wished_at`
    a worker  takes it in with the rest of the journal `taken_at`
    the push  gives Odoo the moment, and reads it back `answered_at`

Nothing raises the alarm: it is the web process that sees how old the moments are (`status.stall_of`), so it shows also
when beat, the workers and the broker are dead, and when Odoo takes what it is given and keeps nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from clinic.journal.models import Change
from odoo_bridge.client import Client
from odoo_bridge.errors import Denied, Rejected
from odoo_bridge.models import Connection, Watch

log = logging.getLogger(__name__)

LABEL = "odoo_bridge.canary"
"""What a wish is called in the journal."""

TURN = timedelta(seconds=10)
"""For how long a worker that set out with the canary has it for itself."""


def wish() -> bool:
    """Journal a wish, if it is time for one; tell whether it was. Two clocks make no more wishes than one."""
    now = timezone.now()
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE, watch=None):
        Watch.objects.get_or_create(connection=connection)
    due = Watch.objects.filter(wished_at__lte=now - timedelta(seconds=settings.ODOO_CANARY_SECONDS))
    if not due.update(wished_at=now):
        return False
    if not Change.objects.filter(model=LABEL).exists():
        Change.objects.create(model=LABEL, uid=uuid4())
    return True


def take_in(labels: Iterable[str]) -> None:
    """Note that a worker took the wish in, if it is among the labels of what it took in."""
    if LABEL in labels:
        Watch.objects.update(taken_at=timezone.now())


def _waiting(connection: Connection) -> Any:
    active = Connection.State.ACTIVE
    return Watch.objects.filter(connection=connection, connection__state=active, taken_at__gt=F("answered_at"))


def is_waiting(connection: Connection) -> bool:
    """Tell whether a wish was taken in that is to go to Odoo."""
    return bool(_waiting(connection).exists())


def carry(connection: Connection, client: Client) -> None:
    """Give Odoo the moment and read it back, if a wish is open and nobody else is on the way with it.

    It is the name of an attachment of the connection's own user, which has no file and belongs to no record; load()
    makes it the first time (observed on Odoo 17). Raises what a call to Odoo raises.
    """
    now = timezone.now()
    if not is_waiting(connection):
        return
    if not _waiting(connection).filter(Q(carried_at=None) | Q(carried_at__lte=now - TURN)).update(carried_at=now):
        return
    if _is_kept(client, f"{connection.namespace}.canary", now.isoformat()):
        Watch.objects.filter(connection=connection).update(answered_at=now, carried_at=None)
    else:
        log.error("connection %s: Odoo took what it was given, and does not have it", connection.pk)


def _is_kept(client: Client, external_id: str, moment: str) -> bool:
    """Tell whether Odoo has what it was given; that the user may not give it is as good an answer."""
    told = f"Sign of life of the clinic {moment}"
    try:
        ids = client.load("ir.attachment", ["id", "name"], [[external_id, told]]).raise_if_refused()
        return [answer["name"] for answer in client.read("ir.attachment", ids, ["name"])] == [told]
    except Rejected:
        return False
    except Denied as error:
        if error.reason != "rights":
            raise
        return True


def begin(connection: Connection) -> None:
    """Let silence count from now: the connection was just allowed to send, or its trouble is over."""
    Watch.objects.update_or_create(connection=connection, defaults={"begun_at": timezone.now()})
