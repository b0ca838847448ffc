"""No two visits of a practitioner, a chair or a patient at one time, whichever way they are written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.appointments import actions
from clinic.appointments.actions import SlotTaken
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    ChairFactory,
    PatientFactory,
    PractitionerFactory,
    next_morning,
)

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)
RESOURCES = ["practitioner", "chair", "patient"]


@pytest.fixture
def held():
    """A visit at nine for half an hour."""
    return AppointmentFactory(starts_at=next_morning(0))


def another(held, *, shares, starts_at=None, **more):
    """Return what to book to collide with `held` in the resources of `shares`."""
    people = {"patient": PatientFactory, "practitioner": PractitionerFactory, "chair": ChairFactory}
    wanted = {name: getattr(held, name) if name in shares else make() for name, make in people.items()}
    return {
        **wanted,
        "appointment_type": held.appointment_type,
        "starts_at": starts_at or held.starts_at,
        **more,
    }


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_time_that_is_taken_is_refused_and_the_refusal_says_who_holds_it(held, resource):
    with pytest.raises(SlotTaken) as refusal:
        actions.book(**another(held, shares=[resource]))
    assert (refusal.value.resource, refusal.value.holder) == (resource, held)
    assert "from 09:00 to 09:30" in str(refusal.value)


@pytest.mark.parametrize(
    ("start", "minutes"),
    [(-29, 30), (29, 30), (10, 10), (-10, 60), (0, 30), (0, 60), (-30, 60)],
    ids=["ends inside", "starts inside", "inside", "around", "same", "same start", "same end"],
)
def test_every_kind_of_overlap_is_refused(held, start, minutes):
    start = held.starts_at + timedelta(minutes=start)
    with pytest.raises(SlotTaken):
        actions.book(
            **another(held, shares=["chair"], starts_at=start, ends_at=start + timedelta(minutes=minutes)),
        )


@pytest.mark.parametrize("shift", [-HALF_HOUR, HALF_HOUR])
def test_visits_may_touch(held, shift):
    assert actions.book(**another(held, shares=RESOURCES, starts_at=held.starts_at + shift)).pk


def test_nothing_shared_is_no_overlap(held):
    assert actions.book(**another(held, shares=[])).pk


def test_overbooking_with_a_reason_is_possible(held):
    assert actions.book(**another(held, shares=RESOURCES, overbooked_because="Toothache")).is_overbooked


def test_an_overbooked_visit_does_not_open_its_time_to_accidents(held):
    later = held.starts_at + timedelta(minutes=15)
    actions.book(**another(held, shares=["chair"], starts_at=later, overbooked_because="Toothache"))
    with pytest.raises(SlotTaken):
        # Free of `held`, but not of the visit that was put on top of it.
        actions.book(**another(held, shares=["chair"], starts_at=held.ends_at))


def test_the_visit_underneath_can_still_take_its_steps(held):
    actions.book(**another(held, shares=RESOURCES, overbooked_because="Toothache"))
    for status in (Status.CONFIRMED, Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED):
        assert actions.advance(held, status).status == status


def test_taking_the_reason_away_from_an_overbooked_visit_is_refused(held):
    on_top = actions.book(**another(held, shares=["chair"], overbooked_because="Toothache"))
    with pytest.raises(IntegrityError, match="appointment_chair_free"), transaction.atomic():
        Appointment.objects.filter(pk=on_top.pk).update(overbooked_because="")


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NO_SHOW])
def test_a_visit_that_does_not_take_place_frees_its_time(held, status):
    actions.advance(held, status, reason="Ill")
    assert actions.book(**another(held, shares=RESOURCES)).pk


def test_a_cancelled_visit_can_be_taken_up_again(held):
    actions.advance(held, Status.CANCELLED, reason="Ill")
    again = actions.advance(held, Status.BOOKED)
    assert (again.status, again.cancelled_because, again.cancelled_at) == (Status.BOOKED, "", None)


def test_a_cancelled_visit_is_not_taken_up_again_when_its_time_is_gone(held):
    actions.advance(held, Status.CANCELLED, reason="Ill")
    holder = actions.book(**another(held, shares=["practitioner"]))
    with pytest.raises(SlotTaken) as refusal:
        actions.advance(held, Status.BOOKED)
    held.refresh_from_db()
    assert (refusal.value.holder, held.status) == (holder, Status.CANCELLED)


def test_moving_onto_a_taken_time_is_refused_and_keeps_the_old_one(held):
    other = actions.book(**another(held, shares=["chair"], starts_at=held.ends_at))
    with pytest.raises(SlotTaken):
        actions.reschedule(other, starts_at=held.starts_at)
    other.refresh_from_db()
    assert other.starts_at == held.ends_at


def test_a_visit_may_move_to_a_time_that_overlaps_its_own_old_one(held):
    moved = actions.reschedule(held, starts_at=held.starts_at + timedelta(minutes=15))
    assert moved.ends_at - moved.starts_at == HALF_HOUR


@pytest.mark.parametrize("resource", RESOURCES)
def test_bulk_create_cannot_pass_the_rule_by(held, resource):
    wanted = Appointment(**another(held, shares=[resource], ends_at=held.ends_at))
    with pytest.raises(IntegrityError, match=f"appointment_{resource}_free"), transaction.atomic():
        Appointment.objects.bulk_create([wanted])


def test_bulk_create_refuses_rows_that_collide_with_each_other(held):
    later = {"starts_at": next_morning(1), "ends_at": next_morning(1) + HALF_HOUR}
    rows = [Appointment(**another(held, shares=["chair"], **later)) for _ in range(2)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.bulk_create(rows)


@pytest.mark.parametrize("write", ["update", "bulk_update", "save"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_no_other_way_of_writing_passes_the_rule_by(held, resource, write):
    other = actions.book(**another(held, shares=[]))
    setattr(other, resource, getattr(held, resource))
    with pytest.raises(IntegrityError, match=f"appointment_{resource}_free"), transaction.atomic():
        if write == "update":
            Appointment.objects.filter(pk=other.pk).update(**{resource: getattr(held, resource)})
        elif write == "bulk_update":
            Appointment.objects.bulk_update([other], [resource])
        else:
            other.save()


def test_a_visit_that_shrinks_gives_up_the_rest_of_its_time():
    long = AppointmentFactory(appointment_type=AppointmentTypeFactory(minutes=60))
    actions.reschedule(long, starts_at=long.starts_at, ends_at=long.starts_at + HALF_HOUR)
    assert actions.book(
        **another(long, shares=RESOURCES, starts_at=long.starts_at + HALF_HOUR, ends_at=long.ends_at)
    ).pk


def test_an_end_before_the_start_is_refused(held):
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(starts_at=next_morning(2), ends_at=next_morning(2) - HALF_HOUR)


def test_a_visit_lasts_a_day_at_most():
    visit = AppointmentFactory(starts_at=next_morning(0))
    Appointment.objects.filter(pk=visit.pk).update(ends_at=visit.starts_at + timedelta(hours=24))
    with pytest.raises(IntegrityError, match="a_day_at_most"), transaction.atomic():
        Appointment.objects.filter(pk=visit.pk).update(ends_at=visit.starts_at + timedelta(hours=24, seconds=1))
    with pytest.raises(IntegrityError, match="a_day_at_most"), transaction.atomic():
        AppointmentFactory(starts_at=next_morning(5), ends_at=next_morning(5) + timedelta(hours=25))


def test_a_visit_of_a_whole_day_holds_the_last_of_its_minutes():
    long = AppointmentFactory(starts_at=next_morning(0), ends_at=next_morning(0) + timedelta(hours=24))
    late = long.ends_at - timedelta(minutes=1)
    assert list(Appointment.objects.between(late, late + HALF_HOUR)) == [long]
    with pytest.raises(SlotTaken):
        actions.book(**another(long, shares=["chair"], starts_at=late))
