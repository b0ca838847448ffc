"""The page of one connection: where Odoo is, whether it works, what is sent, and go or pause."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.staff.access import allowed, only_post
from odoo_bridge import connecting, deciding, doorbell
from odoo_bridge.forms import ConnectionForm
from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.status import current_connection
from odoo_bridge.views.parts import is_htmx


@require_GET
@allowed("sync")
def connection(request: HttpRequest) -> HttpResponse:
    """Where Odoo is, whether it works, what is sent, and go or pause."""
    current = _connection()
    template = "sync/findings.html" if is_htmx(request) else "sync/connection.html"
    return render(request, template, _page(current, ConnectionForm(instance=current)))


@only_post("sync:connection")
@allowed("sync")
def check(request: HttpRequest) -> HttpResponse:
    """Ask the worker to look whether the connection works."""
    current = _connection()
    current.check_wanted_at = timezone.now()
    current.save(update_fields=["check_wanted_at"])
    doorbell.ring()
    return redirect("sync:connection")


@only_post("sync:connection")
@allowed("sync")
def go(request: HttpRequest) -> HttpResponse:
    """Let the connection send and fetch."""
    current = _connection()
    if current.doubt:
        messages.error(request, "Say first what happened.")
    elif not current.findings or not all(finding["ok"] for finding in current.findings):
        messages.error(request, "Check the connection first, and mend what the check finds.")
    else:
        with transaction.atomic():
            new = connecting.go(current)
        doorbell.ring()
        messages.success(request, f"Sending and fetching. {new} records are new to Odoo.")
    return redirect("sync:connection")


@only_post("sync:connection")
@allowed("sync")
def pause(request: HttpRequest) -> HttpResponse:
    """Stop sending and fetching; nothing is lost meanwhile."""
    connecting.pause(_connection())
    messages.success(request, "Paused. Changes gather here until you say go.")
    return redirect("sync:connection")


@only_post("sync:connection")
@allowed("sync")
def settings(request: HttpRequest) -> HttpResponse:
    """Save what is sent, and the branches' journals."""
    current = _connection()
    form = ConnectionForm(request.POST, instance=current)
    if not form.is_valid():
        return render(request, "sync/connection.html", _page(current, form), status=422)
    with transaction.atomic():
        deciding.retry_refused(form.save())
    doorbell.ring()
    messages.success(request, "Saved.")
    return redirect("sync:connection")


def _connection() -> Connection:
    found = current_connection()
    if found is None:
        raise Http404("There is no connection yet.")
    return found


def _page(current: Connection, form: ConnectionForm) -> dict[str, Any]:
    waited = timezone.now() - current.check_wanted_at if current.check_wanted_at else None
    return {
        "connection": current,
        "answers": connecting.ANSWERS.get(current.doubt, ()),
        "form": form,
        "works": bool(current.findings) and all(finding["ok"] for finding in current.findings),
        "nobody_checks": current.is_being_checked and waited is not None and waited.total_seconds() > 15,
        "mappings": [mapping.odoo for mapping in registry().values()],
    }
