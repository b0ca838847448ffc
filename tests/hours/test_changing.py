"""Changing hours: by a manager, after whoever it would strand was listed."""

import re
from datetime import date, timedelta

import pytest

from clinic.appointments import actions
from clinic.demo.factories import AppointmentFactory, ChairFactory, OpeningFactory, PatientFactory
from clinic.hours.models import Stranded
from clinic.practice.models import Closure
from clinic.rota.models import Absence, Opening, Pattern
from clinic.rota.queries import Rota
from clinic.staff.models import User
from tests.desk.practice import TUESDAY

BOTH = "08:00-12:00, 13:00-17:00"


@pytest.fixture
def manager(practice):
    return practice.somebody(User.Role.MANAGER)


@pytest.fixture
def week(practice):
    """The form of a week as its page shows it: every weekday as the branch."""
    days = {f"day{weekday}": BOTH if weekday < 5 else "" for weekday in range(7)}
    return days | {"begins": "2030-01-01", "until": ""}


def leave(practice, **changed):
    return {
        "who": f"practitioner-{practice.okafor.pk}",
        "kind": "leave",
        "first_day": "2030-01-14",
        "last_day": "2030-01-18",
    } | changed


def seen_in(answer):
    return re.search(r'name="seen" value="(\w+)"', answer.content.decode()).group(1)


def hours(practice, day=TUESDAY):
    return Rota.of(practice.branch, day, day).practitioner_on(practice.okafor.pk, day).stretches


def test_the_page_shows_the_week_of_everybody(practice, manager):
    page = manager.get("/hours/").content.decode()
    for name in ("North", "Dr Okafor", "Dr Lindqvist", "Chair 1", "Chair 2"):
        assert name in page
    assert "08:00–12:00" in page
    assert page.count("As the branch") == 4
    assert "Nothing differs from the week." in page


def test_a_branch_without_hours_is_told_where_to_begin(practice):
    everywhere = practice.somebody(User.Role.MANAGER, branches=[practice.elsewhere])
    assert "South has no opening hours yet, so every day is closed." in everywhere.get("/hours/").content.decode()


def test_a_receptionist_reads_the_hours_and_no_illness(practice, manager, desk):
    manager.post("/hours/leave/", leave(practice, kind="sick", note="Shingles"))
    assert "Shingles" in manager.get("/hours/").content.decode()
    page = desk.get("/hours/").content.decode()
    assert "Away" in page
    assert "Shingles" not in page
    assert "Sick" not in page
    assert "/hours/week/" not in page


def test_a_week_with_breaks_begins_on_a_day(practice, manager, week):
    who = f"/hours/week/?who=practitioner-{practice.okafor.pk}"
    assert f'value="{BOTH}"' in manager.get(who).content.decode()
    answer = manager.post(who, week | {"day1": "8:30-10, 10.15-12, 13h-16", "begins": "2030-01-15"})
    assert answer.status_code == 302
    assert hours(practice) == [(510, 600), (615, 720), (780, 960)]
    assert hours(practice, TUESDAY - timedelta(days=7)) == [(480, 720), (780, 1020)]


def test_a_week_until_a_day_gives_way_to_what_was_before(practice, manager, week):
    who = f"/hours/week/?who=practitioner-{practice.okafor.pk}"
    manager.post(who, week | {"day1": "9-10", "begins": "2030-01-08", "until": "2030-01-20"})
    assert hours(practice) == [(540, 600)]
    assert hours(practice, TUESDAY + timedelta(days=7)) == [(480, 720), (780, 1020)]
    assert "from 21 Jan 2030" in manager.get("/hours/").content.decode()


def test_a_week_is_given_up_for_the_branchs(practice, manager, week):
    who = f"/hours/week/?who=practitioner-{practice.okafor.pk}"
    manager.post(who, week | {"day1": "9-10"})
    manager.post(who, week | {"as_branch": "on", "begins": "2030-01-10"})
    assert hours(practice, date(2030, 1, 8)) == [(540, 600)]
    assert hours(practice) == [(480, 720), (780, 1020)]


def test_a_week_can_be_removed_again(practice, manager, week):
    who = f"who=practitioner-{practice.okafor.pk}"
    manager.post(f"/hours/week/?{who}", week | {"day1": "9-10"})
    address = f"/hours/week/remove/?{who}&begins=2030-01-01"
    assert "The week of Dr Okafor" in manager.get(address).content.decode()
    assert manager.post(address).status_code == 302
    assert hours(practice) == [(480, 720), (780, 1020)]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("morning", "“morning” is not understood. Write hours like 8:30-13, 14-17:30."),
        ("8-25", "“8-25” is not understood."),
        ("8:70-9", "“8:70-9” is not understood."),
        ("17-9", "“17-9” ends before it begins."),
        ("8-12, 11-13", "“11-13” overlaps the hours beside it."),
    ],
)
def test_hours_that_cannot_be_read_say_what_to_write(practice, manager, week, typed, told):
    answer = manager.post(f"/hours/week/?who=branch-{practice.branch.pk}", week | {"day1": typed})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert typed in answer.content.decode()
    assert Pattern.objects.count() == 1


