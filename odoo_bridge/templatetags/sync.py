"""How the clinic's pages show whether Odoo has a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from odoo_bridge.models import Link
from odoo_bridge.registry import mapping_for

register = template.Library()

SHOWN = ("uid", "needs_person", "wanted", "pushed", "odoo_id", "reason")
WORST_FIRST = ["needs_you", "waiting", "in_odoo", "stays_here"]


@register.simple_tag
def sync_links(records: Iterable[Any]) -> dict[Any, list[Link]]:
    """Return the links of many records of one model by their uid, in one query: `{% sync_links visits as links %}`."""
    records = list(records)
    links: dict[Any, list[Link]] = {record.uid: [] for record in records}
    mapping = mapping_for(type(records[0])) if records else None
    if mapping:
        found = Link.objects.filter(mapping=mapping.key, uid__in=list(links)).only(*SHOWN)
        for link in found:
            links[link.uid].append(link)
    return links


@register.simple_tag
def sync_badge(record: Any, links: dict[Any, list[Link]] | None = None) -> SafeString:
    """Show whether Odoo has `record`: "In Odoo", "Waiting" or "Needs you" and why.

    In a list, pass what `sync_links` returned, so that the badges cost one query together.
    """
    return _badge((sync_links([record]) if links is None else links)[record.uid])


@register.simple_tag
def sync_marks(records: Iterable[Any]) -> dict[Any, SafeString]:
    """Return the badges of many records of one model by their uid, in one query."""
    return {uid: _badge(links) for uid, links in sync_links(records).items()}


def _badge(links: list[Link]) -> SafeString:
    worst = min(links, key=lambda link: WORST_FIRST.index(link.state), default=None)
    state = worst.state if worst else "waiting"
    word, title = _words(state, worst.reason if worst else "")
    shape = "" if state == "stays_here" else '<span class="sync-shape" aria-hidden="true"></span>'
    return SafeString(
        f'<span class="sync-badge sync-{state.replace("_", "-")}" data-sync="{state}" title="{escape(title)}">'
        f'{shape}<span class="sync-word">{escape(word)}</span></span>'
    )


def _words(state: str, reason: str) -> tuple[str, str]:
    """Return what a badge says, and what it says when somebody points at it."""
    if state == "in_odoo":
        return _("In Odoo"), _("In Odoo")
    if state == "needs_you":
        return _("Needs you"), _("Needs you: %(reason)s") % {"reason": reason}
    if state == "stays_here":
        return _("Not sent"), _("Not sent to Odoo")
    return _("Waiting"), _("Waiting to reach Odoo: %(reason)s") % {"reason": reason} if reason else _(
        "Waiting to reach Odoo"
    )
