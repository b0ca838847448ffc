"""Who a patient is, and who pays."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from clinic.demo.factories import AlertFactory, AppointmentFactory, PatientFactory, nobodys_mobile
from clinic.patients.models import Patient

pytestmark = pytest.mark.django_db


def test_a_patient_pays_unless_somebody_else_does():
    parent = PatientFactory()
    child = PatientFactory(payer=parent)
    assert (child.invoiced_to, parent.invoiced_to) == (parent, parent)


def test_nobody_is_their_own_payer():
    patient = PatientFactory()
    with pytest.raises(IntegrityError, match="patient_payer_is_somebody_else"), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(payer=patient)


def test_a_payer_and_a_patient_with_visits_are_not_deleted():
    child = PatientFactory(payer=PatientFactory())
    for patient in (child.payer, AppointmentFactory().patient):
        with pytest.raises(ProtectedError):
            patient.delete()


@pytest.mark.parametrize(
    ("on", "age"), [(date(2026, 2, 28), 41), (date(2026, 3, 1), 42), (date(2028, 2, 28), 43), (date(2028, 2, 29), 44)]
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(on, age):
    assert PatientFactory.build(date_of_birth=date(1984, 2, 29)).age(on) == age


def test_without_a_birth_date_there_is_no_age():
    assert PatientFactory.build(date_of_birth=None).age() is None


def test_phone_numbers_are_kept_in_e164():
    patient = PatientFactory(mobile="088 123 4567")
    assert Patient.objects.filter(mobile="+353881234567").get() == patient


def test_a_number_that_cannot_exist_is_refused():
    with pytest.raises(ValidationError, match="phone number"):
        PatientFactory.build(mobile="+353 123").full_clean()


@pytest.mark.parametrize("number", [0, 1, 104_729, 8_999_999, 9_000_000])
def test_the_demos_mobile_numbers_are_valid(number):
    PatientFactory._meta.model._meta.get_field("mobile").clean(nobodys_mobile(number), None)


def test_alerts_come_along_in_one_query(django_assert_num_queries):
    for _ in range(3):
        AlertFactory(text="Takes warfarin")
    with django_assert_num_queries(2):
        assert [[alert.text for alert in patient.alerts.all()] for patient in Patient.objects.with_alerts()] == [
            ["Takes warfarin"]
        ] * 3
