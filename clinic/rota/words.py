"""How times of day and absences are put into words."""

from __future__ import annotations

import re
from datetime import date, time

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from clinic.rota.models import Absence
from clinic.rota.stretches import DAY, Stretches

Kind = Absence.Kind

# What everybody at the desk reads: that a colleague is ill is nobody's business there.
_ALL_DAY = {
    Kind.LEAVE: pgettext_lazy("absence", "Leave"),
    Kind.SICK: gettext_lazy("Away"),
    Kind.TRAINING: gettext_lazy("Training"),
    Kind.OTHER: gettext_lazy("Away"),
    Kind.OUT_OF_SERVICE: gettext_lazy("Out of service"),
}
_UNTIL = {
    Kind.LEAVE: gettext_lazy("Leave until %(until)s"),
    Kind.SICK: gettext_lazy("Away until %(until)s"),
    Kind.TRAINING: gettext_lazy("Training until %(until)s"),
    Kind.OTHER: gettext_lazy("Away until %(until)s"),
    Kind.OUT_OF_SERVICE: gettext_lazy("Out of service until %(until)s"),
}
_SENTENCE = {
    Kind.LEAVE: gettext_lazy("%(who)s is on leave until %(until)s"),
    Kind.SICK: gettext_lazy("%(who)s is away until %(until)s"),
    Kind.TRAINING: gettext_lazy("%(who)s is in training until %(until)s"),
    Kind.OTHER: gettext_lazy("%(who)s is away until %(until)s"),
    Kind.OUT_OF_SERVICE: gettext_lazy("%(who)s is out of service until %(until)s"),
}


def clock(minute: int) -> str:
    """Return a minute of the day as a clock shows it: 08:30, and 24:00 for the midnight that ends the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


_TIME = r"(\d{1,2})(?:h|[:.h](\d{2}))?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|–|—|to)\s*{_TIME}", re.IGNORECASE)


def read_stretches(text: str) -> Stretches:
    """Return what somebody typed for the hours of a day: "8:30-13, 14-17:30" says that there is a break at one.

    Raises `ValueError`, with what to do about it, for what cannot be read, runs backwards or overlaps.
    """
    found: Stretches = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;،\n]", text))):
        match = _SPAN.fullmatch(part)
        start, end = (_read(*match.group(first, first + 1)) for first in (1, 3)) if match else (None, None)
        if start is None or end is None:
            raise ValueError(_("“%(part)s” is not understood. Write hours like 8:30-13, 14-17:30.") % {"part": part})
        if end <= start:
            raise ValueError(_("“%(part)s” ends before it begins. Write the earlier time first.") % {"part": part})
        if any(start < until and since < end for since, until in found):
            raise ValueError(_("“%(part)s” overlaps the hours beside it. Leave a gap for a break.") % {"part": part})
        found.append((start, end))
    return sorted(found)


def _read(hour: str, minute: str | None) -> int | None:
    """Return the minute of the day, or None if no clock shows that time."""
    at = int(hour) * 60 + int(minute or 0)
    return at if at <= DAY and int(minute or 0) < 60 else None


def write_stretches(stretches: Stretches) -> str:
    """Return stretches as `read_stretches` takes them."""
    return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in stretches)


def minute_of(at: time) -> int:
    """Return the minute of the day at a time; midnight is the beginning of the day."""
    return at.hour * 60 + at.minute


def short_day(day: date) -> str:
    """Return a day as it is written where there is little room: 27 Nov."""
    return date_format(day, "j M")


def until(absence: Absence) -> str:
    """Return until when somebody is away: the last day, with the time if they come back during it."""
    last = short_day(absence.last_day)
    return last if absence.ends == DAY else f"{last}, {clock(absence.ends)}"


def on_the_wall(absence: Absence, day: date) -> str:
    """Return what a column of `day` says of an absence: "Leave until 27 Nov"."""
    kind = Kind(absence.kind)
    if absence.last_day == day and absence.ends < DAY:
        return _UNTIL[kind] % {"until": clock(absence.ends)}
    if absence.first_day == absence.last_day:
        return str(_ALL_DAY[kind])
    return _UNTIL[kind] % {"until": until(absence)}


def at_the_desk(absence: Absence) -> str:
    """Return why somebody is away as far as everybody may know."""
    return str(_ALL_DAY[Kind(absence.kind)])


def sentence(absence: Absence, who: str) -> str:
    """Return a sentence, without its full stop, that says who is away until when."""
    return _SENTENCE[Kind(absence.kind)] % {"who": who, "until": until(absence)}


def listed(stretches: list[tuple[int, int]]) -> str:
    """Return stretches of a day as they are read out: "08:30 to 13:00 and 14:00 to 17:30"."""
    spans = [_("%(start)s to %(end)s") % {"start": clock(start), "end": clock(end)} for start, end in stretches]
    told = spans[0] if spans else ""
    for span in spans[1:]:
        told = _("%(earlier)s and %(later)s") % {"earlier": told, "later": span}
    return told
