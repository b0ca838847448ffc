"""What several pages ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from odoo_bridge.registry import registry


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a page asks for a part of itself anew."""
    return bool(getattr(request, "htmx", False))


def shown_while_busy(request: HttpRequest, name: str, context: dict[str, Any], *, is_busy: bool) -> HttpResponse:
    """Show a page about work of the worker. While that goes on the page asks for its body anew, by itself.

    `name`: of the templates, the body's with `_body`.
    """
    if not is_htmx(request):
        return render(request, f"sync/{name}.html", context)
    if is_busy:
        return render(request, f"sync/{name}_body.html", context)
    return HttpResponseClientRefresh()  # It is done: the whole page says so, its buttons too.


def records_of(mapping: str, uids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return records of the clinic by uid, in one query."""
    known = registry()[mapping].model().objects.select_related(*registry()[mapping].related)
    found: dict[UUID, Any] = known.in_bulk(list(uids), field_name="uid")
    return found
