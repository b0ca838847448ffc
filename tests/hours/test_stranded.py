"""The list of stranded visits: each stays on it until somebody has dealt with it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.appointments import actions as appointments
from clinic.hours import actions
from clinic.hours.models import Stranded
from clinic.hours.queries import Change, unsettled
from clinic.rota.models import Absence
from clinic.staff.models import User
from tests.desk.practice import TUESDAY


@pytest.fixture
def strand(practice):
    """A function that enters leave of Dr Okafor and says that whoever it strands was seen."""

    def enter(first=TUESDAY, last=TUESDAY):
        away = {"practitioner": practice.okafor, "first_day": first, "last_day": last}
        owner = ("practitioner", practice.okafor.pk)
        change = Change(lambda: Absence.objects.create(**away), [practice.branch], owner, first, last)
        asked = {"by": User.objects.first(), "show": [practice.branch]}
        return actions.carry_out(change, seen=actions.carry_out(change, **asked).seen, **asked)

    return enter


@pytest.fixture
def visit(practice, desk, strand):
    visit = practice.visit(9)
    assert strand().made
    return visit


def stranded(practice):
    return [one.visit.pk for one in unsettled(practice.branch)]


def test_the_list_says_who_when_and_why(visit, desk):
    page = desk.get("/hours/stranded/").content.decode()
    assert "Ana Silva" in page
    assert "Tue 15 Jan 2030, 09:00" in page
    assert "Dr Okafor is on leave until 15 Jan" in page
    assert "1 stranded visit" in desk.get("/hours/").content.decode()


def test_a_visit_that_is_moved_is_settled(practice, visit):
    appointments.reschedule(visit, starts_at=practice.at(9, day=date(2030, 1, 16)))
    assert stranded(practice) == []


def test_a_visit_that_another_practitioner_takes_is_settled(practice, visit):
    appointments.reschedule(visit, starts_at=visit.starts_at, practitioner=practice.lindqvist)
    assert stranded(practice) == []


def test_a_visit_that_is_cancelled_is_settled_and_one_taken_up_again_is_not(practice, visit):
    appointments.advance(visit, "cancelled", reason="Leave")
    assert stranded(practice) == []
    appointments.advance(visit, "booked")
    assert stranded(practice) == [visit.pk]


def test_hours_that_come_back_strand_nobody(practice, visit):
    Absence.objects.all().delete()
    assert stranded(practice) == []


def test_a_visit_that_is_accepted_is_settled_until_another_change_strands_it(practice, desk, visit, strand):
    assert desk.post(f"/hours/stranded/{visit.pk}/accept/").status_code == 302
    assert stranded(practice) == []
    assert Stranded.objects.get().accepted_by.role == "receptionist"
    Absence.objects.all().delete()
    strand(last=TUESDAY + timedelta(days=3))
    assert stranded(practice) == [visit.pk]


def test_the_list_is_empty_and_says_what_comes_here(desk):
    assert "No visit is stranded" in desk.get("/hours/stranded/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_visits(practice, desk, strand):
    def cost():
        with CaptureQueriesContext(connection) as entered:
            count = strand(last=TUESDAY + timedelta(days=20)).count
        with CaptureQueriesContext(connection) as listed:
            assert len(desk.get("/hours/stranded/").context["page"].object_list) == count
        Absence.objects.all().delete()
        return count, len(entered), len(listed)

    practice.visit(9)
    one = cost()
    for day in range(1, 12):
        practice.visit(9, starts_at=practice.at(9, day=TUESDAY + timedelta(days=day)))
    many = cost()
    assert (one[0], many[0]) == (1, 9)
    assert many[1:] == one[1:]


@pytest.mark.parametrize(("who", "why"), [("okafor", "Dr Okafor does not work here any more"), ("chair", "Chair 1 is")])
def test_visits_of_somebody_who_left_or_in_a_chair_that_is_gone_wait_for_somebody(practice, desk, who, why):
    visit, over = practice.visit(9), practice.visit(10, status="completed")
    gone = practice.okafor if who == "okafor" else practice.chairs[0]
    gone.is_active = False
    gone.save()
    assert stranded(practice) == [visit.pk]
    page = desk.get("/hours/stranded/").content.decode()
    assert why in page
    assert "1 stranded visit" in desk.get("/hours/").content.decode()
    assert desk.post(f"/hours/stranded/{over.pk}/accept/").status_code == 404
    assert desk.post(f"/hours/stranded/{visit.pk}/accept/").status_code == 302
    assert stranded(practice) == []
    appointments.reschedule(visit, starts_at=practice.at(11))
    assert stranded(practice) == [visit.pk], "accepted was another time"


def test_a_visit_that_was_accepted_before_its_practitioner_left_is_told_of_no_more(practice, desk, visit):
    desk.post(f"/hours/stranded/{visit.pk}/accept/")
    practice.okafor.is_active = False
    practice.okafor.save()
    assert stranded(practice) == []
