"""What several pages ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.status import current_connection


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a page asks for a part of itself anew."""
    return bool(getattr(request, "htmx", False))


def connection_of(request: HttpRequest) -> Connection:
    """Return the connection that a page is about."""
    found = current_connection()
    if found is None:
        raise Http404("There is no connection yet.")
    return found


def records_of(mapping: str, uids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return records of the clinic by uid, in one query."""
    known = registry()[mapping].model().objects.select_related(*registry()[mapping].related)
    found: dict[UUID, Any] = known.in_bulk(list(uids), field_name="uid")
    return found
