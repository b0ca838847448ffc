"""The parts of the calendar that a page has hundreds of: its visits, and the places to click for a new one.

They are put together here and not by templates, which took three quarters of the page's time for them; everything that
comes from people is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.appointments.models import MOVABLE, Status
from clinic.desk.entries import Entry
from clinic.desk.grid import SLOT, Column, Grid, Place

SHORT = 6
"""Rows below which a visit has room for one line."""
_DAY = "\0"
"""Stands for the day in what is drawn of a column: nobody's name has it in it."""


@lru_cache(maxsize=64)
def address(name: str) -> str:
    """Return a page's address with a place for the number of a record."""
    return reverse(name, args=[0]).replace("/0/", "/%d/")


def draw_slots(grid: Grid) -> SafeString:
    """Return the links that book each free quarter of an hour."""
    told = escape(_("Book %(time)s, %(column)s"))
    base = escape(f"{reverse('appointments:book')}?branch={grid.branch.pk}")
    return SafeString("".join(_column_slots(grid, column, base, told) for column in grid.columns))


def _column_slots(grid: Grid, column: Column, base: str, told: str) -> str:
    whose = (column.kind, column.pk, escape(column.title), column.number)
    drawn = _draw_column(base, told, *whose, grid.first, tuple(grid.slot_minutes(column)))
    return drawn.replace(_DAY, column.day.isoformat())


@lru_cache(maxsize=1024)
def _draw_column(
    base: str, told: str, kind: str, pk: int, title: str, number: int, first: int, minutes: tuple[int, ...]
) -> str:
    """Return the slots of a column, with `_DAY` for its day: most days of somebody's are alike."""
    parts = []
    for minute in minutes:
        at = f"{minute // 60:02d}:{minute % 60:02d}"
        label = told % {"time": at, "column": title}
        place = Place.between(number, minute - first, minute + SLOT - first)
        parts.append(
            f'<a class="slot {place.classes}" data-slot tabindex="-1" href="{base}&amp;day={_DAY}&amp;at={quote(at)}'
            f'&amp;{kind}={pk}" aria-label="{label}"><span aria-hidden="true">{at}</span></a>\n'
        )
    return "".join(parts)


@dataclass
class Pen:
    """What is the same for all visits of a page; `marks` say by uid how each stands with Odoo."""

    grid: Grid
    by: str
    marks: Mapping[Any, str]
    may_book: bool
    sees_alerts: bool
    statuses: dict[str, str] = field(init=False)
    _addresses: tuple[str, str, str] = field(init=False)
    _signs: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.statuses = {status.value: escape(str(status.label)) for status in Status}
        self._addresses = (address("desk:visit"), address("appointments:move"), address("appointments:hold"))
        out = escape(_("Wants to cancel"))
        self._signs = {
            "alert": _sign("visit-alert icon-exclamation-triangle-fill", "%s", _("Alert")),
            "out": _sign("visit-wish icon-telephone", out, out),
            "over": _sign("visit-over icon-layers-half", _("Double booked: %s"), _("Double booked")),
        }

    def visits(self) -> SafeString:
        """Return the visits of all columns, and below each column those that take up no time."""
        parts = []
        for column in self.grid.columns:
            parts += [self.visit(place, visit) for place, visit in column.visits]
            if column.off:
                off = "".join(map(self.off, column.off))
                parts.append(f'<div class="day-foot in-{column.number}">{off}</div>\n')
        return SafeString("".join(parts))

    def visit(self, place: Place, visit: Entry) -> str:
        status, at = self.statuses[visit.status], f"{visit.start:%H:%M}"
        where = visit.where if self.by == "practitioner" else visit.who
        short = " is-short" if place.rows < SHORT else ""
        return (
            f'<a id="visit-{visit.pk}" class="visit hue-{visit.tint} is-{visit.status} {place.classes}{short}" '
            f'href="{self._addresses[0] % visit.pk}" data-visit="{visit.pk}"{self._movable(visit, at)}>\n'
            f'<span class="visit-line"><span class="status-{visit.status}"><span class="icon status-shape" '
            f'title="{status}" aria-hidden="true"></span></span><span class="visit-time">{at}</span> '
            f'<span class="visit-name"><bdi>{escape(visit.patient_name)}</bdi></span>{self._warnings(visit)}'
            f'<span class="visit-sync">{self.marks.get(visit.uid, "")}</span></span>\n'
            f'<span class="visit-what">{escape(visit.what)}<span class="visually-hidden">, {status}</span> · '
            f"{escape(where)}</span>\n</a>\n"
        )

    def off(self, visit: Entry) -> str:
        return (
            f'<a id="visit-{visit.pk}" class="visit-off status-{visit.status}" '
            f'href="{self._addresses[0] % visit.pk}"><span class="icon status-shape" aria-hidden="true"></span> '
            f"{visit.start:%H:%M} <bdi>{escape(visit.patient_name)}</bdi> "
            f"<small>{self.statuses[visit.status].lower()}</small></a>"
        )

    def _movable(self, visit: Entry, at: str) -> str:
        if not self.may_book or visit.status not in MOVABLE:
            return ""
        return (
            f' data-move-url="{self._addresses[1] % visit.pk}" data-hold-url="{self._addresses[2] % visit.pk}"'
            f' data-day="{visit.start:%Y-%m-%d}" data-at="{at}" data-minutes="{visit.minutes}" draggable="false"'
        )

    def _warnings(self, visit: Entry) -> str:
        found = ""
        if self.sees_alerts and visit.alerts:
            found += self._signs["alert"] % escape(", ".join(visit.alerts))
        if visit.wants_out:
            found += self._signs["out"]
        if visit.overbooked_because:
            found += self._signs["over"] % escape(visit.overbooked_because)
        return found


def _sign(classes: str, title: str, label: str) -> str:
    return f'<span class="icon {classes}" title="{escape(title)}" role="img" aria-label="{escape(label)}"></span>'