def test_a_branch_is_not_closed_for_good_by_an_empty_week(practice, manager, week):
    empty = {f"day{weekday}": "" for weekday in range(7)}
    answer = manager.post(f"/hours/week/?who=branch-{practice.branch.pk}", week | empty)
    assert "Say when the branch is open." in answer.content.decode()


@pytest.mark.parametrize("who", ["practitioner-0", "chair-999", "nobody", "practitioner-x", "branch-²", ""])
def test_a_week_of_nobody_is_not_found(practice, manager, who):
    assert manager.get("/hours/week/", {"who": who}).status_code == 404


def test_nothing_of_another_branch_can_be_changed(practice, manager, week):
    chair = ChairFactory(branch=practice.elsewhere)
    assert manager.post(f"/hours/week/?who=chair-{chair.pk}", week).status_code == 404
    assert manager.post(f"/hours/week/?who=branch-{practice.elsewhere.pk}", week).status_code == 404
    assert manager.post("/hours/leave/", leave(practice, who=f"chair-{chair.pk}", kind="out")).status_code == 422
    assert not Absence.objects.exists()


def test_leave_that_strands_nobody_is_saved_at_once(practice, manager):
    assert manager.post("/hours/leave/", leave(practice)).status_code == 302
    away = Absence.objects.get()
    assert (away.first_day, away.last_day, away.made_by.role) == (date(2030, 1, 14), date(2030, 1, 18), "manager")
    assert hours(practice) == []


def test_leave_is_prolonged_after_whoever_that_strands_was_listed(practice, manager):
    manager.post("/hours/leave/", leave(practice, last_day="2030-01-16", ends="12:00"))
    away = Absence.objects.get()
    visit = practice.visit(9, starts_at=practice.at(9, day=date(2030, 1, 17)))
    page = manager.get(f"/hours/leave/{away.pk}/").content.decode()
    assert 'value="2030-01-16"' in page
    assert 'value="12:00"' in page
    longer = manager.post(f"/hours/leave/{away.pk}/", leave(practice))
    assert f'href="/appointments/{visit.pk}/"' in longer.content.decode()
    assert Absence.objects.get().last_day == date(2030, 1, 16)
    assert manager.post(f"/hours/leave/{away.pk}/", leave(practice, seen=seen_in(longer))).status_code == 302
    assert Absence.objects.get().last_day == date(2030, 1, 18)
    assert f"/hours/leave/{Absence.objects.get().pk}/" in manager.get("/hours/").content.decode()


def test_leave_lists_whom_it_would_strand_and_is_saved_only_when_that_was_seen(practice, manager):
    visit = practice.visit(9)
    other = practice.visit(
        9, practitioner=practice.lindqvist, chair=practice.chairs[1], patient=PatientFactory(branch=practice.branch)
    )
    answer = manager.post("/hours/leave/", leave(practice))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This would strand 1 visit" in page
    assert f'href="/appointments/{visit.pk}/"' in page
    assert f'href="/appointments/{other.pk}/"' not in page
    assert "Dr Okafor is on leave until 18 Jan." in page
    assert "Save all the same" in page
    assert not Absence.objects.exists()
    assert not Stranded.objects.exists()
    assert manager.post("/hours/leave/", leave(practice, seen=seen_in(answer))).status_code == 302
    assert Absence.objects.count() == 1
    assert Stranded.objects.get().appointment == visit


def test_a_visit_booked_meanwhile_is_shown_before_anything_is_saved(practice, manager):
    practice.visit(9)
    first = manager.post("/hours/leave/", leave(practice))
    practice.visit(10)
    second = manager.post("/hours/leave/", leave(practice, seen=seen_in(first)))
    assert second.status_code == 422
    assert "This would strand 2 visits" in second.content.decode()
    assert not Absence.objects.exists()


def test_visits_that_are_over_given_up_or_were_outside_before_are_not_stranded(practice, manager):
    practice.visit(12, 15)
    cancelled = practice.visit(9)
    actions.advance(cancelled, "cancelled", reason="Ill")
    assert manager.post("/hours/leave/", leave(practice)).status_code == 302
    assert not Stranded.objects.exists()


