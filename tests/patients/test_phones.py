"""Numbers that are read again and again."""

import pytest
from django.core.management import call_command

from clinic.demo.factories import PatientFactory
from clinic.patients.models import Patient

pytestmark = pytest.mark.django_db


def test_each_reading_has_a_number_of_its_own() -> None:
    made = PatientFactory(mobile="+353871234567", phone="")
    first, second = Patient.objects.get(pk=made.pk), Patient.objects.get(pk=made.pk)
    first.mobile.national_number = 1
    assert second.mobile.as_e164 == Patient.objects.get(pk=made.pk).mobile.as_e164 == "+353871234567"
    assert not second.phone


def test_a_number_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import phonenumbers

    made = PatientFactory(mobile="+353871234568", phone="")
    Patient.objects.get(pk=made.pk)
    taken_apart: list[str] = []
    parse = phonenumbers.parse
    monkeypatch.setattr(
        phonenumbers, "parse", lambda *args, **kwargs: taken_apart.append(args[0]) or parse(*args, **kwargs)
    )
    assert Patient.objects.get(pk=made.pk).mobile.as_e164 == "+353871234568"
    assert not taken_apart


def test_the_database_need_not_know() -> None:
    call_command("makemigrations", "patients", check=True, dry_run=True, verbosity=0)
