"""Setting a connection up: from the environment, and by a person's go."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from odoo_bridge.intake import take_in, want_all
from odoo_bridge.models import Connection
from odoo_bridge.sandbox.seed import BRIDGE_KEY

SANDBOX = {
    "name": "Odoo sandbox",
    "database": "sandbox",
    "username": "bridge",
    "api_key": BRIDGE_KEY,
}


def connect() -> Connection:
    """Make or update the connection that the settings describe, and return it.

    With no `ODOO_URL` it is the sandbox, ready to go. A real Odoo starts paused. A change of address, database, user
    or key pauses a real connection again, until it has been checked.
    """
    is_sandbox = not settings.ODOO_URL
    wanted = _sandbox() if is_sandbox else _real()
    connection, created = Connection.objects.get_or_create(
        is_sandbox=is_sandbox, defaults={**wanted, "is_sandbox": is_sandbox}
    )
    if not created and any(getattr(connection, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(connection, name, value)
        connection.state = Connection.State.PAUSED
        connection.save()
    Connection.objects.exclude(pk=connection.pk).update(state=Connection.State.PAUSED)
    if is_sandbox:
        go(connection)
        # The first check finds the branches' journals. Odoo need not answer yet: the worker makes it.
        Connection.objects.filter(pk=connection.pk).update(check_wanted_at=timezone.now())
    return connection


def _sandbox() -> dict[str, str]:
    return {**SANDBOX, "url": settings.ODOO_SANDBOX_URL}


def _real() -> dict[str, str]:
    return {
        "name": "Odoo",
        "url": settings.ODOO_URL,
        "database": settings.ODOO_DB,
        "username": settings.ODOO_USERNAME,
        "api_key": settings.ODOO_API_KEY,
        "transport": settings.ODOO_TRANSPORT,
    }


class InDoubt(Exception):
    """A person has to say first what happened to one of the two sides."""


def go(connection: Connection) -> int:
    """Let a connection send and fetch; returns how many records are new to it. Raises InDoubt."""
    if connection.doubt:
        raise InDoubt(f"{connection.get_doubt_display()}. Say first what happened.")
    take_in()
    new = want_all(connection)
    connection.state = Connection.State.ACTIVE
    connection.trouble, connection.trouble_since, connection.failures, connection.resume_at = "", None, 0, None
    connection.save()
    return new


_Doubt = Connection.Doubt
ANSWERS: dict[str, tuple[Connection.Doubt, ...]] = {
    _Doubt.MOVED: (_Doubt.MOVED, _Doubt.CLINIC),
    _Doubt.CLINIC: (_Doubt.CLINIC,),
    _Doubt.ODOO: (_Doubt.ODOO, _Doubt.MOVED),
    _Doubt.OTHER: (_Doubt.OTHER,),
}
"""What a person may answer to each doubt, the likeliest first. That this is a copy for trying out needs no answer."""


def answer_doubt(connection: Connection, what: str) -> None:
    """Note what a person says has happened: a `Connection.Doubt`. The worker looks both sides through and goes on."""
    Connection.objects.filter(pk=connection.pk).update(recovery=Connection.Doubt(what))


def pause(connection: Connection) -> None:
    """Stop sending and fetching. Changes gather until the connection goes on."""
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED, trouble_since=timezone.now())
