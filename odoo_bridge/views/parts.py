"""What several pages ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from odoo_bridge.registry import registry


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a page asks for a part of itself anew."""
    return bool(getattr(request, "htmx", False))


def records_of(mapping: str, uids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return records of the clinic by uid, in one query."""
    known = registry()[mapping].model().objects.select_related(*registry()[mapping].related)
    found: dict[UUID, Any] = known.in_bulk(list(uids), field_name="uid")
    return found
