"""How the sync stands: counts and the list of what needs somebody."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, F, Q

from odoo_bridge.models import Connection, Link


def current_connection() -> Connection | None:
    """Return the connection that the settings name: the sandbox, or the real Odoo."""
    return Connection.objects.filter(is_sandbox=not settings.ODOO_URL).first()


def counts(connection: Connection | None = None) -> dict[str, int]:
    """Return how many records are in Odoo, wait to get there, and need a person."""
    links = Link.objects.filter(connection=connection or current_connection())
    waiting = Q(needs_person=False, wanted__gt=F("pushed"))
    in_odoo = Q(needs_person=False, wanted=F("pushed"), odoo_id__isnull=False)
    return links.aggregate(
        in_odoo=Count("pk", filter=in_odoo),
        waiting=Count("pk", filter=waiting),
        needs_you=Count("pk", filter=Q(needs_person=True)),
    )
