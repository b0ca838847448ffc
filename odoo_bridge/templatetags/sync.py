"""How the clinic's pages show whether Odoo has a record."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.apps import apps
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from odoo_bridge.models import Link, standing
from odoo_bridge.registry import mapping_for

register = template.Library()

Standing = tuple[str, str]
"""A state, and the reason for it."""
Standings = dict[Any, list[Standing]]
WORST_FIRST = ["needs_you", "waiting", "in_odoo", "stays_here"]


@register.simple_tag
def sync_links(records: Iterable[Any]) -> Standings:
    """Return how many records of one model stand by their uid, in one query: `{% sync_links visits as links %}`."""
    records = list(records)
    return _standings(type(records[0]), records) if records else {}


def _standings(model: type[Any], records: list[Any]) -> Standings:
    standings: Standings = {record.uid: [] for record in records}
    mapping = mapping_for(model)
    if mapping:
        found = Link.objects.filter(mapping=mapping.key, uid__in=list(standings))
        values = found.values_list("uid", "reason", "needs_person", "wanted", "pushed", "odoo_id")
        for uid, reason, needs_person, wanted, pushed, odoo_id in values:
            standings[uid].append((standing(needs_person, wanted, pushed, odoo_id), reason))
    return standings


@register.simple_tag
def sync_badge(record: Any, links: Standings | None = None) -> SafeString:
    """Show whether Odoo has `record`: "In Odoo", "Waiting" or "Needs you" and why.

    In a list, pass what `sync_links` returned, so that the badges cost one query together.
    """
    return _badge((sync_links([record]) if links is None else links)[record.uid], get_language())


@register.simple_tag
def sync_marks(records: Iterable[Any], model: str) -> dict[Any, SafeString]:
    """Return the badges of what has the uids of a model's records, in one query; `model` is like "patients.patient"."""
    language = get_language()
    return {uid: _badge(links, language) for uid, links in _standings(apps.get_model(model), list(records)).items()}


def _badge(links: list[Standing], language: str | None) -> SafeString:
    state, reason = min(links, key=lambda link: WORST_FIRST.index(link[0]), default=("waiting", ""))
    return _drawn(state, reason, language)


@lru_cache(maxsize=512)
def _drawn(state: str, reason: str, language: str | None) -> SafeString:
    """Draw a badge in the language that is in force: a page has hundreds, and most are alike."""
    word, title = _words(state, reason)
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
