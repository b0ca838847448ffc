"""Who and what can be booked at a branch, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.practice.clock import wall_stretches
from clinic.practice.keeping import Kept
from clinic.practice.models import Branch, Chair, Closure
from clinic.practice.queries import Hours
from clinic.rota.models import Absence, Opening, Pattern
from clinic.rota.stretches import DAY, Stretches, both, merged, without
from clinic.rota.words import listed, on_the_wall, sentence
from clinic.staff.models import Practitioner

# ("branch", id), ("practitioner", id) or ("chair", id), and the stretches of each weekday (Monday is 0).
Owner = tuple[str, int]
Week = dict[int, Stretches]
Patterns = dict[Owner, list[tuple[date, Week | None]]]

KEPT_DAYS = 250
"""A rota of more days is read anew each time: nobody asks for it twice in a row."""
KEPT = 32


@dataclass(frozen=True)
class Effect:
    """What differs on one day from the week: `why` says why it is closed, and is empty for what is open."""

    entered: datetime
    start: int
    end: int
    why: str = ""


@dataclass
class Rota:
    """Who and what can be booked at a branch from the day `first` to the day `last`.

    What was entered last counts: leave closes an opening that was there before, an opening entered later opens again.
    Every answer is an `Hours`; a day outside of the rota raises `ValueError`.
    """

    branch: Branch
    first: date
    last: date
    patterns: Patterns
    closures: list[Closure]
    absences: dict[Owner, list[Absence]]
    openings: dict[Owner, list[Opening]]
    _known: dict[tuple[str | None, Owner, date], Hours] = field(default_factory=dict)
    _open: dict[tuple[Owner, date], Stretches] = field(default_factory=dict)

    @classmethod
    def of(cls, branch: Branch, first: date, last: date, *, stamp: str | None = None) -> Rota:
        """Return the rota of a branch: in one query while nothing has changed, else in five.

        Whole months are kept by the process, until anything changes; `stamp` is the one in force if it is known.
        """
        begin, end = first.replace(day=1), _end_of_month(last)
        if (end - begin).days > KEPT_DAYS:
            return _read(branch, first, last)
        return replace(_kept.get(branch.pk, begin, end, stamp=stamp), branch=branch, first=first, last=last)

    def branch_on(self, day: date) -> Hours:
        """Return when the branch itself is open: its week, without closures, with one-off openings."""
        return self._look_up(("branch", self.branch.pk), day)

    def practitioner_on(self, practitioner_id: int, day: date) -> Hours:
        """Return when a practitioner can be booked here.

        That is while the branch is open and their own week, if they keep one here, has them in; without leave, and
        with their own one-off openings, which the branch need not be open for.
        """
        return self._look_up(("practitioner", practitioner_id), day)

    def chair_on(self, chair_id: int, day: date) -> Hours:
        """Return when a chair can be used: like a practitioner, and whenever one has a one-off opening of their own."""
        return self._look_up(("chair", chair_id), day)

    def stretches(self, owner: Owner, day: date) -> Stretches:
        """Return when an owner is open on a day, without the reasons: for whoever asks for many days of many."""
        if (owner, day) not in self._open:
            self._open[owner, day] = self._look_up(owner, day).stretches
        return self._open[owner, day]

    def _look_up(self, owner: Owner, day: date) -> Hours:
        if not self.first <= day <= self.last:
            raise ValueError(f"This rota is of {self.first} to {self.last}, not of {day}.")
        # With its reasons, in words.
        key = (get_language(), owner, day)
        if key not in self._known:
            self._known[key] = self._branch(day) if owner[0] == "branch" else self._own(owner, day)
        return self._known[key]

    def _branch(self, day: date) -> Hours:
        owner = ("branch", self.branch.pk)
        week = self.week_of(owner, day)
        stretches = [] if week is None else week.get(day.weekday(), [])
        closed = _("No opening hours yet") if week is None else _closed_on(day)
        effects = [
            Effect(closure.made_at, 0, DAY, closure.reason)
            for closure in self.closures
            if closure.first_day <= day <= closure.last_day
        ]
        return _hours(stretches, effects + self._opened(owner, day), closed)

    def _own(self, owner: Owner, day: date) -> Hours:
        branch = self.branch_on(day)
        house = branch.stretches if owner[0] == "practitioner" else self._house(day)
        week = self.week_of(owner, day)
        stretches = house if week is None else both(house, week.get(day.weekday(), []))
        closed = branch.closed_because or _not_in_on(day, owner[0])
        effects = [
            Effect(absence.made_at, *span, on_the_wall(absence, day))
            for absence in self.absences.get(owner, [])
            if (span := _on_day(absence, day))
        ]
        return _hours(stretches, effects + self._opened(owner, day), closed, branch.away)

    def _house(self, day: date) -> Stretches:
        """Return when anybody works: while the branch is open, and in practitioners' own openings."""
        here = {
            owner
            for owner, openings in self.openings.items()
            if owner[0] == "practitioner" and any(opening.day == day for opening in openings)
        }
        theirs = [stretch for owner in here for stretch in self._look_up(owner, day).stretches]
        return merged([*self.branch_on(day).stretches, *theirs])

    def week_of(self, owner: Owner, day: date) -> Week | None:
        """Return the week that is in force for an owner on a day, or None for one who keeps the branch's."""
        begun = [week for begins, week in self.patterns.get(owner, []) if begins <= day]
        return begun[-1] if begun else None

    def _opened(self, owner: Owner, day: date) -> list[Effect]:
        found = [opening for opening in self.openings.get(owner, []) if opening.day == day]
        return [Effect(opening.made_at, opening.starts, opening.ends) for opening in found]

    def covers(self, practitioner_id: int, chair_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether a visit of these is within the hours of both."""
        return all(
            self.practitioner_on(practitioner_id, day).covers(start, end)
            and self.chair_on(chair_id, day).covers(start, end)
            for day, start, end in wall_stretches(self.branch.zone, starts_at, ends_at)
        )

    def why_not(self, practitioner: Practitioner, chair: Chair | None, starts_at: datetime, ends_at: datetime) -> str:
        """Return why a visit of these is outside of the hours, as a sentence without its full stop, or nothing."""
        for day, start, end in wall_stretches(self.branch.zone, starts_at, ends_at):
            if not self.practitioner_on(practitioner.pk, day).covers(start, end):
                return self._why_not(("practitioner", practitioner.pk), str(practitioner), day, start, end)
            if chair and not self.chair_on(chair.pk, day).covers(start, end):
                return self._why_not(("chair", chair.pk), chair.name, day, start, end)
        return ""

    def fit(self, chair_id: int, starts_at: datetime, ends_at: datetime) -> int:
        """Return how well a chair fits a time: 0 within its hours, 1 outside of them, 2 while it is out of service."""
        spans = wall_stretches(self.branch.zone, starts_at, ends_at)
        if any(self._absence(("chair", chair_id), *span) for span in spans):
            return 2
        return int(not all(self.chair_on(chair_id, day).covers(start, end) for day, start, end in spans))

    def _absence(self, owner: Owner, day: date, start: int, end: int) -> Absence | None:
        for absence in self.absences.get(owner, []):
            span = _on_day(absence, day)
            if span and span[0] < end and start < span[1]:
                return absence
        return None

    def _why_not(self, owner: Owner, who: str, day: date, start: int, end: int) -> str:
        if absence := self._absence(owner, day, start, end):
            return sentence(absence, who)
        branch, own = self.branch_on(day), self._look_up(owner, day)
        if not branch.covers(start, end):
            return branch.closed_because or _("The branch is not open for all of that time")
        if own.stretches:
            return _("%(who)s can be booked from %(hours)s on that day") % {"who": who, "hours": listed(own.stretches)}
        return f"{who}: {own.closed_because}"


def _read(branch: Branch, first: date, last: date) -> Rota:
    """Read the rota of a branch in four queries, however many days and people there are."""
    closures = Closure.objects.filter(branch=branch, first_day__lte=last, last_day__gte=first)
    theirs = Q(chair__branch=branch) | Q(practitioner__isnull=False)
    absences = Absence.objects.filter(theirs, first_day__lte=last, last_day__gte=first)
    openings = Opening.objects.filter(branch=branch, day__range=(first, last))
    weeks = _patterns(branch, last)
    return Rota(branch, first, last, weeks, list(closures), _by_owner(absences), _by_owner(openings))


def _read_kept(branch: int, first: date, last: date) -> Rota:
    return _read(Branch(pk=branch), first, last)


_kept = Kept(_read_kept, KEPT)


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _hours(stretches: Stretches, effects: list[Effect], closed: str, inherited: Iterable = ()) -> Hours:
    """Return the hours of a day after everything that differs, in the order in which it was entered."""
    away: list[tuple[int, int, str]] = []
    for effect in sorted(effects, key=lambda effect: effect.entered):
        span = (effect.start, effect.end)
        if effect.why:
            stretches = without(stretches, [span])
            away.append((*span, effect.why))
        else:
            stretches = merged([*stretches, span])
    reasons = [
        (start, end, why)
        for first, last, why in sorted([*away, *inherited])
        for start, end in without([(first, last)], stretches)
    ]
    if not stretches:
        closed = away[0][2] if away else closed
    return Hours(stretches, "" if stretches else closed, reasons)


def _on_day(absence: Absence, day: date) -> tuple[int, int] | None:
    """Return the minutes of a day that an absence takes, if it takes any."""
    if not absence.first_day <= day <= absence.last_day:
        return None
    start = absence.starts if absence.first_day == day else 0
    end = absence.ends if absence.last_day == day else DAY
    return start, end


def _patterns(branch: Branch, last: date) -> Patterns:
    """Return the weeks of everybody at a branch that begin by `last`, in that order; None is the branch's week."""
    rows = Pattern.objects.filter(branch=branch, begins__lte=last).order_by("begins", "stretches__starts")
    columns = ("practitioner_id", "chair_id", "begins", "as_branch")
    columns += ("stretches__weekday", "stretches__starts", "stretches__ends")
    weeks: dict[tuple[Owner, date], Week | None] = {}
    for practitioner, chair, begins, as_branch, weekday, start, end in rows.values_list(*columns):
        week = weeks.setdefault((_owner(practitioner, chair, branch.pk), begins), None if as_branch else {})
        # A week without stretches comes as a row without a weekday.
        if week is not None and weekday is not None:
            week[weekday] = merged([*week.get(weekday, []), (start, end)])
    result = defaultdict(list)
    for (owner, begins), week in weeks.items():
        result[owner].append((begins, week))
    return dict(result)


def _by_owner(rows: Iterable) -> dict[Owner, list]:
    result = defaultdict(list)
    for row in rows:
        result[_owner(row.practitioner_id, row.chair_id, getattr(row, "branch_id", 0))].append(row)
    return dict(result)


def _owner(practitioner: int | None, chair: int | None, branch: int) -> Owner:
    if practitioner:
        return "practitioner", practitioner
    return ("chair", chair) if chair else ("branch", branch)


def _closed_on(day: date) -> str:
    return _("Closed on %(weekday)s") % {"weekday": WEEKDAYS[day.weekday()]}


def _not_in_on(day: date, kind: str) -> str:
    weekday = {"weekday": WEEKDAYS[day.weekday()]}
    return (_("Not in on %(weekday)s") if kind == "practitioner" else _("Not in use on %(weekday)s")) % weekday
