"""One record between the two sides: how it stands, what happened to it, and what leaves the clinic of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from clinic.staff.access import allowed, only_post
from odoo_bridge import deciding, doorbell, privacy, timeline
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry
from odoo_bridge.said import _, said_by
from odoo_bridge.wording import line_differences, worded

SHOWN = 200


@require_GET
@allowed("sync")
def record(request: HttpRequest, mapping: str, uid: UUID) -> HttpResponse:
    """The page of one record."""
    kind, found = _found(mapping, uid)
    links = list(Link.objects.filter(mapping=mapping, uid=uid).select_related("connection").order_by("connection"))
    context = {
        "kind": kind.one,
        "mapping": mapping,
        "uid": uid,
        "record": found,
        "url": found.get_absolute_url() if hasattr(found, "get_absolute_url") else None,
        "links": links,
        "timeline": [_told(kind, one, found) for one in timeline.of_record(mapping, uid)[:SHOWN]],
        "sent": [(link.connection, *_on_paper(link.connection, mapping, found)) for link in links],
    }
    return render(request, "sync/record.html", context)


@only_post("sync:record", "mapping", "uid")
@allowed("sync")
def resync(request: HttpRequest, mapping: str, uid: UUID) -> HttpResponse:
    """Compare a record with Odoo's once more, and send what differs."""
    _found(mapping, uid)
    links = Link.objects.filter(mapping=mapping, uid=uid, conflicts={}, gone=False)
    for link in links.exclude(connection__state=Connection.State.ARCHIVED):
        deciding.try_again(link, by=str(request.user))
    doorbell.ring()
    messages.success(request, _("It will be compared with Odoo’s at once."))
    return redirect("sync:record", mapping=mapping, uid=uid)


@require_GET
@allowed("sync")
def disclosures(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What left the clinic about one patient."""
    kind, patient = _found("partner", uid)
    found = privacy.disclosures(uid)[:SHOWN]
    rows = [{"kind": registry()[one.entry.mapping].one} | _told(kind, one) for one in found]
    return render(request, "sync/disclosures.html", {"patient": patient, "rows": rows, "uid": uid})


def _found(mapping: str, uid: UUID) -> tuple[Any, Any]:
    if mapping not in registry():
        raise Http404("There is no such kind of record.")
    kind = registry()[mapping]
    found = kind.model().objects.filter(uid=uid).select_related(*kind.related).first()
    if found is None:
        raise Http404("There is no such record.")
    return kind, found


def _rows(kind: Any, record: Any, name: str, before: Any, after: Any) -> list[dict[str, Any]]:
    """Return the rows that tell how a value changed: one, or one for each way in which a line did."""
    field, lines = kind.fields().get(name), kind.lines()
    if lines and lines.name == name and before and after:
        found = line_differences(lines, record, before, after)
        return [
            {"field": f"{one.line}, {one.what}" if one.what else one.line, "before": one.ours, "after": one.theirs}
            for one in found
        ]
    was = None if before is None else worded(field, before) or "empty"
    return [{"field": kind.say(name), "before": was, "after": worded(field, after) or None}]


def _told(kind: Any, one: timeline.Shown, record: Any = None) -> dict[str, Any]:
    own = registry().get(one.entry.mapping, kind)
    values = [row for name, pair in sorted(one.change.items()) for row in _rows(own, record, name, *pair)]
    fields = [own.say(name) for name in one.entry.fields]
    return {"entry": one.entry, "values": values, "fields": fields, "note": one.note, "is_erased": one.is_erased}


def _on_paper(connection: Connection, mapping: str, found: Any) -> tuple[list[tuple[str, str]], str]:
    try:
        return privacy.on_paper(connection, mapping, found), ""
    except (NotYet, Refused) as reason:
        return [], said_by(reason)
