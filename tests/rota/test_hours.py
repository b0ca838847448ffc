"""Who can be booked when: the week, what differs from it, and what was entered last."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.demo.factories import (
    AbsenceFactory,
    ChairFactory,
    ClosureFactory,
    OpeningFactory,
    OpeningHoursFactory,
    PractitionerFactory,
)
from clinic.practice.clock import FIRST_DAY
from clinic.rota.models import Absence, Pattern
from clinic.rota.queries import Rota
from tests.desk.practice import TUESDAY

SATURDAY = TUESDAY + timedelta(days=4)
BOTH = [(480, 720), (780, 1020)]


@pytest.fixture
def rota(practice):
    """A function that reads the rota of the fixed Tuesday's week anew."""
    return lambda: Rota.of(practice.branch, TUESDAY, TUESDAY + timedelta(days=6))


def theirs(rota, practice, day=TUESDAY):
    return rota().practitioner_on(practice.okafor.pk, day)


def test_whoever_keeps_no_hours_of_their_own_keeps_the_branchs(practice, rota):
    assert rota().branch_on(TUESDAY).stretches == BOTH
    assert theirs(rota, practice).stretches == BOTH
    assert rota().chair_on(practice.chairs[0].pk, TUESDAY).stretches == BOTH


def test_a_branch_without_hours_says_so_and_a_closed_weekday_too(practice, rota):
    assert Rota.of(practice.elsewhere, TUESDAY, TUESDAY).branch_on(TUESDAY).closed_because == "No opening hours yet"
    assert rota().branch_on(SATURDAY).closed_because == "Closed on Saturday"
    assert theirs(rota, practice, SATURDAY).closed_because == "Closed on Saturday"


def test_ones_own_week_is_cut_with_the_branchs(practice, rota):
    OpeningHoursFactory(branch=practice.branch, practitioner=practice.okafor, weekday=1, opens=time(7), closes=time(14))
    assert theirs(rota, practice).stretches == [(480, 720), (780, 840)]
    wednesday = theirs(rota, practice, TUESDAY + timedelta(days=1))
    assert (wednesday.stretches, wednesday.closed_because) == ([], "Not in on Wednesday")


def test_a_week_holds_until_another_begins(practice, rota):
    mine = {"branch": practice.branch, "practitioner": practice.okafor}
    OpeningHoursFactory(**mine, weekday=1, opens=time(8), closes=time(10))
    OpeningHoursFactory(**mine, weekday=2, opens=time(8), closes=time(10))
    OpeningHoursFactory(**mine, begins=TUESDAY + timedelta(days=1), weekday=2, opens=time(9), closes=time(11))
    assert theirs(rota, practice).stretches == [(480, 600)]
    assert theirs(rota, practice, TUESDAY + timedelta(days=1)).stretches == [(540, 660)]


def test_a_week_without_a_stretch_says_never(practice, rota):
    Pattern.objects.create(branch=practice.branch, practitioner=practice.okafor)
    assert theirs(rota, practice).stretches == []


def test_hours_are_kept_by_practitioner_and_branch(practice, rota):
    OpeningHoursFactory(branch=practice.elsewhere, practitioner=practice.okafor, weekday=1)
    assert theirs(rota, practice).stretches == BOTH


def test_a_closure_closes_everybody_and_an_opening_entered_later_opens_again(practice, rota):
    ClosureFactory(branch=practice.branch, first_day=TUESDAY, last_day=TUESDAY, reason="Training day")
    assert (theirs(rota, practice).stretches, theirs(rota, practice).closed_because) == ([], "Training day")
    OpeningFactory(branch=practice.branch, day=TUESDAY, starts=540, ends=600)
    hours = theirs(rota, practice)
    assert hours.stretches == [(540, 600)]
    assert hours.away == [(0, 540, "Training day"), (600, 1440, "Training day")]


def test_leave_takes_a_practitioner_away_at_every_branch_and_nobody_else(practice, rota):
    until = TUESDAY + timedelta(days=2)
    AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY - timedelta(days=9), last_day=until)
    hours = theirs(rota, practice)
    assert (hours.stretches, hours.closed_because) == ([], "Leave until 17 Jan")
    assert theirs(rota, practice, until + timedelta(days=1)).stretches == BOTH
    assert rota().practitioner_on(practice.lindqvist.pk, TUESDAY).stretches == BOTH
    OpeningHoursFactory(branch=practice.elsewhere, weekday=1)
    there = Rota.of(practice.elsewhere, TUESDAY, TUESDAY)
    assert there.practitioner_on(practice.okafor.pk, TUESDAY).closed_because == "Leave until 17 Jan"


def test_leave_may_begin_and_end_within_a_day(practice, rota):
    AbsenceFactory(practitioner=practice.okafor, kind="training", first_day=TUESDAY, starts=600, ends=840)
    hours = theirs(rota, practice)
    assert hours.stretches == [(480, 600), (840, 1020)]
    assert hours.away == [(600, 840, "Training until 14:00")]


