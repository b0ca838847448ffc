"""How the clinic's pages show whether Odoo has a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from odoo_bridge.models import Link
from odoo_bridge.registry import mapping_for

register = template.Library()

WORST_FIRST = ["needs_you", "waiting", "in_odoo", "stays_here"]


@register.simple_tag
def sync_links(records: Iterable[Any]) -> dict[Any, list[Link]]:
    """Return the links of many records of one model by their uid, in one query: `{% sync_links visits as links %}`."""
    records = list(records)
    links: dict[Any, list[Link]] = {record.uid: [] for record in records}
    mapping = mapping_for(type(records[0])) if records else None
    if mapping:
        found = Link.objects.filter(mapping=mapping.key, uid__in=list(links)).select_related("connection")
        for link in found:
            links[link.uid].append(link)
    return links


@register.inclusion_tag("sync/badge.html")
def sync_badge(record: Any, links: dict[Any, list[Link]] | None = None) -> dict[str, Any]:
    """Show whether Odoo has `record`: "In Odoo", "Waiting" or "Needs you" and why.

    In a list, pass what `sync_links` returned, so that the badges cost one query together.
    """
    mine = (sync_links([record]) if links is None else links)[record.uid]
    worst = min(mine, key=lambda link: WORST_FIRST.index(link.state), default=None)
    return {"link": worst, "state": worst.state if worst else "waiting", "record": record}
