"""How the sync stands, and what a person decides about a record that waits for one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from clinic.health import broker_is_away
from clinic.staff.access import allowed, only_post
from odoo_bridge import deciding, doorbell
from odoo_bridge.models import Link
from odoo_bridge.said import _, said_by
from odoo_bridge.status import needing_somebody, standings, sync_light
from odoo_bridge.views.parts import is_htmx

SHOWN = 100


@require_GET
@allowed("desk")
def status(request: HttpRequest) -> HttpResponse:
    """Three numbers, and the list of what needs somebody."""
    standing = standings()
    totals = {name: sum(one.counts[name] for one in standing) for name in ("in_odoo", "waiting", "needs_you")}
    context = {
        "standings": standing,
        "broker_is_away": any(one.stalled for one in standing) and broker_is_away(),
        "several": len(standing) > 1,
        "counts": totals,
        "needing": needing_somebody([one.connection for one in standing], SHOWN) if totals["needs_you"] else [],
        "shown": SHOWN,
    }
    return render(request, "sync/standing.html" if is_htmx(request) else "sync/status.html", context)


@require_GET
@allowed("desk")
def light(request: HttpRequest) -> HttpResponse:
    """The light in the top bar: what one look tells about the sync."""
    return render(request, "sync/light.html", {"light": sync_light()})


@only_post("sync:status")
@allowed("sync")
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """Carry out what a person decided about one record."""
    link = get_object_or_404(Link, pk=pk, needs_person=True)
    try:
        _carry_out(request, link, decision)
    except deciding.NotNow as error:
        messages.error(request, said_by(error))
        return redirect("sync:status")
    doorbell.ring()
    messages.success(request, _("Decided. It is on its way."))
    return redirect("sync:status")


def _carry_out(request: HttpRequest, link: Link, decision: str) -> None:
    who = str(request.user)
    if decision == "again":
        deciding.try_again(link, by=who)
    elif decision == "anew" and link.gone:
        deciding.send_as_new(link, by=who)
    elif decision == "leave":
        try:
            deciding.leave(link, by=who)
        except ValueError as error:
            raise Http404(str(error)) from None
    elif link.conflicts and (sides := _sides(request, link, decision)):
        if request.POST.get("seen") != deciding.fingerprint(link):
            raise deciding.NotNow(deciding.HAS_CHANGED)
        try:
            deciding.settle_conflict(link, sides, by=who)
        except ValueError as error:
            raise Http404(str(error)) from None
    else:
        raise Http404("There is no such decision.")


def _sides(request: HttpRequest, link: Link, decision: str) -> dict[str, deciding.Side]:
    """Return whose value is right, field by field: all of one side's, or as the form says."""
    if decision in set(deciding.Side):
        return dict.fromkeys(link.conflicts, deciding.Side(decision))
    if decision != "fields":
        return {}
    chosen = {name: request.POST.get(f"side-{name}", "") for name in link.conflicts}
    return {name: deciding.Side(side) for name, side in chosen.items() if side in set(deciding.Side)}
