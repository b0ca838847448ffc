"""What the page of the hours shows, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic.practice.clock import FIRST_DAY
from clinic.rota.models import Absence, Weekday
from clinic.rota.queries import Owner, Rota, Week
from clinic.rota.stretches import DAY
from clinic.rota.words import at_the_desk, clock


@dataclass(frozen=True)
class WeekRow:
    """A week of somebody: `days` holds a day's stretches as they are read; None stands for the branch's week."""

    who: str
    name: str
    kind: str
    begins: date | None
    is_later: bool
    days: list[list[str]] | None


@dataclass(frozen=True)
class Entry:
    """Something that differs from the week; `times` is empty for whole days."""

    first: date
    last: date
    who: str
    what: str
    times: str
    note: str
    remove: str
    change: str = ""


def weeks_of(rota: Rota, owners: dict[Owner, str], today: date) -> list[WeekRow]:
    """Return the week in force of each owner, followed by those that they will keep later."""
    rows = []
    for owner, name in owners.items():
        known = rota.patterns.get(owner, [])
        now = [one for one in known if one[0] <= today][-1:] or [(FIRST_DAY, None)]
        later = [one for one in known if one[0] > today]
        rows += [_week_row(owner, name, begins, week, begins > today) for begins, week in now + later]
    return rows


def _week_row(owner: Owner, name: str, begins: date, week: Week | None, is_later: bool) -> WeekRow:
    kind, pk = owner
    days = [_read_out(week.get(weekday, [])) for weekday in Weekday.values] if week is not None else None
    if kind == "branch" and week is None:
        days = [[] for _weekday in Weekday.values]
    return WeekRow(f"{kind}-{pk}", name, kind, begins if begins > FIRST_DAY else None, is_later, days)


def _read_out(stretches: list[tuple[int, int]]) -> list[str]:
    return [f"{clock(start)}–{clock(end)}" for start, end in stretches]


def entries_of(rota: Rota, owners: dict[Owner, str], *, discreet: bool) -> list[Entry]:
    """Return what differs from the weeks from the rota's first day on, sorted by day.

    `discreet` leaves out what is for those who manage the hours: that somebody is ill, and the notes.
    """
    branch = owners[("branch", rota.branch.pk)]
    entries = [
        Entry(
            one.first_day,
            one.last_day,
            branch,
            pgettext("the branch", "Closed"),
            "",
            one.reason,
            _remove("closure", one.pk),
        )
        for one in rota.closures
    ]
    entries += [
        _absence(one, owners[owner], discreet)
        for owner, found in rota.absences.items()
        if owner in owners
        for one in found
    ]
    entries += [
        Entry(
            one.day,
            one.day,
            owners[owner],
            _("Opens once"),
            _span(one.starts, one.ends),
            one.reason,
            _remove("opening", one.pk),
        )
        for owner, found in rota.openings.items()
        if owner in owners
        for one in found
    ]
    return sorted(entries, key=lambda entry: (entry.first, entry.last, entry.who))


def _absence(away: Absence, who: str, discreet: bool) -> Entry:
    times = "" if (away.starts, away.ends) == (0, DAY) else _span(away.starts, away.ends)
    remove, change = _remove("leave", away.pk), reverse("hours:change_leave", args=[away.pk])
    what, note = (at_the_desk(away), "") if discreet else (away.get_kind_display(), away.note)
    return Entry(away.first_day, away.last_day, who, what, times, note, remove, change)


def _span(start: int, end: int) -> str:
    return f"{clock(start)}–{clock(end)}"


def _remove(what: str, pk: int) -> str:
    return reverse(f"hours:remove_{what}", args=[pk])
