"""Stretches are minutes of the wall clock: in twelve zones, and in the weeks in which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.practice.clock import NoSuchTime, TwoSuchTimes, moment, moments, wall_stretches
from clinic.practice.models import Branch
from clinic.rota.models import Absence, Opening
from clinic.rota.queries import Rota
from clinic.rota.stretches import DAY, both, merged, without
from clinic.rota.words import read_stretches, write_stretches
from clinic.staff.models import Practitioner

# Half hours, quarters, a change of half an hour, changes at midnight, both hemispheres, and places without any change.
ZONES = [
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]


def _changes(zone: ZoneInfo) -> list[date]:
    """Return the days from 2026 to 2035 on which the clocks of a zone change."""
    days = (date(2026, 1, 1) + timedelta(days=offset) for offset in range(3650))
    at = [datetime.combine(day, time(), UTC) for day in days]
    return [one.date() for one in at if _offset(one, zone) != _offset(one + timedelta(days=1), zone)]


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


# A week around each change; for places without one, any weeks will do.
WEEKS = {name: _changes(ZoneInfo(name)) or [date(2026, 3, 29), date(2030, 10, 27)] for name in ZONES}

minutes = st.integers(0, DAY)
stretches = st.lists(st.tuples(minutes, minutes), max_size=4).map(merged)


@st.composite
def spans(draw):
    """A zone, and a visit of up to twelve hours in a week in which its clocks change."""
    name = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(WEEKS[name])) + timedelta(days=draw(st.integers(-3, 3)))
    start = datetime.combine(day, time(), UTC) + timedelta(minutes=draw(st.integers(0, DAY - 1)))
    return ZoneInfo(name), start, start + timedelta(minutes=draw(st.integers(1, 12 * 60)))


def test_most_of_the_zones_change_their_clocks():
    assert sum(len(_changes(ZoneInfo(name))) == 20 for name in ZONES) >= 9


@settings(deadline=None)
@given(spans())
def test_the_wall_shows_exactly_the_minutes_that_pass(span):
    zone, start, end = span
    passing = {
        ((local := (start + timedelta(minutes=minute)).astimezone(zone)).date(), local.hour * 60 + local.minute)
        for minute in range((end - start) // timedelta(minutes=1))
    }
    found = wall_stretches(zone, start, end)
    assert {(day, minute) for day, since, until in found for minute in range(since, until)} == passing
    assert all(0 <= since < until <= DAY for _, since, until in found)
    assert found == sorted(found)


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.data(), stretches)
def test_the_moments_of_a_stretch_are_all_in_which_the_wall_shows_it(name, data, wanted):
    zone = ZoneInfo(name)
    day = data.draw(st.sampled_from(WEEKS[name])) + timedelta(days=data.draw(st.integers(-1, 1)))
    around = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    passing = [around + timedelta(minutes=minute) for minute in range(54 * 60)]
    meant = {
        at
        for at in passing
        if (local := at.astimezone(zone)).date() == day
        and any(since <= local.hour * 60 + local.minute < until for since, until in wanted)
    }
    found = moments(zone, day, wanted)
    assert {at for at in passing if any(since <= at < until for since, until in found)} == meant
    assert all(one[1] < other[0] for one, other in pairwise(found))


def _rota(zone: ZoneInfo, day: date, week: list, away: list, once: list) -> Rota:
    """Return the rota of one practitioner around a day, with stretches for each weekday, leave and openings."""
    branch, owner = Branch(pk=1, time_zone=zone.key), ("practitioner", 7)
    first, last = day - timedelta(days=2), day + timedelta(days=2)
    every_day = dict.fromkeys(range(7), week)
    absences = [Absence(practitioner_id=7, first_day=day, last_day=day, starts=a, ends=b) for a, b in away]
    openings = [Opening(branch=branch, practitioner_id=7, day=day, starts=a, ends=b) for a, b in once]
    patterns = {("branch", 1): [(date(1900, 1, 1), every_day)]}
    return Rota(branch, first, last, patterns, [], {owner: absences}, {owner: openings})


@settings(deadline=None)
@given(spans(), stretches, stretches, stretches)
def test_a_visit_is_within_the_hours_if_every_minute_of_it_is(span, week, away, once):
    zone, start, end = span
    day = start.astimezone(zone).date()
    rota = _rota(zone, day, week, away, once)
    shown = wall_stretches(zone, start, end)
    inside = all(
        any(since <= minute < until for since, until in rota.practitioner_on(7, day).stretches)
        for day, first, last in shown
        for minute in range(first, last)
    )
    practitioner = Practitioner(pk=7, name="Dr Okafor")
    assert bool(rota.why_not(practitioner, None, start, end)) != inside


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.data(), stretches, stretches, stretches)
def test_every_minute_of_a_stretch_is_shown_by_the_wall_unless_the_clocks_skip_it(name, data, week, away, once):
    zone = ZoneInfo(name)
    day = data.draw(st.sampled_from(WEEKS[name]))
    rota = _rota(zone, day, week, away, once)
    open_then = rota.practitioner_on(7, day)
    assert open_then.stretches == merged(without(week, away) + once)
    assert not both(open_then.stretches, [(since, until) for since, until, _ in open_then.away])
    start, end = Branch(time_zone=name).day(day)
    shown = {
        minute for on, since, until in wall_stretches(zone, start, end) if on == day for minute in range(since, until)
    }
    for since, until in open_then.stretches:
        for minute in range(since, until):
            try:
                at = moment(zone, day, time(*divmod(minute, 60)), fold=0).astimezone(zone)
            except NoSuchTime:
                assert minute not in shown
            else:
                assert minute in shown
                assert (at.date(), at.hour * 60 + at.minute) == (day, minute)


@settings(deadline=None)
@given(spans())
def test_minutes_added_to_a_moment_are_minutes_that_pass(span):
    zone, start, _end = span
    local = start.astimezone(zone)
    try:
        at = moment(zone, local.date(), local.time())
    except TwoSuchTimes:
        at = moment(zone, local.date(), local.time(), local.fold)
    assert at == start
    assert (at + timedelta(hours=3)) - start == timedelta(hours=3)


@settings(deadline=None)
@given(stretches)
def test_what_is_written_of_stretches_is_read_again_as_the_same(some):
    assert read_stretches(write_stretches(some)) == some


@settings(deadline=None)
@given(stretches, stretches)
def test_cutting_and_joining_agree_minute_by_minute(one, other):
    def minutes_of(some):
        return {minute for start, end in some for minute in range(start, end)}

    assert minutes_of(both(one, other)) == minutes_of(one) & minutes_of(other)
    assert minutes_of(without(one, other)) == minutes_of(one) - minutes_of(other)
    assert minutes_of(merged([*one, *other])) == minutes_of(one) | minutes_of(other)


@pytest.mark.parametrize(
    "typed", ["8:30-13, 14-17:30", "08.30–13; 14h — 17:30", "8:30 to 13:00\n14 TO 17:30", "٨:٣٠-١٣، ١٤-١٧:٣٠"]
)
def test_hours_are_read_as_people_write_them(typed):
    assert read_stretches(typed) == [(510, 780), (840, 1050)]
