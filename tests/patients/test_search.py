"""Patients are found by whatever the receptionist happens to know."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.demo.factories import PatientFactory
from clinic.patients.models import Patient
from clinic.patients.searching import fold, read_date, read_digits


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ó Súilleabháin", "o suilleabhain"),
        ("  Ní   Bhriain ", "ni bhriain"),
        ("ŁUKASZ Żak", "lukasz zak"),
        ("O'Brien-Smith", "o brien smith"),
        ("Straße", "strasse"),
        ("Bjørn Þór Æsir Œuvre", "bjorn thor aesir oeuvre"),
        ("Ștefan Țurcanu", "stefan turcanu"),
        ("Nguyễn", "nguyen"),
        ("Олена КОВАЛЕНКО", "олена коваленко"),
        ("محمد الحسن", "محمد الحسن"),
        ("王 伟", "王 伟"),
        ("", ""),
    ],
)
def test_folding_takes_away_accents_and_capitals(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-02-28", date(1990, 2, 28)),
        ("28/2/1990", date(1990, 2, 28)),
        ("28.02.1990", date(1990, 2, 28)),
        ("30/2/1990", None),
        ("28/2/90", None),
        ("Murphy", None),
    ],
)
def test_dates_are_read_day_first(text, day):
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("088 123 4567", "881234567"),
        ("+353 88 123 4567", "353881234567"),
        ("(01) 837-0190", "18370190"),
        ("12", None),
        ("Flat 12", None),
    ],
)
def test_digits_are_read_without_the_trunk_prefix(text, digits):
    assert read_digits(text) == digits


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "sull",
        "niamh suilleabhain",
        "Ó SÚILLEABHÁIN",
        "suilleabhain niamh",
        "088 123",
        "+353881234567",
        "7/6/1985",
        "niamh@",
    ],
)
def test_a_patient_is_found_by_any_of_it(query):
    wanted = PatientFactory(
        given_name="Niamh",
        family_name="Ó Súilleabháin Sullivan",
        mobile="+353881234567",
        email="niamh@post.example",
        date_of_birth=date(1985, 6, 7),
    )
    PatientFactory(given_name="Paweł", family_name="Wójcik", mobile="+353887654321", date_of_birth=date(1985, 7, 6))
    assert list(Patient.objects.matching(query)) == [wanted]


@pytest.mark.django_db
def test_only_the_beginnings_of_words_match():
    PatientFactory(given_name="Diana", family_name="Brennan")
    assert not Patient.objects.matching("iana").exists()
    assert Patient.objects.matching("bren").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("write", ["save", "bulk_create", "update_fields"])
def test_the_search_follows_the_name_however_it_is_written(write):
    patient = PatientFactory.build(family_name="Żak")
    patient.branch.save()
    if write == "bulk_create":
        Patient.objects.bulk_create([patient])
    else:
        patient.save()
    assert Patient.objects.matching("zak").exists()
    patient.family_name = "Ćwikła"
    patient.save(update_fields=["family_name", "search_text"] if write == "update_fields" else None)
    assert Patient.objects.matching("cwikla").exists()
    assert not Patient.objects.matching("zak").exists()


@pytest.mark.django_db
def test_bulk_update_and_update_keep_the_search_right():
    patient = PatientFactory(family_name="Żak")
    patient.family_name = "Ćwikła"
    Patient.objects.bulk_update([patient], ["family_name"])
    assert Patient.objects.matching("cwikla").exists()
    Patient.objects.update(family_name="Wójcik")
    assert Patient.objects.matching("wojcik").exists()
    patient.refresh_from_db()
    patient.family_name = "Byrne"
    patient.save(update_fields=["family_name"])
    assert Patient.objects.matching("byrne").exists()
