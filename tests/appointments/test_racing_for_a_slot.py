"""Many desks want the same time at the same moment: one gets it, the others are told who did."""

from datetime import timedelta
from functools import partial

import pytest

from clinic.appointments import actions
from clinic.appointments.actions import SlotTaken
from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentTypeFactory,
    ChairFactory,
    PatientFactory,
    PractitionerFactory,
    next_morning,
)
from tests.provision.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 32


@pytest.mark.parametrize("shared", ["practitioner", "chair", "patient"])
def test_of_32_racers_for_one_slot_exactly_one_gets_it(shared):
    kind = AppointmentTypeFactory()
    makers = {"practitioner": PractitionerFactory, "chair": ChairFactory, "patient": PatientFactory}
    common = {shared: makers.pop(shared)()}
    wishes = [
        {**common, **{name: make() for name, make in makers.items()}, "appointment_type": kind} for _ in range(RACERS)
    ]

    results = race(partial(actions.book, starts_at=next_morning(0), **wish) for wish in wishes)

    booked = [result for result in results if isinstance(result, Appointment)]
    refused = [result for result in results if isinstance(result, SlotTaken)]
    assert (len(booked), len(refused)) == (1, RACERS - 1), [r for r in results if r not in booked + refused]
    assert {refusal.holder for refusal in refused} == set(booked)
    assert Appointment.objects.count() == 1


def test_racers_for_crossing_resources_do_not_deadlock():
    """Each collides with the others in another resource and at another time, so their locks cross."""
    kind = AppointmentTypeFactory(minutes=60)
    practitioners = PractitionerFactory.create_batch(4)
    chairs, patients = ChairFactory.create_batch(4), PatientFactory.create_batch(4)
    start = next_morning(0)

    results = race(
        partial(
            actions.book,
            practitioner=practitioners[number % 4],
            chair=chairs[number // 4 % 4],
            patient=patients[(number + number // 4) % 4],
            appointment_type=kind,
            starts_at=start + timedelta(minutes=15 * (number % 8)),
        )
        for number in range(RACERS)
    )

    booked = [result for result in results if isinstance(result, Appointment)]
    assert all(isinstance(result, Appointment | SlotTaken) for result in results), results
    assert booked
    assert not any(_collide(one, other) for one in booked for other in booked if one.pk < other.pk)


def _collide(one: Appointment, other: Appointment) -> bool:
    shared = any(getattr(one, f"{what}_id") == getattr(other, f"{what}_id") for what in actions.RESOURCES)
    return shared and one.starts_at < other.ends_at and other.starts_at < one.ends_at
