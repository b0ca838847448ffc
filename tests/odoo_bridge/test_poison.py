"""One record that nobody foresaw does not hold up the others, and says nothing of itself in the log."""

from __future__ import annotations

import logging
import sqlite3
from datetime import timedelta

import pytest
from django.db import connection as database

from clinic.patients.models import Patient
from odoo_bridge import sync
from odoo_bridge.models import Link
from tests.contract.calls import recorded_calls
from tests.contract.peers import arm
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle, time_passes

pytestmark = pytest.mark.django_db


def spoil(patient: Patient) -> None:
    """Put into the database what no form and no model would accept, as another program might."""
    with database.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET country = %s WHERE id = %s", ["??", patient.pk])


def test_a_record_whose_values_nobody_knows_waits_for_a_person_and_the_others_arrive(practice, connection, books):
    patients = [practice.patient() for _ in range(5)]
    spoil(patients[2])

    sync.push(connection)

    assert [books.link(patient).state for patient in patients].count("in_odoo") == 4
    assert books.link(patients[2]).needs_person
    assert books.link(patients[2]).reason


def test_a_record_that_the_code_stumbles_over_is_set_aside_with_a_reason_without_data(
    practice, connection, books, caplog, monkeypatch
):
    patients = [practice.patient() for _ in range(5)]
    unlucky = patients[1]
    full_name = Patient.full_name.fget

    def stumble(self):
        if self.pk == unlucky.pk:
            raise ArithmeticError(f"cannot handle {self.email}")
        return full_name(self)

    with monkeypatch.context() as patched, caplog.at_level(logging.INFO):
        patched.setattr(Patient, "full_name", property(stumble))
        sync.push(connection)

    assert [books.link(patient).state for patient in patients].count("in_odoo") == 4
    link = books.link(unlucky)
    assert link.needs_person and link.lease is None
    assert "ArithmeticError" in link.reason
    assert unlucky.email not in link.reason
    assert str(unlucky.uid) in caplog.text
    assert unlucky.email not in caplog.text and practice.unique not in caplog.text

    unlucky.save()
    settle(connection)
    assert books.link(unlucky).state == "in_odoo"


def test_a_record_that_stumbles_when_pulled_is_set_aside_and_the_page_goes_on(practice, connection, books, monkeypatch):
    patients = [practice.patient() for _ in range(4)]
    settle(connection)
    for patient in patients:
        books.edit(patient, city="Sligo")
    unlucky = patients[0]
    clean = Patient.clean

    def stumble(self):
        if self.pk == unlucky.pk:
            raise ArithmeticError("never again")
        clean(self)

    with monkeypatch.context() as patched:
        patched.setattr(Patient, "clean", stumble)
        sync.pull(connection)

    cities = dict(Patient.objects.values_list("pk", "city"))
    assert [cities[patient.pk] for patient in patients] == [unlucky.city, "Sligo", "Sligo", "Sligo"]
    assert books.link(unlucky).needs_person


def test_a_record_that_odoo_always_breaks_off_over_ends_alone_and_the_others_arrive(practice, connection, books, line):
    """Its answer never comes, whatever company it is sent in; the others are sent in smaller and smaller batches."""
    patients = [practice.patient() for _ in range(6)]
    settle(connection)
    for patient in patients:
        patient.city = "Sligo"
        patient.save()
    unlucky = patients[3]
    line.lose_calls_that_hold("res.partner", "read", books.odoo_id(unlucky))

    for _ in range(12):
        sync.push(connection)
        time_passes()

    others = [patient for patient in patients if patient != unlucky]
    assert {books.of(patient, "city")["city"] for patient in others} == {"Sligo"}
    assert {books.link(patient).state for patient in others} == {"in_odoo"}
    link = books.link(unlucky)
    assert link.attempts > 1 and link.reason


def test_a_refused_group_of_equal_writes_is_found_out_in_halves(practice, connection, books):
    patients = [practice.patient() for _ in range(32)]
    settle(connection)
    gone = patients[11]
    for patient in patients:
        patient.city = "Sligo"
        patient.save()
    # It goes between our look and our write.
    arm_deletion = books.odoo_id(gone)
    books.odoo.unlink("res.partner", [arm_deletion])

    with recorded_calls() as calls:
        sync.push(connection)

    assert len(calls.of("res.partner", "write")) <= 1 + 2 * 5
    assert {books.link(patient).state for patient in patients if patient != gone} == {"in_odoo"}
    assert books.link(gone).gone


def test_a_batch_that_odoo_is_too_busy_for_is_tried_again(practice, connection, books, peer):
    patient = practice.patient()
    arm(peer, "serialization", "res.partner", "load")

    sync.push(connection)
    connection.refresh_from_db()
    assert connection.trouble
    settle(connection)

    assert books.link(patient).state == "in_odoo"
    assert Link.objects.filter(needs_person=True).count() == 0


def test_what_the_pull_of_one_mapping_stumbles_over_holds_up_no_other(practice, connection, books, peer):
    """No product is what no Odoo answers of a quant, so nobody is prepared for it."""
    visit = practice.appointment()
    settle(connection)
    longer = visit.ends_at + timedelta(minutes=20)
    books.edit(visit, stop=moment(longer))
    with sqlite3.connect(peer.file, timeout=30) as odoo:
        [kept] = odoo.execute("SELECT id, product_id FROM stock_quant ORDER BY id LIMIT 1").fetchall()
        odoo.execute("UPDATE stock_quant SET product_id = NULL, write_date = ? WHERE id = ?", (moment(longer), kept[0]))
    Link.objects.filter(mapping="quant", odoo_id=kept[0]).delete()
    try:
        with pytest.raises(TypeError):
            sync.pull(connection)
    finally:
        with sqlite3.connect(peer.file, timeout=30) as odoo:
            odoo.execute("UPDATE stock_quant SET product_id = ? WHERE id = ?", kept[::-1])
        odoo.close()

    visit.refresh_from_db()
    assert visit.ends_at == longer


def test_a_new_record_that_odoo_refuses_alone_waits_for_a_person(practice, connection, books, line):
    patient = practice.patient()
    line.refuse("res.partner", "load", "odoo.exceptions.ValidationError", "Nobody is called so.")

    sync.push(connection)

    link = books.link(patient)
    assert link.needs_person
    assert "Nobody is called so." in link.reason
    assert link.sent is None
