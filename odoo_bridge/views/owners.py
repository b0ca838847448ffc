"""Who decides each field of a connection: for managers to read, and to choose where somebody may."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinic.staff.access import allowed
from odoo_bridge import owning
from odoo_bridge.chosen import OwnerChange
from odoo_bridge.forms import OwnersForm
from odoo_bridge.merge import Owner
from odoo_bridge.models import Connection
from odoo_bridge.owning import Owned
from odoo_bridge.registry import registry
from odoo_bridge.said import _

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sync")
def owners(request: HttpRequest, connection: int) -> HttpResponse:
    """Every field that is written or read, who decides it, and what was chosen by whom."""
    mine = get_object_or_404(Connection, pk=connection)
    form = OwnersForm(mine, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.save(request.user)
        messages.success(
            request, _("Saved. It counts from the next change on.") if chosen else _("Nothing was changed.")
        )
        return redirect("sync:owners", connection)
    changes = OwnerChange.objects.filter(connection=mine).select_related("by")
    context = {
        "connection": mine,
        "form": form,
        # Those with something to choose come first.
        "groups": sorted(
            (_group(mapping, found, form) for mapping, found in owning.every(mine).items()),
            key=lambda one: not one["open"],
        ),
        "meanings": [(owning.WHO[owner], sentence) for owner, sentence in owning.MEANS.items()],
        "changes": [_told(change) for change in changes[:SHOWN]],
    }
    return render(request, "sync/owners.html", context, status=422 if request.method == "POST" else 200)


def _group(mapping: Any, found: list[Owned], form: OwnersForm) -> dict[str, Any]:
    """Return a mapping's fields: those to choose with their form fields, the others together by the reason."""
    fixed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in found:
        if one.why:
            labels = fixed[owning.WHO[one.owner], one.why]
            if one.label not in labels:
                labels.append(one.label)
    return {
        "key": mapping.key,
        "what": mapping.kind(),
        "model": mapping.odoo,
        "open": [
            {"owned": one, "field": form[one.key], "default": owning.WHO[one.default]} for one in found if not one.why
        ],
        "fixed": [{"who": who, "why": why, "labels": labels} for (who, why), labels in fixed.items()],
    }


def _told(change: OwnerChange) -> dict[str, Any]:
    mapping = registry().get(change.mapping)
    return {
        "change": change,
        "what": mapping.one if mapping else change.mapping,
        "label": mapping.say(change.field) if mapping else change.field,
        "before": owning.WHO[Owner(change.before)],
        "after": owning.WHO[Owner(change.after)],
    }
