"""Changes become wishes: how many, of whom, and for which connection."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.demo.factories import AppointmentFactory, PatientFactory
from clinic.journal.models import Change
from clinic.patients.models import Patient
from odoo_bridge.intake import BACKLOG, take_in, want_all
from odoo_bridge.models import BranchBooks, Connection, Link
from tests.contract.books import link_of
from tests.provision.racing import race

pytestmark = pytest.mark.django_db


def connect(name="Odoo", **values):
    return Connection.objects.create(
        name=name, url="http://127.0.0.1:1", database="d", username="u", api_key="k", **values
    )


def test_many_changes_of_one_record_become_one_wish():
    connection = connect()
    patient = PatientFactory()
    for city in ("Cork", "Sligo", "Galway"):
        patient.city = city
        patient.save()

    taken = take_in()

    assert taken >= 4
    link = link_of(patient, connection)
    assert (link.wanted, link.pushed, link.state) == (1, 0, "waiting")
    assert not Change.objects.exists()


def test_a_change_is_taken_in_once():
    connection = connect()
    patient = PatientFactory()
    take_in()
    assert take_in() == 0
    assert link_of(patient, connection).wanted == 1


def test_more_changes_than_a_page_holds_are_all_taken_in():
    connection = connect()
    PatientFactory()
    Change.objects.bulk_create(Change(model="patients.patient", uid=uuid4()) for _ in range(2500))

    take_in()

    assert Link.objects.filter(connection=connection, mapping="partner").count() == 2501
    assert not Change.objects.exists()


@pytest.mark.parametrize("watched", ["practitioner", "appointment_type", "branch"])
def test_what_an_event_shows_of_another_record_is_watched(watched):
    connection = connect()
    visit, other = AppointmentFactory(), AppointmentFactory()
    take_in()
    before = link_of(visit, connection).wanted

    subject = visit.chair.branch if watched == "branch" else getattr(visit, watched)
    subject.name = f"{subject.name}!"
    subject.save()
    take_in()

    assert link_of(visit, connection).wanted == before + 1
    assert link_of(other, connection).wanted == 1


def test_a_contact_is_wished_for_where_it_belongs_and_wherever_it_is_already():
    one, other, third = connect("One"), connect("Other"), connect("Third")
    patient = PatientFactory()
    BranchBooks.objects.create(connection=other, branch=patient.branch)
    Link.objects.create(connection=one, mapping="partner", uid=patient.uid, odoo_id=7, wanted=1, pushed=1)
    take_in()

    assert link_of(patient, other).state == "waiting"
    assert link_of(patient, one).state == "waiting"
    assert not Link.objects.filter(connection=third).exists()


def test_a_new_wish_frees_a_record_from_its_back_off_and_from_waiting_for_a_person():
    connection = connect()
    patient = PatientFactory()
    take_in()
    hence = timezone.now().replace(year=2099)
    Link.objects.update(needs_person=True, reason="x", attempts=3, next_attempt_at=hence, seen="digest")

    patient.save()
    take_in()

    link = link_of(patient, connection)
    assert (link.needs_person, link.reason, link.attempts, link.next_attempt_at) == (False, "", 0, None)
    assert link.seen == "", "Odoo has to be looked at again"
    assert Link.objects.due(timezone.now()).filter(pk=link.pk).exists()


def test_the_backlog_waits_behind_what_somebody_changed_just_now():
    connection = connect()
    old = [PatientFactory() for _ in range(3)]
    Change.objects.all().delete()
    want_all(connection)
    assert set(Link.objects.filter(mapping="partner").values_list("priority", flat=True)) == {BACKLOG}

    old[2].save()
    take_in()

    due = Link.objects.filter(connection=connection, mapping="partner").due(timezone.now())
    assert due.first().uid == old[2].uid


def test_what_is_linked_already_is_not_part_of_the_backlog():
    connection = connect()
    PatientFactory()
    take_in()
    assert want_all(connection) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_take_in_at_once_take_each_change_in_once():
    connection = connect()
    patients = PatientFactory.create_batch(30)

    results = race([take_in, take_in, take_in])

    assert sum(results) == Patient.objects.count() + len({patient.branch_id for patient in patients})
    assert set(Link.objects.filter(connection=connection).values_list("wanted", flat=True)) == {1}