def test_at_the_desk_nobody_reads_that_a_colleague_is_ill(practice, rota):
    AbsenceFactory(practitioner=practice.okafor, kind="sick", first_day=TUESDAY, note="Shingles")
    hours = theirs(rota, practice)
    assert hours.closed_because == "Away"
    assert "sick" not in str(hours).lower()
    assert "Shingles" not in str(hours)


def test_an_opening_of_a_practitioner_opens_their_column_and_the_chairs_on_a_closed_day(practice, rota):
    OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=SATURDAY, starts=540, ends=720)
    assert theirs(rota, practice, SATURDAY).stretches == [(540, 720)]
    assert rota().chair_on(practice.chairs[0].pk, SATURDAY).stretches == [(540, 720)]
    assert rota().practitioner_on(practice.lindqvist.pk, SATURDAY).stretches == []
    assert rota().branch_on(SATURDAY).stretches == []


def test_an_opening_of_the_branch_is_for_those_who_keep_its_hours(practice, rota):
    OpeningHoursFactory(branch=practice.branch, practitioner=practice.okafor, weekday=1)
    OpeningFactory(branch=practice.branch, day=SATURDAY)
    assert theirs(rota, practice, SATURDAY).stretches == []
    assert rota().practitioner_on(practice.lindqvist.pk, SATURDAY).stretches == [(540, 720)]


def test_what_was_entered_last_counts(practice, rota):
    OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=SATURDAY, starts=540, ends=720)
    AbsenceFactory(practitioner=practice.okafor, first_day=SATURDAY, starts=600)
    assert theirs(rota, practice, SATURDAY).stretches == [(540, 600)]
    OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=SATURDAY, starts=660, ends=690)
    assert theirs(rota, practice, SATURDAY).stretches == [(540, 600), (660, 690)]


def test_a_chair_is_out_of_service(practice, rota):
    chair = practice.chairs[0]
    AbsenceFactory(practitioner=None, chair=chair, kind="out", first_day=TUESDAY, last_day=SATURDAY)
    assert rota().chair_on(chair.pk, TUESDAY).closed_because == "Out of service until 19 Jan"
    assert rota().chair_on(practice.chairs[1].pk, TUESDAY).stretches == BOTH


def test_a_day_outside_of_the_rota_is_refused_and_not_taken_for_a_closed_one(practice, rota):
    with pytest.raises(ValueError, match="not of 2030-02-01"):
        rota().branch_on(date(2030, 2, 1))


def test_the_rota_takes_five_queries_however_many_days_and_people_there_are(practice, django_assert_num_queries):
    for number in range(8):
        practitioner = PractitionerFactory(branches=[practice.branch])
        OpeningHoursFactory(branch=practice.branch, practitioner=practitioner, weekday=number % 7)
        OpeningHoursFactory(branch=practice.branch, chair=ChairFactory(branch=practice.branch), weekday=number % 7)
        AbsenceFactory(practitioner=practitioner, first_day=TUESDAY + timedelta(days=number))
        OpeningFactory(branch=practice.branch, practitioner=practitioner, day=TUESDAY + timedelta(days=number))
    with django_assert_num_queries(5):
        rota = Rota.of(practice.branch, TUESDAY, TUESDAY + timedelta(days=60))
        for offset in range(60):
            for one in (practice.okafor.pk, practitioner.pk):
                rota.practitioner_on(one, TUESDAY + timedelta(days=offset))
            rota.chair_on(practice.chairs[0].pk, TUESDAY + timedelta(days=offset))


def _refused(name):
    return pytest.raises(IntegrityError, match=name)


def test_the_database_refuses_what_runs_backwards_or_belongs_to_two(practice):
    nothing = {"practitioner": None, "chair": None}
    for name, make in {
        "stretch_in_order": lambda: OpeningHoursFactory(opens=time(17), closes=time(9)),
        "absence_in_order": lambda: AbsenceFactory(first_day=TUESDAY, last_day=TUESDAY - timedelta(days=1)),
        "absence_of_one": lambda: Absence.objects.create(**nothing, first_day=TUESDAY, last_day=TUESDAY),
        "opening_in_order": lambda: OpeningFactory(starts=600, ends=600),
        "opening_of_one": lambda: OpeningFactory(practitioner=practice.okafor, chair=practice.chairs[0]),
        "pattern_of_one": lambda: Pattern.objects.create(
            branch=practice.branch, practitioner=practice.okafor, chair=practice.chairs[0]
        ),
    }.items():
        with _refused(name), transaction.atomic():
            make()


@pytest.mark.parametrize("who", [{}, {"practitioner": True}, {"chair": True}])
def test_two_weeks_of_one_owner_do_not_begin_on_one_day(practice, who):
    owner = {"practitioner": practice.okafor} if "practitioner" in who else {}
    owner |= {"chair": practice.chairs[0]} if "chair" in who else {}
    Pattern.objects.get_or_create(
        branch=practice.branch, begins=FIRST_DAY, **({"practitioner": None, "chair": None} | owner)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Pattern.objects.create(branch=practice.branch, begins=FIRST_DAY, **owner)
