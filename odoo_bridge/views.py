"""The pages about the sync. None of them speaks to Odoo: they write wishes that the worker carries out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.health import broker_is_away
from clinic.staff.access import allowed, only_post
from odoo_bridge import connecting, deciding, doorbell
from odoo_bridge.forms import ConnectionForm
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry
from odoo_bridge.status import counts, current_connection, needing_somebody, stall_of, sync_light

SHOWN = 100


@require_GET
@allowed("desk")
def status(request: HttpRequest) -> HttpResponse:
    """Three numbers, and the list of what needs somebody."""
    connection = current_connection()
    needing = needing_somebody(connection, SHOWN) if connection else []
    stalled = stall_of(connection) if connection else None
    context = {
        "connection": connection,
        "stalled": stalled,
        "broker_is_away": stalled is not None and broker_is_away(),
        "counts": counts(connection),
        "needing": needing,
        "shown": SHOWN,
    }
    return render(request, "sync/standing.html" if _is_htmx(request) else "sync/status.html", context)


@require_GET
@allowed("desk")
def light(request: HttpRequest) -> HttpResponse:
    """The light in the top bar: what one look tells about the sync."""
    return render(request, "sync/light.html", {"light": sync_light(current_connection())})


@only_post("sync:status")
@allowed("sync")
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """Carry out what a person decided about one record."""
    link = get_object_or_404(Link, pk=pk, needs_person=True)
    if decision == "again":
        deciding.try_again(link)
    elif decision == "anew" and link.gone:
        deciding.send_as_new(link)
    elif decision in set(deciding.Side) and link.conflicts:
        if decision == deciding.Side.THEIRS and not deciding.may_take_theirs(link):
            raise Http404("This cannot be taken over from Odoo.")
        deciding.settle_conflict(link, deciding.Side(decision))
    else:
        raise Http404("There is no such decision.")
    doorbell.ring()
    messages.success(request, "Decided. It is on its way.")
    return redirect("sync:status")


@require_GET
@allowed("sync")
def connection(request: HttpRequest) -> HttpResponse:
    """Where Odoo is, whether it works, what is sent, and go or pause."""
    current = _connection()
    template = "sync/findings.html" if _is_htmx(request) else "sync/connection.html"
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
    if not current.findings or not all(finding["ok"] for finding in current.findings):
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
        "form": form,
        "works": bool(current.findings) and all(finding["ok"] for finding in current.findings),
        "nobody_checks": current.is_being_checked and waited is not None and waited.total_seconds() > 15,
        "mappings": [mapping.odoo for mapping in registry().values()],
    }


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
