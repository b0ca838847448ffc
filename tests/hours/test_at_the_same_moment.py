"""A booking and a change of hours at the same moment: one of the two sees the other."""

from functools import partial
from threading import Event
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment
from clinic.demo.factories import UserFactory
from clinic.hours import actions
from clinic.hours.queries import Change
from clinic.rota.models import Absence
from clinic.waiting import actions as waiting
from clinic.waiting.models import Entry
from tests.desk.practice import TUESDAY, open_practice
from tests.provision.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = 0.5
"""Seconds in which somebody who is not kept waiting would be done."""


@pytest.fixture
def practice():
    return open_practice()


@pytest.fixture
def leave(practice):
    """A function that enters leave of Dr Okafor, unless it strands somebody."""
    away = {"practitioner": practice.okafor, "first_day": TUESDAY, "last_day": TUESDAY}
    change = Change(
        lambda: Absence.objects.create(**away),
        [practice.branch],
        ("practitioner", practice.okafor.pk),
        TUESDAY,
        TUESDAY,
    )
    return partial(actions.carry_out, change, by=UserFactory(), show=[practice.branch])


@pytest.fixture
def book(practice):
    """A function that books a visit of hers, within her hours."""
    return partial(
        appointments.book,
        patient=practice.ana,
        practitioner=practice.okafor,
        chair=practice.chairs[0],
        appointment_type=practice.exam,
        starts_at=practice.at(9),
        inside_hours=True,
    )


def overtaken(first, second):
    """Return what comes of `first`, whose transaction stays open until `second` waits for it, and of `second`."""
    began, tried = Event(), Event()

    def lead():
        with transaction.atomic():
            result = first()
            began.set()
            assert not tried.wait(A_MOMENT), "The second was not kept waiting."
            return result

    def follow():
        assert began.wait(10)
        try:
            return second()
        finally:
            tried.set()

    return race([lead, follow])


def test_a_change_of_hours_waits_for_a_booking_and_lists_it(leave, book):
    visit, outcome = overtaken(book, leave)
    assert (outcome.made, [one.visit for one in outcome.strands]) == (False, [visit])
    assert not Absence.objects.exists()


def test_a_booking_waits_for_a_change_of_hours_and_is_told(leave, book):
    outcome, refusal = overtaken(leave, book)
    assert outcome.made
    assert isinstance(refusal, appointments.OutsideHours)
    assert str(refusal) == "Dr Okafor is on leave until 15 Jan. Choose another time."
    assert not Appointment.objects.exists()


def test_so_does_a_visit_that_is_moved(practice, leave):
    visit = practice.visit(9, practitioner=practice.lindqvist)
    move = partial(
        appointments.reschedule,
        visit,
        starts_at=visit.starts_at,
        practitioner=practice.okafor,
        inside_hours=True,
    )
    outcome, refusal = overtaken(leave, move)
    assert outcome.made
    assert isinstance(refusal, appointments.OutsideHours)
    visit.refresh_from_db()
    assert visit.practitioner == practice.lindqvist


def test_who_is_noted_as_stranded_can_be_moved_at_the_same_moment(practice, leave, book):
    visit = book()
    seen = leave().seen
    move = partial(appointments.reschedule, visit, starts_at=practice.at(10), inside_hours=True)
    outcome, refusal = overtaken(partial(leave, seen=seen), move)
    assert outcome.made
    assert isinstance(refusal, appointments.OutsideHours)


def test_the_form_asks_whether_to_book_it_all_the_same(practice, leave):
    desk = practice.somebody()
    wish = {"uid": uuid4(), "patient": practice.ana.pk, "practitioner": practice.okafor.pk}
    wish |= {"appointment_type": practice.exam.pk, "day": f"{TUESDAY}", "at": "09:00", "minutes": 30}
    outcome, page = overtaken(leave, lambda: desk.post(reverse("appointments:book"), wish))
    assert outcome.made
    assert page.status_code == 422
    assert "Dr Okafor is on leave until 15 Jan. Choose another time, or tick the box" in page.content.decode()
    assert 'name="outside_hours"' in page.content.decode()
    assert desk.post(reverse("appointments:book"), wish | {"outside_hours": "on"}).status_code == 302


def test_who_waits_is_not_booked_outside_of_the_hours(practice, leave):
    entry = Entry.objects.create(
        patient=practice.ana, appointment_type=practice.exam, minutes=30, branch=practice.branch
    )
    asked = {"start": practice.at(9), "practitioner": practice.okafor, "chair": practice.chairs[0], "by": UserFactory()}
    outcome, refusal = overtaken(leave, partial(waiting.fill, entry, **asked))
    assert outcome.made
    assert isinstance(refusal, appointments.OutsideHours)
    entry.refresh_from_db()
    assert entry.is_waiting
