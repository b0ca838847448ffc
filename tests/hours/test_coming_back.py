"""A visit that comes back to its old time, by undo or by being taken up again, is listed if the hours changed."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.appointments import actions as appointments
from clinic.appointments import undo
from clinic.appointments.models import Status
from clinic.demo.factories import UserFactory
from clinic.hours import actions
from clinic.hours.models import Stranded
from clinic.hours.queries import Change, unsettled
from clinic.rota.models import Absence
from tests.desk.practice import TUESDAY, open_practice
from tests.hours.test_at_the_same_moment import overtaken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def practice():
    return open_practice()


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def leave(practice, by):
    """A function that enters leave of Dr Okafor."""
    away = {"practitioner": practice.okafor, "first_day": TUESDAY, "last_day": TUESDAY}
    owner = ("practitioner", practice.okafor.pk)
    change = Change(lambda: Absence.objects.create(**away), [practice.branch], owner, TUESDAY, TUESDAY)
    return partial(actions.carry_out, change, by=by, show=[practice.branch])


@pytest.fixture
def visit(practice):
    return practice.visit(9)


@pytest.fixture
def cancelled(visit):
    return appointments.advance(visit, Status.CANCELLED, reason="Ill")


@pytest.fixture
def back(practice, visit, by):
    """A function that undoes a move of the visit to a colleague."""
    before = undo.state_of(visit)
    moved = appointments.reschedule(visit, starts_at=visit.starts_at, practitioner=practice.lindqvist)
    return partial(undo.undo, undo.ticket(before, moved, by), by, [practice.branch])


def listed(practice):
    return [one.visit for one in unsettled(practice.branch)]


def test_a_move_that_is_undone_after_a_change_of_hours_is_listed(practice, leave, visit, back):
    assert leave().made
    assert listed(practice) == []
    assert back().practitioner == practice.okafor
    assert listed(practice) == [visit]


def test_a_change_of_hours_that_is_under_way_is_waited_for_by_undo(practice, leave, visit, back):
    outcome, undone = overtaken(leave, back)
    assert outcome.made
    assert undone == visit
    assert listed(practice) == [visit]


def test_a_change_of_hours_waits_for_undo_and_asks(practice, leave, visit, back):
    _undone, outcome = overtaken(back, leave)
    assert (outcome.made, [one.visit for one in outcome.strands]) == (False, [visit])
    assert not Absence.objects.exists()


def test_a_cancelled_visit_that_is_taken_up_after_a_change_of_hours_is_listed(practice, leave, cancelled):
    assert leave().made
    appointments.advance(cancelled, Status.BOOKED)
    assert listed(practice) == [cancelled]


def test_a_change_of_hours_that_is_under_way_is_waited_for_by_who_takes_a_visit_up(practice, leave, cancelled):
    outcome, taken_up = overtaken(leave, partial(appointments.advance, cancelled, Status.BOOKED))
    assert outcome.made
    assert taken_up.status == Status.BOOKED
    assert listed(practice) == [cancelled]


def test_who_comes_back_within_the_hours_is_not_listed(cancelled):
    appointments.advance(cancelled, Status.BOOKED)
    assert not Stranded.objects.exists()


def test_what_was_accepted_stays_accepted(practice, leave, visit, by):
    assert leave(seen=leave().seen).made
    actions.accept(visit, by=by)
    gone = appointments.advance(visit, Status.CANCELLED, reason="Ill")
    appointments.advance(gone, Status.BOOKED)
    assert listed(practice) == []


def test_other_steps_ask_nothing_of_the_hours(visit):
    with CaptureQueriesContext(connection) as queries:
        appointments.advance(visit, Status.CONFIRMED)
    assert not [one for one in queries if "practice_stamp" in one["sql"] or "rota_" in one["sql"]]
