"""Whether both sides are alike: the newest audit, what it found, and having that put right by the worker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from clinic.staff.access import allowed, only_post
from odoo_bridge import audit as audits
from odoo_bridge import doorbell
from odoo_bridge.found import Apart, AuditFinding, AuditRun
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry
from odoo_bridge.said import _, ngettext
from odoo_bridge.views.parts import records_of, shown_while_busy

SHOWN = 50
EARLIER = 10


@require_GET
@allowed("sync")
def audit(request: HttpRequest, connection: int) -> HttpResponse:
    """The newest audit: how many records are apart in what way, and which."""
    mine = get_object_or_404(Connection, pk=connection)
    page = _page(request, mine)
    return shown_while_busy(request, "audit", page, is_busy=bool(page["is_making"] or page.get("is_repairing")))


@only_post("sync:audit", "connection")
@allowed("sync")
def make(request: HttpRequest, connection: int) -> HttpResponse:
    """Ask the worker to compare every record."""
    audits.wish_for(get_object_or_404(Connection, pk=connection), request.user)
    doorbell.ring()
    return redirect("sync:audit", connection)


@only_post("sync:audit", "connection")
@allowed("sync")
def repair(request: HttpRequest, connection: int, pk: int) -> HttpResponse:
    """Have the worker put right one finding, those of a kind, or all of an audit."""
    run = get_object_or_404(AuditRun, pk=pk, connection__pk=connection)
    one, kind = request.POST.get("finding", ""), request.POST.get("kind", "")
    findings = run.findings.all()
    if one:
        findings = findings.filter(pk=int(one)) if one.isdecimal() and len(one) < 19 else findings.none()
    elif kind:
        findings = findings.filter(kind=kind) if kind in Apart.values else findings.none()
    if asked := audits.wish_to_repair(run, findings, request.user):
        messages.success(
            request,
            ngettext(
                "%(number)s record is about to be repaired.", "%(number)s records are about to be repaired.", asked
            ),
        )
        doorbell.ring()
    else:
        messages.error(request, _("There was nothing left to repair: compare anew to see how it stands."))
    query = f"?kind={kind}" if kind in Apart.values else ""
    return redirect(f"{reverse('sync:audit', args=[connection])}{query}")


@dataclass(frozen=True)
class Row:
    """One finding, with what a person calls the record, both sides, and how its repair stands."""

    finding: AuditFinding
    kind: Apart
    name: str
    record: str
    url: str | None
    fields: list[dict[str, str]]
    twins: list[int]
    others: str
    link: Link | None


def _page(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    newest, made = audits.newest(connection), audits.newest(connection, ready=True)
    context: dict[str, Any] = {
        "connection": connection,
        "newest": newest,
        "run": made,
        "is_making": newest is not None and newest.is_busy,
        "nobody_works": newest is not None and newest.is_left_lying(newest.asked_at),
    }
    if made is None:
        return context
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in Apart.values else ""
    findings = made.findings.filter(kind=chosen) if chosen else made.findings.all()
    page = Paginator(findings.select_related("by"), SHOWN).get_page(request.GET.get("page"))
    to_repair = findings.filter(state=AuditFinding.State.OPEN).exclude(kind=Apart.DOUBLED)
    earlier = AuditRun.objects.filter(connection=connection).exclude(pk=made.pk).select_related("by")
    return context | {
        "page": page,
        "rows": _rows(connection, list(page.object_list)),
        "chosen": chosen,
        "kind": Apart(chosen) if chosen else None,
        "kinds": _kinds(made),
        "to_repair": to_repair.count(),
        "is_repairing": made.findings.filter(state=AuditFinding.State.ASKED).exists(),
        "earlier": earlier[:EARLIER],
    }


def _kinds(run: AuditRun) -> list[dict[str, Any]]:
    counts = audits.counts(run)
    return [{"key": kind.value, "says": kind.label, "count": counts[kind]} for kind in Apart if kind in counts]


def _rows(connection: Connection, findings: list[AuditFinding]) -> list[Row]:
    uids: dict[str, list[UUID]] = defaultdict(list)
    for finding in findings:
        uids[finding.mapping].append(finding.uid)
    records = {key: records_of(key, mine) for key, mine in uids.items()}
    links = _links(connection, findings)
    return [
        _row(one, records[one.mapping].get(one.uid), links.get((one.mapping, one.uid)))
        for one in findings
        if one.mapping in registry()
    ]


def _links(connection: Connection, findings: Iterable[AuditFinding]) -> dict[tuple[str, UUID], Link]:
    links = Link.objects.filter(connection=connection, uid__in=[one.uid for one in findings])
    return {(link.mapping, link.uid): link for link in links}


def _row(finding: AuditFinding, record: Any, link: Link | None) -> Row:
    mapping, said = registry()[finding.mapping], finding.said
    return Row(
        finding=finding,
        kind=Apart(finding.kind),
        name=str(record) if record is not None else _("A record that is no longer here"),
        record=mapping.one,
        url=record.get_absolute_url() if hasattr(record, "get_absolute_url") else None,
        fields=[{"label": mapping.say(name)} | pair for name, pair in said["words"].items()],
        twins=said["twins"],
        others=", ".join(f"#{one}" for one in said["twins"]),
        link=link,
    )
