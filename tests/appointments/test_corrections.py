"""Several visits put right at once, as a page of events that were dragged in Odoo does."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from clinic.appointments import actions
from clinic.appointments.actions import AppointmentError, SlotTaken
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import AppointmentFactory, PractitionerFactory, next_morning

HOUR = timedelta(hours=1)


def moved(visit, by):
    return visit, visit.starts_at + by, visit.ends_at + by


@pytest.mark.django_db
def test_all_are_moved_or_none():
    visits = [AppointmentFactory(starts_at=next_morning(day)) for day in range(3)]
    held = AppointmentFactory(chair=visits[1].chair, starts_at=visits[1].starts_at + 2 * HOUR)
    with pytest.raises(SlotTaken):
        actions.correct_times([moved(visit, 2 * HOUR) for visit in visits])
    assert [Appointment.objects.get(pk=visit.pk).starts_at for visit in visits] == [one.starts_at for one in visits]
    with pytest.raises(SlotTaken) as refusal:
        actions.correct_times([moved(visits[1], 2 * HOUR)])
    assert refusal.value.holder == held
    actions.correct_times([moved(visits[0], 2 * HOUR), moved(visits[2], HOUR)])
    assert [Appointment.objects.get(pk=visit.pk).starts_at for visit in visits] == [
        next_morning(0) + 2 * HOUR,
        next_morning(1),
        next_morning(2) + HOUR,
    ]
    assert visits[0].starts_at == next_morning(0) + 2 * HOUR


@pytest.mark.django_db
def test_visits_may_change_places_and_nothing_else_of_them_changes():
    first = AppointmentFactory(starts_at=next_morning(0), status=Status.COMPLETED)
    same = {"chair": first.chair, "practitioner": first.practitioner, "patient": first.patient}
    second = AppointmentFactory(starts_at=first.starts_at + HOUR, status=Status.CONFIRMED, **same)
    unmoved = AppointmentFactory(starts_at=first.starts_at + 2 * HOUR, **same)
    overbooked = AppointmentFactory(starts_at=unmoved.starts_at, overbooked_because="Pain", **same)
    actions.correct_times([moved(first, HOUR), moved(second, -HOUR), moved(unmoved, 0 * HOUR)])
    after = [Appointment.objects.get(pk=visit.pk) for visit in (first, second, unmoved, overbooked)]
    assert [visit.starts_at - next_morning(0) for visit in after] == [HOUR, 0 * HOUR, 2 * HOUR, 2 * HOUR]
    assert [visit.status for visit in after] == ["completed", "confirmed", "booked", "booked"]


@pytest.mark.django_db
def test_a_swap_does_not_open_the_time_of_a_third():
    first = AppointmentFactory(starts_at=next_morning(0))
    same = {"chair": first.chair, "practitioner": first.practitioner}
    second = AppointmentFactory(starts_at=first.starts_at + HOUR, **same)
    third = AppointmentFactory(starts_at=first.starts_at + 2 * HOUR, **same)
    with pytest.raises(SlotTaken):
        actions.correct_times([moved(first, HOUR), moved(second, HOUR)])
    assert [Appointment.objects.get(pk=visit.pk).starts_at - next_morning(0) for visit in (first, second, third)] == [
        0 * HOUR,
        HOUR,
        2 * HOUR,
    ]
    assert Appointment.objects.get(pk=first.pk).status == first.status


@pytest.mark.django_db
def test_an_end_before_the_beginning_is_refused():
    visit = AppointmentFactory(starts_at=next_morning(0))
    with pytest.raises(AppointmentError, match="end before"):
        actions.correct_times([(visit, visit.starts_at, visit.starts_at - HOUR)])


@pytest.mark.django_db
def test_an_event_over_several_days_is_no_visit():
    visit = AppointmentFactory(starts_at=next_morning(0))
    with pytest.raises(AppointmentError, match="longer than a day"):
        actions.correct_times([(visit, visit.starts_at, visit.starts_at + 25 * HOUR)])


@pytest.mark.django_db(transaction=True)
def test_two_that_move_visits_of_the_same_people_wait_and_do_not_lock_each_other_out():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    first, second = PractitionerFactory(), PractitionerFactory()
    mine = [AppointmentFactory(practitioner=one, starts_at=next_morning(0)) for one in (first, second)]
    theirs = [AppointmentFactory(practitioner=one, starts_at=next_morning(1)) for one in (second, first)]
    troubles: list[Exception] = []

    def drag(visits):
        try:
            for turn in range(60):
                step = HOUR if turn % 2 else -HOUR
                actions.correct_times([moved(visit, step) for visit in visits])
        except Exception as error:
            troubles.append(error)
        finally:
            connections.close_all()

    draggers = [threading.Thread(target=drag, args=(visits,)) for visits in (mine, theirs)]
    for dragger in draggers:
        dragger.start()
    for dragger in draggers:
        dragger.join()
    assert troubles == []
