"""Who is in Odoo already: both sides next to each other, and a person's yes or no."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from clinic.staff.access import allowed, only_post
from odoo_bridge import adoption as adopting
from odoo_bridge import doorbell
from odoo_bridge.mappings.partner import Partner
from odoo_bridge.models import Connection
from odoo_bridge.proposed import AdoptionProposal, AdoptionSearch
from odoo_bridge.said import _, ngettext, said_by
from odoo_bridge.views.parts import is_htmx, records_of

SHOWN = 50
AT_ONCE = 2000
"""Patients linked by one press: no page takes longer than a few seconds."""


@require_GET
@allowed("sync")
def adoption(request: HttpRequest, connection: int) -> HttpResponse:
    """The proposals: those that are certain as a list, the others one patient after the other."""
    mine = get_object_or_404(Connection, pk=connection)
    search = AdoptionSearch.objects.filter(connection=mine).first()
    context = {"connection": mine, "search": search, "counts": adopting.counts(mine)}
    if is_htmx(request):
        waiting = _waiting(search)
        if not waiting["is_looking"]:
            return HttpResponseClientRefresh()  # It is done: the whole page shows what was found.
        return render(request, "sync/adoption_search.html", context | waiting)
    certain = AdoptionProposal.objects.filter(connection=mine, state=AdoptionProposal.State.CERTAIN)
    page = Paginator(certain.order_by("-score", "pk"), SHOWN).get_page(request.GET.get("page"))
    proposals = list(page.object_list)
    people = records_of(Partner.key, [one.uid for one in proposals])
    context |= _waiting(search) | _asked(mine, request.GET.get("after", ""))
    rows = [_beside(one, people.get(one.uid)) for one in proposals]
    return render(request, "sync/adoption.html", context | {"page": page, "certain": rows, "at_once": AT_ONCE})


@only_post("sync:adoption", "connection")
@allowed("sync")
def search(request: HttpRequest, connection: int) -> HttpResponse:
    """Ask the worker to look who is in Odoo."""
    adopting.wish_for_search(get_object_or_404(Connection, pk=connection))
    doorbell.ring()
    return redirect("sync:adoption", connection)


@only_post("sync:adoption", "connection")
@allowed("sync")
def confirm_certain(request: HttpRequest, connection: int) -> HttpResponse:
    """Link all that is certain, as it was when somebody looked at it."""
    mine = get_object_or_404(Connection, pk=connection)
    found = AdoptionSearch.objects.filter(connection=mine).first()
    if found is None or found.made_at is None or found.made_at.isoformat() != request.POST.get("seen"):
        messages.error(request, _("There are new proposals. Look at them, then link them."))
    else:
        linked = adopting.confirm_certain(mine, request.user, limit=AT_ONCE)
        left = adopting.counts(mine)[AdoptionProposal.State.CERTAIN]
        doorbell.ring()
        messages.success(
            request,
            ngettext(
                "%(number)s patient is linked with their contact in Odoo.",
                "%(number)s patients are linked with their contacts in Odoo.",
                linked,
            ),
        )
        if left:
            messages.info(
                request, ngettext("%(number)s is left: link it too.", "%(number)s are left: link them too.", left)
            )
    return redirect("sync:adoption", connection)


@only_post("sync:adoption", "connection")
@allowed("sync")
def decide(request: HttpRequest, connection: int, pk: int, decision: str) -> HttpResponse:
    """Carry out what a person said about one proposal."""
    proposal = get_object_or_404(AdoptionProposal, pk=pk, connection__pk=connection)
    if decision not in ("same", "ours", "theirs", "other"):
        raise Http404("There is no such decision.")
    try:
        if decision == "other":
            adopting.reject(proposal, request.user)
        else:
            adopting.confirm(proposal, request.user, prefer="" if decision == "same" else decision)
    except adopting.Undecidable as error:
        messages.error(request, said_by(error))
    doorbell.ring()
    return redirect("sync:adoption", connection)


def _waiting(found: AdoptionSearch | None) -> dict[str, Any]:
    is_wanted = found is not None and found.is_wanted
    waited = (timezone.now() - found.wanted_at).total_seconds() if found and found.wanted_at else 0
    return {"is_looking": is_wanted, "nobody_looks": is_wanted and found and not found.leased_until and waited > 15}


def _asked(connection: Connection, after: str) -> dict[str, Any]:
    """Return the patient that a person is asked about: the first, or the one after the one that was passed over."""
    unsure = AdoptionProposal.objects.filter(connection=connection, state=AdoptionProposal.State.UNSURE)
    order = unsure.order_by("-score", "uid")
    queue = list(dict.fromkeys(order.values_list("uid", flat=True)))
    if not queue:
        return {"asked": None}
    passed = [uid for uid in queue if str(uid) == after]
    uid: UUID = queue[(queue.index(passed[0]) + 1) % len(queue)] if passed else queue[0]
    person = records_of(Partner.key, [uid]).get(uid)
    proposals = [_beside(one, person) for one in order.filter(uid=uid)]
    return {
        "asked": person,
        "asked_uid": uid,
        "proposals": proposals,
        "position": queue.index(uid) + 1,
        "of": len(queue),
    }


def _beside(proposal: AdoptionProposal, person: Any) -> dict[str, Any]:
    """Return a proposal with its fields side by side: what a person calls them, and whether they differ."""
    rows = [
        {"label": Partner.say(name), "ours": mine, "theirs": other, "differs": _apart(mine, other)}
        for name, (_, _, mine, other) in adopting.both_sides(proposal).items()
        if (mine or other) and name != "active"
    ]
    name = next((row["theirs"] for row in rows if row["label"] == Partner.say("name")), "")
    return {"proposal": proposal, "person": person, "fields": rows, "name": name}


def _apart(mine: str, other: str) -> str:
    if mine == other:
        return ""
    return "differs" if mine and other else "fills"
