"""One field changed on one side or on both: what goes over, what waits for a person, what is put back."""

from __future__ import annotations

import pytest

from clinic.patients.models import Patient
from odoo_bridge.status import needing_somebody
from tests.contract.test_every_mapping import settle


def test_clearing_a_field_here_clears_it_in_odoo(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    cleared = {"email": "", "street": "", "street2": "", "city": "", "postcode": "", "phone": "", "country": ""}

    for name, value in cleared.items():
        setattr(patient, name, value)
    patient.save()
    settle(connection)

    answer = books.of(patient, "email", "street", "street2", "city", "zip", "country_id")
    assert not any(value for name, value in answer.items() if name != "id")
    assert books.link(patient).state == "in_odoo"


@pytest.mark.parametrize(("theirs", "ours"), [("email", "email"), ("street2", "street2"), ("zip", "postcode")])
def test_clearing_a_field_in_odoo_clears_it_here(practice, connection, books, theirs, ours):
    patient = practice.patient()
    settle(connection)

    books.edit(patient, **{theirs: False})
    settle(connection)

    assert getattr(Patient.objects.get(pk=patient.pk), ours) == ""
    assert books.of(patient, theirs)[theirs] is False


def test_the_country_changed_in_odoo_comes_back(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    [france] = books.odoo.search("res.country", [["code", "=", "FR"]])

    books.edit(patient, country_id=france)
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).country.code == "FR"


def test_a_country_that_both_sides_changed_is_told_by_its_code(practice, connection, books):
    patient = practice.patient(country="IE")
    settle(connection)
    [france] = books.odoo.search("res.country", [["code", "=", "FR"]])
    books.edit(patient, country_id=france)
    patient.country = "PT"
    patient.save()
    settle(connection)

    [needing] = needing_somebody([connection], 10)
    [difference] = needing.differences
    assert (difference["ours"], difference["theirs"]) == ("PT", "FR")


def test_a_value_of_odoo_that_we_do_not_accept_waits_for_a_person_and_another_field_comes_back(
    practice, connection, books
):
    patient = practice.patient()
    settle(connection)

    books.edit(patient, email="not an address", city="Cork")
    settle(connection)

    link = books.link(patient)
    assert link.needs_person
    assert link.conflicts == {"email": {"ours": patient.email, "theirs": "not an address"}}
    assert "not accepted here" in link.reason
    after = Patient.objects.get(pk=patient.pk)
    assert (after.city, after.email) == ("Cork", patient.email)


def test_a_name_changed_in_odoo_waits_for_a_person(practice, connection, books):
    patient = practice.patient()
    settle(connection)

    books.edit(patient, name="Somebody Else")
    settle(connection)

    link = books.link(patient)
    assert link.needs_person
    assert link.conflicts == {"name": {"ours": patient.full_name, "theirs": "Somebody Else"}}
    assert books.of(patient, "name")["name"] == "Somebody Else"


def test_what_the_clinic_owns_is_put_back(practice, connection, books):
    visit = practice.appointment()
    settle(connection)

    books.edit(visit, location="Somewhere else")
    settle(connection)

    assert books.of(visit, "location")["location"] == f"Clinic North, {practice.chair.name}"
