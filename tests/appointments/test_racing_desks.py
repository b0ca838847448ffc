"""The race for a slot once more, through the pages that the desks use."""

from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    PatientFactory,
    PractitionerFactory,
    UserFactory,
    next_morning,
)
from tests.provision.racing import race

RACERS = 32


@pytest.mark.django_db(transaction=True)
def test_32_desks_that_book_one_slot_get_one_visit_and_31_refusals_in_words():
    branch = BranchFactory()
    receptionist = UserFactory(branches=[branch])
    ChairFactory.create_batch(RACERS, branch=branch)
    practitioner, kind = PractitionerFactory(branches=[branch]), AppointmentTypeFactory()
    start = next_morning(3).astimezone(branch.zone)
    patients = PatientFactory.create_batch(RACERS, branch=branch)

    def book(client, patient):
        fields = {
            "uid": uuid4(),
            "patient": patient.pk,
            "practitioner": practitioner.pk,
            "appointment_type": kind.pk,
            "day": f"{start:%Y-%m-%d}",
            "at": f"{start:%H:%M}",
            "minutes": 30,
            "outside_hours": "on",
        }
        return client.post(reverse("appointments:book"), fields)

    desks = [Client() for _ in range(RACERS)]
    for desk in desks:
        desk.force_login(receptionist)

    answers = race(partial(book, desk, patient) for desk, patient in zip(desks, patients, strict=True))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [302] + [422] * (RACERS - 1)
    assert Appointment.objects.count() == 1
    refused = [answer.content.decode() for answer in answers if answer.status_code == 422]
    assert all("already has" in page for page in refused)
