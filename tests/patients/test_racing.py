"""Several people at the same records at the same moment."""

import pytest

from clinic.appointments import actions
from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    PatientFactory,
    PractitionerFactory,
    next_morning,
)
from clinic.patients import importing
from clinic.patients.imports import Import
from clinic.patients.keys import SearchKey
from clinic.patients.merging import MergeRefused, merge, undo
from clinic.patients.models import Merge, Patient
from clinic.patients.queries import search
from tests.provision.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_merge_the_same_records_in_both_directions_merge_them_once():
    for _ in range(5):
        branch = BranchFactory()
        ana, anna = PatientFactory(branch=branch), PatientFactory(branch=branch)
        for patient in (ana, anna):
            AppointmentFactory(patient=patient)
        ways = [(ana, anna), (anna, ana)] * 2
        results = race(lambda way=way: merge(*way) for way in ways)
        assert sorted(type(result) for result in results if not isinstance(result, MergeRefused)) == [Merge], results
        assert Patient.objects.filter(branch=branch, is_active=True).count() == 1


def test_a_merge_is_undone_once():
    ana = PatientFactory()
    note = merge(ana, PatientFactory(branch=ana.branch))
    results = race([lambda: undo(note)] * 4)
    assert [type(result) for result in results if not isinstance(result, MergeRefused)] == [Merge], results


def test_several_workers_at_one_file_register_nobody_twice():
    branch = BranchFactory()
    rows = "".join(f"Byrne{n},Tom,+35388{n + 1000000:07d}\n" for n in range(160))
    file, _ = importing.take_in(f"Surname,First name,Mobile\n{rows}".encode(), "old.csv", branch, None)
    importing.start_checking(file, file.mapping)
    for begin in (lambda: None, lambda: importing.start_importing(Import.objects.get(), "skip")):
        begin()
        assert race([lambda: importing.work(Import.objects.get(), 60)] * 3) == [True] * 3
    assert importing.counts(file) == {"created": 160}
    assert Patient.objects.count() == 160


def test_new_names_written_at_the_same_moment_are_all_found():
    branch = BranchFactory()
    names = ["Kavanagh", "Lindqvist", "Okafor", "Brannigan"]

    def register(order):
        patients = [PatientFactory.build(given_name="Tom", family_name=name, branch=branch, email="") for name in order]
        return Patient.objects.bulk_create(patients)

    results = race([lambda: register(names), lambda: register(names[::-1])] * 3)
    assert all(len(result) == len(names) for result in results), results
    assert len(search("Kavangh", [branch], 20)) == len(results)
    assert SearchKey.objects.filter(text="brannigan").count() == len(results)


def test_a_visit_that_is_booked_while_its_record_is_merged_is_not_left_behind():
    branch = BranchFactory()
    chair, practitioner = ChairFactory(branch=branch), PractitionerFactory(branches=[branch])
    kind = AppointmentTypeFactory()
    for number in range(10):
        ana, anna = PatientFactory(branch=branch), PatientFactory(branch=branch)

        def book(patient=anna, number=number):
            return actions.book(
                patient=patient,
                practitioner=practitioner,
                chair=chair,
                appointment_type=kind,
                starts_at=next_morning(number),
            )

        results = race([book, lambda ana=ana, anna=anna: merge(ana, anna)])
        assert [type(result) for result in results] == [Appointment, Merge], results
        assert not Appointment.objects.filter(patient=anna).exists()
