"""The cards of the today board, put together without templates as the calendar's visits are (`drawing`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.appointments.models import Reply, Status
from clinic.desk.drawing import address
from clinic.desk.entries import Entry

LATE = 15
"""Minutes in the waiting room from which on the board says that it is long."""


_WARNING = '<span class="icon icon-exclamation-triangle-fill" aria-hidden="true"></span>'


@dataclass(frozen=True)
class Lane:
    """One column of the board, and what it says while it is empty."""

    key: str
    title: str | Promise
    empty: str | Promise
    visits: list[Entry]


@dataclass
class Chalk:
    """What is the same for all cards of a board; `marks` say by uid how each visit stands with Odoo."""

    marks: Mapping[Any, str]
    abilities: frozenset[str]
    _words: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        texts = {
            "alert": f'<span class="alert-chip">{_WARNING}',
            "wish": _wish(),
            "check in": escape(_("Check in")),
            "check in of": escape(_("Check in %(name)s")),
            "to chair": escape(_("To chair")),
            "to chair of": escape(_("Take %(name)s to the chair")),
            "check out": escape(_("Check out")),
            "check out of": escape(_("Check out %(name)s")),
            "answered": escape(_("Answered in the calendar")),
            "confirmed": _status(Status.CONFIRMED),
        }
        self._words = texts
        self._visit, self._step, self._pay = map(address, ("desk:visit", "appointments:step", "desk:checkout"))

    def lanes(self, lanes: list[Lane]) -> SafeString:
        """Return the columns with their cards."""
        return SafeString("".join(map(self._lane, lanes)))

    def _lane(self, lane: Lane) -> str:
        cards = "".join(self._card(lane.key, visit) for visit in lane.visits)
        title = escape(str(lane.title))
        return (
            f'<section class="lane lane-{lane.key}" aria-labelledby="lane-{lane.key}">\n'
            f'<h2 id="lane-{lane.key}">{title} <span class="count num">{len(lane.visits)}</span></h2>\n'
            f"<ul>{cards or _empty(lane)}</ul>\n</section>\n"
        )

    def _card(self, key: str, visit: Entry) -> str:
        name, page = escape(visit.patient_name), self._visit % visit.pk
        where = f" · {escape(visit.where)}" if key in {"in-chair", "waiting"} else ""
        return (
            f'<li class="card-visit hue-{visit.tint}" data-visit="{visit.pk}">\n'
            f'<div class="card-top"><span class="num card-time">{visit.start:%H:%M}</span> '
            f'<a class="card-name" id="card-{visit.pk}" href="{page}" hx-get="{page}" hx-target="#panel" '
            f'hx-swap="innerHTML"><bdi>{name}</bdi></a>{_waits(key, visit)}</div>\n'
            f'<p class="card-what">{escape(visit.what)} · {escape(visit.who)}{where}</p>\n'
            f'<div class="card-bottom"><span class="chips">{self._chips(key, visit)}</span>'
            f"{self._button(key, visit, name)}</div>\n</li>\n"
        )

    def _chips(self, key: str, visit: Entry) -> str:
        found = "".join(f"{self._words['alert']}{escape(text)}</span>" for text in visit.alerts)
        if visit.status == Status.CONFIRMED:
            found += self._words["confirmed"]
        if key == "expected" and visit.wants_out:
            found += self._words["wish"]
        if key == "expected" and visit.reply:
            told = escape(str(Reply(visit.reply).label))
            found += (
                f'<span class="reply reply-{visit.reply}" title="{self._words["answered"]}">'
                f'<span class="icon icon-envelope" aria-hidden="true"></span>{told}</span>'
            )
        return found + self.marks.get(visit.uid, "")

    def _button(self, key: str, visit: Entry, name: str) -> str:
        if "book" not in self.abilities:
            return ""
        if key in {"expected", "waiting"}:
            step, status = ("check in", "arrived") if key == "expected" else ("to chair", "in_chair")
            where = self._step % visit.pk
            return (
                f'<form method="post" action="{where}" hx-post="{where}" hx-swap="none" hx-target="this" '
                f'hx-sync="this:drop"><input type="hidden" name="from" value="board">'
                f'<input type="hidden" name="seen" value="{visit.status}">'
                f'<button class="btn btn-small btn-soft" id="next-{visit.pk}" name="status" value="{status}" '
                f'aria-label="{self._words[f"{step} of"] % {"name": name}}">{self._words[step]}</button></form>'
            )
        if "checkout" not in self.abilities:
            return ""
        look = "btn-soft" if key == "in-chair" else "btn-quiet"
        return (
            f'<a class="btn btn-small {look}" id="next-{visit.pk}" href="{self._pay % visit.pk}" '
            f'aria-label="{self._words["check out of"] % {"name": name}}">{self._words["check out"]}</a>'
        )


def _empty(lane: Lane) -> str:
    return f'<li class="lane-empty">{escape(str(lane.empty))}</li>'


def _waits(key: str, visit: Entry) -> str:
    """Return the place where the page counts the minutes of waiting, or in the chair."""
    since, late = {
        "waiting": (visit.arrived_at, f' data-late="{LATE}"'),
        "in-chair": (visit.in_chair_at, ""),
    }.get(key, (None, ""))
    return f'<span class="wait num" data-since="{since.isoformat()}"{late}>–</span>' if since else ""


def _status(status: Status) -> str:
    return (
        f'<span class="status status-{status.value}"><span class="icon status-shape" aria-hidden="true"></span>'
        f'<span class="status-word">{escape(str(status.label))}</span></span>'
    )


def _wish() -> str:
    return (
        f'<span class="wish" title="{escape(_("Answered through the link in a reminder"))}">'
        f"{_WARNING}{escape(_('Wants to cancel'))}</span>"
    )
