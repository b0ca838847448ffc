"""Plain values as people read them: moments on the clinic's clock, yes and no, lists with commas."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from odoo_bridge.fields import DATETIME, Date, Datetime, Field

DAY, MOMENT = "j M Y", "j M Y, H:i"


def worded(field: Field | None, value: Any) -> str:
    """Return the plain value of a field in words; nothing for an empty one, and what is no field's as it is."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(worded(field, one) for one in value)
    try:
        if isinstance(field, Datetime):
            moment = datetime.strptime(str(value), DATETIME).replace(tzinfo=UTC)
            return date_format(timezone.localtime(moment), MOMENT)
        if isinstance(field, Date):
            return date_format(date.fromisoformat(str(value)), DAY)
    except ValueError:
        return str(value)
    return str(value)
