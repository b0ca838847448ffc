"""What a sync would do: read it, record by record, and have exactly that done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from clinic.staff.access import allowed, only_post
from odoo_bridge import doorbell
from odoo_bridge import plan as plans
from odoo_bridge.models import Connection
from odoo_bridge.proposed import Kind, PlanItem, SyncPlan
from odoo_bridge.registry import registry
from odoo_bridge.said import _, said_by
from odoo_bridge.views.parts import records_of, shown_while_busy

SHOWN = 50


@require_GET
@allowed("sync")
def plan(request: HttpRequest, connection: int) -> HttpResponse:
    """The newest plan: what would be done, how many of each, and to which records."""
    mine = get_object_or_404(Connection, pk=connection)
    made = plans.newest(mine)
    return shown_while_busy(request, "plan", _page(request, mine, made), is_busy=made is not None and made.is_busy)


@only_post("sync:plan", "connection")
@allowed("sync")
def make(request: HttpRequest, connection: int) -> HttpResponse:
    """Ask the worker for a new plan."""
    plans.wish_for_plan(get_object_or_404(Connection, pk=connection), request.user)
    doorbell.ring()
    return redirect("sync:plan", connection)


@only_post("sync:plan", "connection")
@allowed("sync")
def apply(request: HttpRequest, connection: int, pk: int) -> HttpResponse:
    """Have the worker do exactly what a plan says."""
    mine = get_object_or_404(Connection, pk=connection)
    made = get_object_or_404(SyncPlan, pk=pk, connection=mine)
    if not is_checked(mine):
        messages.error(request, _("Check the connection first, and mend what the check finds."))
    else:
        try:
            plans.wish_to_apply(made, request.user)
        except plans.Expired as error:
            messages.error(request, said_by(error))
        doorbell.ring()
    return redirect("sync:plan", connection)


def is_checked(connection: Connection) -> bool:
    """Tell whether the newest check of a connection found nothing to mend."""
    return bool(connection.findings) and all(finding["ok"] for finding in connection.findings)


@dataclass(frozen=True)
class Row:
    """One record of a plan, with what a person calls it and its fields."""

    item: PlanItem
    name: str
    url: str | None
    kind: str
    reason: str
    fields: list[dict[str, Any]]


def _page(request: HttpRequest, connection: Connection, made: SyncPlan | None) -> dict[str, Any]:
    context: dict[str, Any] = {"connection": connection, "plan": made, "checked": is_checked(connection)}
    if made is None:
        return context
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    items = made.items.order_by("pk")
    if kind in Kind.values:
        items = items.filter(kinds__contains=f",{kind},")
    if state in PlanItem.State.values:
        items = items.filter(state=state)
    page = Paginator(items, SHOWN).get_page(request.GET.get("page"))
    return context | {
        "page": page,
        "rows": _rows(list(page.object_list)),
        "chosen": {"kind": kind, "state": state},
        "kinds": _kinds(made),
        "summary": _summary(made),
        "consequences": plans.consequences(made),
        "outcomes": _outcomes(made),
        "nobody_works": made.is_left_lying(made.created_at),
    }


def _kinds(made: SyncPlan) -> list[dict[str, Any]]:
    counted = ((kind, sum(kinds.get(kind, 0) for kinds in made.counts.values())) for kind in Kind)
    return [{"key": kind.value, "says": kind.label, "count": count} for kind, count in counted if count]


def _outcomes(made: SyncPlan) -> list[dict[str, Any]]:
    if made.state not in (SyncPlan.State.APPLIED, SyncPlan.State.APPLYING):
        return []
    labels = dict(PlanItem.State.choices)
    return [{"key": state, "says": labels[state], "count": count} for state, count in plans.outcomes(made).items()]


def _summary(made: SyncPlan) -> list[dict[str, Any]]:
    return [
        {
            "what": registry()[key].called,
            "kind": Kind(kind).label,
            "count": count,
            "money": [f"{amount} {currency}" for currency, amount in made.money.get(key, {}).get(kind, {}).items()],
        }
        for key, kinds in made.counts.items()
        for kind, count in kinds.items()
    ]


def _rows(items: list[PlanItem]) -> list[Row]:
    uids = defaultdict(list)
    for item in items:
        uids[item.mapping].append(item.uid)
    records = {key: records_of(key, mine) for key, mine in uids.items()}
    return [_row(item, records[item.mapping].get(item.uid)) for item in items]


def _row(item: PlanItem, record: Any) -> Row:
    mapping, values = registry()[item.mapping], plans.values_of(item)
    fields = [{"label": mapping.say(name), "name": name} | pair for name, pair in values["fields"].items()]
    return Row(
        item=item,
        name=str(record) if record is not None else _("A record that is no longer here"),
        url=record.get_absolute_url() if hasattr(record, "get_absolute_url") else None,
        kind=mapping.one,
        reason=values["reason"],
        fields=fields,
    )