def test_a_new_week_a_closure_and_a_lost_opening_strand_too(practice, manager, week):
    practice.visit(16)
    closed = {"first_day": "2030-01-15", "last_day": "", "reason": "Training day"}
    assert "Training day." in manager.post("/hours/closure/", closed).content.decode()
    shorter = manager.post(f"/hours/week/?who=branch-{practice.branch.pk}", week | {"day1": "8-15"})
    assert "This would strand 1 visit" in shorter.content.decode()
    assert not Closure.objects.exists()
    saturday = TUESDAY + timedelta(days=4)
    once = OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=saturday)
    practice.visit(9, starts_at=practice.at(9, day=saturday))
    lost = manager.post(f"/hours/opening/{once.pk}/remove/")
    assert "This would strand 1 visit" in lost.content.decode()
    assert Opening.objects.exists()
    assert manager.post(f"/hours/opening/{once.pk}/remove/", {"seen": seen_in(lost)}).status_code == 302
    assert not Opening.objects.exists()


def test_a_chair_out_of_service_strands_what_is_booked_on_it(practice, manager):
    practice.visit(9)
    out = leave(practice, who=f"chair-{practice.chairs[0].pk}", kind="out")
    assert "Chair 1 is out of service until 18 Jan." in manager.post("/hours/leave/", out).content.decode()


def test_leave_strands_at_other_branches_too_and_names_only_who_is_at_ones_own(practice, manager):
    from clinic.demo.factories import OpeningHoursFactory

    OpeningHoursFactory(branch=practice.elsewhere, weekday=1)
    stranger = PatientFactory(branch=practice.elsewhere, family_name="Zebulonsky")
    there = AppointmentFactory(
        chair=ChairFactory(branch=practice.elsewhere),
        practitioner=practice.okafor,
        patient=stranger,
        starts_at=practice.at(10),
    )
    answer = manager.post("/hours/leave/", leave(practice))
    page = answer.content.decode()
    assert "This would strand 1 visit" in page
    assert "Zebulonsky" not in page
    assert "only those at your branches" in page
    manager.post("/hours/leave/", leave(practice, seen=seen_in(answer)))
    assert Stranded.objects.get().appointment == there


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"last_day": "2030-01-13"}, "This is before the day it begins on."),
        ({"last_day": "2030-01-14", "starts": "12:00", "ends": "09:00"}, "This is before the time it begins at."),
        ({"kind": "out"}, "Only a chair is out of service."),
        ({"who": "practitioner-0"}, "Select a valid choice."),
        ({"first_day": "0001-01-01"}, "Check the year of this date."),
    ],
)
def test_leave_that_cannot_be_says_what_to_change(practice, manager, changed, told):
    answer = manager.post("/hours/leave/", leave(practice, **changed))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Absence.objects.exists()


def test_an_opening_is_entered_for_one_practitioner(practice, manager):
    form = {"who": f"practitioner-{practice.okafor.pk}", "day": "2030-01-19", "starts": "09:00", "ends": "12:00"}
    assert manager.post("/hours/opening/", form).status_code == 302
    assert hours(practice, date(2030, 1, 19)) == [(540, 720)]
    assert "Opens once" in manager.get("/hours/").content.decode()


def test_public_holidays_are_suggested_and_only_those_ticked_become_closures(practice, manager):
    page = manager.get("/hours/holidays/?year=2030").content.decode()
    assert "Saint Patrick" in page
    assert "checked" not in page
    assert manager.post("/hours/holidays/?year=2030", {"days": []}).status_code == 422
    assert manager.post("/hours/holidays/?year=2030", {"days": ["2030-03-18"]}).status_code == 422
    manager.post("/hours/holidays/?year=2030", {"days": ["2030-12-25", "2030-12-26"]})
    assert list(Closure.objects.values_list("first_day", flat=True)) == [date(2030, 12, 25), date(2030, 12, 26)]
    assert "2030-12-25" not in manager.get("/hours/holidays/?year=2030").content.decode()


def test_a_region_has_holidays_of_its_own_and_a_country_may_have_none_known(practice, manager):
    practice.branch.country = "DE"
    practice.branch.save()
    assert "Heilige Drei Könige" not in manager.get("/hours/holidays/?year=2030").content.decode()
    assert manager.get("/hours/holidays/?year=2030&region=BY").context["open_days"].get(date(2030, 1, 6))
    practice.branch.country = "AQ"
    practice.branch.save()
    assert manager.get("/hours/holidays/?year=2030").status_code == 200
    practice.branch.country = ""
    practice.branch.save()
    assert "are not known here" in manager.get("/hours/holidays/?year=2030").content.decode()
