"""The pages of the connections: the list, and of each where Odoo is, whether it works, what is sent, go or pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from clinic.staff.access import allowed, only_post
from odoo_bridge import adoption, connecting, deciding, doorbell
from odoo_bridge import audit as audits
from odoo_bridge import plan as plans
from odoo_bridge.forms import ConnectionForm, NameForm, PlaceForm
from odoo_bridge.models import Connection
from odoo_bridge.placing import branches_of
from odoo_bridge.proposed import AdoptionSearch
from odoo_bridge.registry import registry
from odoo_bridge.said import _, ngettext, said_by
from odoo_bridge.status import standings
from odoo_bridge.views.hook import secret_of
from odoo_bridge.views.parts import is_htmx


@require_GET
@allowed("sync")
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection: which Odoo, whose books, and whether it runs."""
    standing = standings()
    rows = [{"standing": one, "branches": branches_of(one.connection)} for one in standing]
    others = Connection.objects.exclude(pk__in=[one.connection.pk for one in standing]).order_by("is_sandbox", "pk")
    return render(request, "sync/connections.html", {"rows": rows, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sync")
def new(request: HttpRequest) -> HttpResponse:
    """Add a connection to a further Odoo."""
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        doorbell.ring()
        messages.success(request, _("%(name)s is added, and is being checked.", name=made.name))
        return redirect("sync:connection", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "sync/place.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sync")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a connection is called, where its Odoo is, or its key."""
    current = get_object_or_404(Connection, pk=pk)
    form = (NameForm if current.is_default else PlaceForm)(request.POST or None, instance=current)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        doorbell.ring()
        messages.success(request, _("Saved."))
        return redirect("sync:connection", pk)
    status = 422 if request.method == "POST" else 200
    current = Connection.objects.get(pk=pk)
    return render(request, "sync/place.html", {"form": form, "connection": current}, status=status)


@require_GET
@allowed("sync")
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """Where Odoo is, whether it works, what is sent, and go or pause."""
    current = get_object_or_404(Connection, pk=pk)
    template = "sync/findings.html" if is_htmx(request) else "sync/connection.html"
    return render(request, template, _page(request, current, ConnectionForm(instance=current)))


@only_post("sync:connection", "pk")
@allowed("sync")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the worker to look whether the connection works."""
    connecting.ask_for_check(get_object_or_404(Connection, pk=pk))
    doorbell.ring()
    return redirect("sync:connection", pk)


@only_post("sync:connection", "pk")
@allowed("sync")
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the connection send and fetch."""
    current = get_object_or_404(Connection, pk=pk)
    if not current.doubt and not _works(current):
        messages.error(request, _("Check the connection first, and mend what the check finds."))
        return redirect("sync:connection", pk)
    if plans.unlooked(current) and request.POST.get("sure") != "yes":
        messages.error(request, _("Look at what would happen first, or say that you want to go all the same."))
        return redirect("sync:connection", pk)
    try:
        with transaction.atomic():
            new = connecting.go(current)
    except connecting.NotSo as refusal:
        messages.error(request, said_by(refusal))
    else:
        doorbell.ring()
        messages.success(
            request,
            ngettext(
                "Sending and fetching. %(number)s record is new to Odoo.",
                "Sending and fetching. %(number)s records are new to Odoo.",
                new,
            ),
        )
    return redirect("sync:connection", pk)


@only_post("sync:connection", "pk")
@allowed("sync")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop sending and fetching; nothing is lost meanwhile."""
    connecting.pause(get_object_or_404(Connection, pk=pk))
    messages.success(request, _("Paused. Changes gather here until you say go."))
    return redirect("sync:connection", pk)


@only_post("sync:connection", "pk")
@allowed("sync")
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what is sent, the branches, and their journals."""
    current = get_object_or_404(Connection, pk=pk)
    form = ConnectionForm(request.POST, instance=current)
    if form.is_valid():
        try:
            with transaction.atomic():
                deciding.retry_refused(form.save())
        except connecting.NotSo as refusal:
            form.add_error("branches", said_by(refusal))
    if not form.is_valid():
        return render(request, "sync/connection.html", _page(request, current, form), status=422)
    doorbell.ring()
    messages.success(request, _("Saved."))
    return redirect("sync:connection", pk)


def _ending(do: Callable[[Connection], None], says: Callable[[str], str], back: bool) -> Callable[..., HttpResponse]:
    """Make the view of a step that begins or ends a connection's life; `back`: to its own page, not to the list."""

    @only_post("sync:connection", "pk")
    @allowed("sync")
    def step(request: HttpRequest, pk: int) -> HttpResponse:
        current = get_object_or_404(Connection, pk=pk)
        name = current.name
        try:
            do(current)
        except connecting.NotSo as refusal:
            messages.error(request, said_by(refusal))
            return redirect("sync:connection", pk)
        doorbell.ring()
        messages.success(request, says(name))
        return redirect("sync:connection", pk) if back else redirect("sync:connections")

    return step


archive = _ending(
    connecting.archive,
    lambda name: _("%(name)s is archived. What was sent there is not sent again.", name=name),
    back=False,
)
bring_back = _ending(
    connecting.bring_back, lambda name: _("%(name)s is back, paused, and is being checked.", name=name), back=True
)
remove = _ending(connecting.remove, lambda name: _("%(name)s is removed.", name=name), back=False)


def _works(current: Connection) -> bool:
    return bool(current.findings) and all(finding["ok"] for finding in current.findings)


def _page(request: HttpRequest, current: Connection, form: ConnectionForm) -> dict[str, Any]:
    waited = timezone.now() - current.check_wanted_at if current.check_wanted_at else None
    return {
        "connection": current,
        "answers": connecting.ANSWERS.get(current.doubt, ()),
        "form": form,
        "works": _works(current),
        "nobody_checks": current.is_being_checked and waited is not None and waited.total_seconds() > 15,
        "search": AdoptionSearch.objects.filter(connection=current).first(),
        "adopted": adoption.counts(current),
        "plan": plans.newest(current),
        "audit": audits.newest(current, ready=True),
        "hook": request.build_absolute_uri(reverse("sync:hook", args=[current.pk, secret_of(current)])),
        "unlooked": plans.unlooked(current),
        "mappings": [mapping.odoo for mapping in registry().values()],
        "branches": branches_of(current),
        "several": Connection.objects.in_use().count() > 1,
        "is_default": connecting.is_default(current),
        "is_bound": connecting.has_sent(current),
    }
