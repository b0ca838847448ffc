"""What several pages ask."""

from __future__ import annotations

from django.http import HttpRequest


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a page asks for a part of itself anew."""
    return bool(getattr(request, "htmx", False))
