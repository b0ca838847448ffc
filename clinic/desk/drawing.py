"""The parts of the calendar that a page has hundreds of: its visits, and the places to click for a new one.

They are put together here and not by templates, which took three quarters of the page's time for them; everything that
comes from people is escaped.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.appointments.models import MOVABLE, Appointment, Status
from clinic.desk.grid import Grid, Place

SHORT = 6
"""Rows below which a visit has room for one line."""


@lru_cache(maxsize=64)
def _address(name: str) -> str:
    """Return a page's address with a place for the number of a record."""
    return reverse(name, args=[0]).replace("/0/", "/%d/")


def draw_slots(grid: Grid) -> SafeString:
    """Return the links that book each free quarter of an hour."""
    base = escape(f"{reverse('appointments:book')}?branch={grid.branch.pk}")
    told = escape(_("Book %(time)s, %(column)s"))
    columns = {
        column.number: (
            f"{base}&amp;day={column.day.isoformat()}&amp;at=",
            f"&amp;{column.kind}={column.pk}",
            escape(column.title),
        )
        for column in grid.columns
    }
    parts = []
    for slot in grid.slots():
        before, after, title = columns[slot.column.number]
        at = f"{slot.at:%H:%M}"
        label = told % {"time": at, "column": title}
        parts.append(
            f'<a class="slot {slot.place.classes}" data-slot tabindex="-1" href="{before}{quote(at)}{after}" '
            f'aria-label="{label}"><span aria-hidden="true">{at}</span></a>\n'
        )
    return SafeString("".join(parts))


@dataclass(frozen=True)
class Pen:
    """What is the same for all visits of a page.

    `marks` say by uid how each stands with Odoo, `wishes` hold the keys of those whose patients want to cancel.
    """

    grid: Grid
    by: str
    marks: Mapping[Any, str]
    wishes: Container[int]
    may_book: bool
    sees_alerts: bool

    @cached_property
    def statuses(self) -> dict[str, str]:
        return {status.value: escape(status.label) for status in Status}

    def visits(self) -> SafeString:
        """Return the visits of all columns, and below each column those that take up no time."""
        parts = []
        for column in self.grid.columns:
            parts += [self.visit(place, visit) for place, visit in column.visits]
            if column.off:
                off = "".join(map(self.off, column.off))
                parts.append(f'<div class="day-foot in-{column.number}">{off}</div>\n')
        return SafeString("".join(parts))

    def visit(self, place: Place, visit: Appointment) -> str:
        start = visit.starts_at.astimezone(self.grid.branch.zone)
        status, kind = self.statuses[visit.status], visit.appointment_type
        where = visit.chair.name if self.by == "practitioner" else str(visit.practitioner)
        short = " is-short" if place.rows < SHORT else ""
        return (
            f'<a id="visit-{visit.pk}" class="visit hue-{kind.tint} is-{visit.status} {place.classes}{short}" '
            f'href="{_address("desk:visit") % visit.pk}" data-visit="{visit.pk}"{self._movable(visit, start)}>\n'
            f'<span class="visit-line"><span class="status-{visit.status}"><span class="icon status-shape" '
            f'title="{status}" aria-hidden="true"></span></span><span class="visit-time">{start:%H:%M}</span> '
            f'<span class="visit-name"><bdi>{escape(visit.patient.full_name)}</bdi></span>{self._warnings(visit)}'
            f'<span class="visit-sync">{self.marks.get(visit.uid, "")}</span></span>\n'
            f'<span class="visit-what">{escape(str(kind))}<span class="visually-hidden">, {status}</span> · '
            f"{escape(where)}</span>\n</a>\n"
        )

    def off(self, visit: Appointment) -> str:
        start = visit.starts_at.astimezone(self.grid.branch.zone)
        return (
            f'<a id="visit-{visit.pk}" class="visit-off status-{visit.status}" '
            f'href="{_address("desk:visit") % visit.pk}"><span class="icon status-shape" aria-hidden="true"></span> '
            f"{start:%H:%M} <bdi>{escape(visit.patient.full_name)}</bdi> "
            f"<small>{self.statuses[visit.status].lower()}</small></a>"
        )

    def _movable(self, visit: Appointment, start: Any) -> str:
        if not self.may_book or visit.status not in MOVABLE:
            return ""
        minutes = int(visit.duration.total_seconds() // 60)
        return (
            f' data-move-url="{_address("appointments:move") % visit.pk}"'
            f' data-hold-url="{_address("appointments:hold") % visit.pk}"'
            f' data-day="{start:%Y-%m-%d}" data-at="{start:%H:%M}" data-minutes="{minutes}" draggable="false"'
        )

    def _warnings(self, visit: Appointment) -> str:
        found = ""
        if self.sees_alerts and (alerts := visit.patient.alerts.all()):
            told = escape(", ".join(alert.text for alert in alerts))
            found += _sign("visit-alert icon-exclamation-triangle-fill", told, _("Alert"))
        if visit.pk in self.wishes:
            told = _("Wants to cancel")
            found += _sign("visit-wish icon-telephone", escape(told), told)
        if visit.is_overbooked:
            told = escape(_("Double booked: %s") % visit.overbooked_because)
            found += _sign("visit-over icon-layers-half", told, _("Double booked"))
        return found


def _sign(classes: str, title: str, label: str) -> str:
    return f'<span class="icon {classes}" title="{title}" role="img" aria-label="{escape(label)}"></span>'
