"""Races between the two sides and between workers: nobody's edit is overwritten unseen, and none is passed over."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import connections

from clinic.patients.models import Patient
from odoo_bridge import deciding, sync
from odoo_bridge.client import Client
from odoo_bridge.leases import claim, release
from odoo_bridge.models import Link, Window
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD
from tests.contract.test_every_mapping import settle
from tests.odoo_bridge.conftest import leases_run_out

pytestmark = pytest.mark.django_db(transaction=True)


def in_the_background(what, connection):
    thread = threading.Thread(target=_then_close, args=(what, connection))
    thread.start()
    return thread


def _then_close(what, connection):
    try:
        what(connection)
    finally:
        connections.close_all()


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient()
    settle(connection)
    return patient


def test_an_edit_here_while_odoos_is_taken_over_is_not_overwritten(patient, connection, books, line):
    """Odoo's city is on its way when the desk changes the e-mail address: both are kept."""
    books.edit(patient, city="Sligo")
    held = line.hold_answer("res.partner", "search_read")
    pulling = in_the_background(sync.pull, connection)
    assert held.reached.wait(30)
    desk = Patient.objects.get(pk=patient.pk)
    desk.email = f"new.{desk.email}"
    desk.save()
    held.let_go.set()
    pulling.join()
    settle(connection)

    after = Patient.objects.get(pk=patient.pk)
    assert (after.city, after.email) == ("Sligo", desk.email)
    assert books.of(patient, "city", "email") == {"id": books.odoo_id(patient), "city": "Sligo", "email": desk.email}


def test_an_edit_here_of_what_a_push_takes_over_is_not_overwritten(patient, connection, books, line):
    """The push read our record, asked Odoo, and finds the city changed there; the desk has changed it meanwhile."""
    books.edit(patient, city="Sligo")
    desk = Patient.objects.get(pk=patient.pk)
    desk.street = "1 Dame Street"
    desk.save()
    held = line.hold_answer("res.partner", "read")
    pushing = in_the_background(sync.push, connection)
    assert held.reached.wait(30)
    desk.city = "Galway"
    desk.save()
    held.let_go.set()
    pushing.join()
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Galway"
    assert books.of(patient, "city")["city"] == "Sligo"
    link = books.link(patient)
    assert link.needs_person
    assert link.conflicts == {"city": {"ours": "Galway", "theirs": "Sligo"}}
    assert books.of(patient, "street")["street"] == "1 Dame Street"


def test_a_page_that_was_read_before_a_push_does_not_take_the_push_back(patient, connection, books, line):
    books.edit(patient, zip="D02 AF30")
    held = line.hold_answer("res.partner", "search_read")
    pulling = in_the_background(sync.pull, connection)
    assert held.reached.wait(30)
    desk = Patient.objects.get(pk=patient.pk)
    desk.city = "Galway"
    desk.save()
    sync.push(connection)
    held.let_go.set()
    pulling.join()

    assert Patient.objects.get(pk=patient.pk).city == "Galway"
    settle(connection)
    after = Patient.objects.get(pk=patient.pk)
    assert (after.city, after.postcode) == ("Galway", "D02 AF30")
    assert books.of(patient, "city", "zip") == {"id": books.odoo_id(patient), "city": "Galway", "zip": "D02 AF30"}


def test_an_edit_in_odoo_between_our_look_and_our_writing_comes_back(patient, connection, books, line):
    patient.city = "Galway"
    patient.save()
    held = line.hold_answer("res.partner", "read")
    pushing = in_the_background(sync.push, connection)
    assert held.reached.wait(30)
    books.edit(patient, street2="Basement")
    held.let_go.set()
    pushing.join()
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).street2 == "Basement"
    assert books.of(patient, "city", "street2") == {
        "id": books.odoo_id(patient),
        "city": "Galway",
        "street2": "Basement",
    }


def test_an_edit_in_odoo_of_what_we_have_just_written_is_no_spelling_of_ours(patient, connection, books, line):
    """Between our writing and our reading back somebody there changes the very field: their value comes here."""
    patient.city = "Galway"
    patient.save()
    held = line.hold_answer("res.partner", "write")
    pushing = in_the_background(sync.push, connection)
    assert held.reached.wait(30)
    books.edit(patient, city="Sligo")
    held.let_go.set()
    pushing.join()
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert books.of(patient, "city")["city"] == "Sligo"


def test_an_edit_in_odoo_of_what_we_have_just_created_is_no_spelling_of_ours(practice, connection, books, line):
    patient = practice.patient(city="Galway")
    held = line.hold_answer("res.partner", "load")
    pushing = in_the_background(sync.push, connection)
    assert held.reached.wait(30)
    found = books.odoo.search("res.partner", [["email", "=", patient.email]])
    books.odoo.write("res.partner", found, {"city": "Sligo"})
    held.let_go.set()
    pushing.join()
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert books.of(patient, "city")["city"] == "Sligo"


def test_a_name_changed_in_odoo_just_after_we_wrote_ours_waits_for_a_person(patient, connection, books, line):
    """The clinic cannot take a whole name over: the name itself tells by whom it was written last."""
    patient.family_name = "Byrne"
    patient.save()
    held = line.hold_answer("res.partner", "write")
    pushing = in_the_background(sync.push, connection)
    assert held.reached.wait(30)
    with Client(connection.url, connection.database, "admin", ADMIN_PASSWORD) as somebody:
        somebody.write("res.partner", [books.odoo_id(patient)], {"name": "Zoe Burn"})
    held.let_go.set()
    pushing.join()
    settle(connection)
    link = books.link(patient)
    assert link.conflicts == {"name": {"ours": Patient.objects.get(pk=patient.pk).full_name, "theirs": "Zoe Burn"}}


def test_what_was_taken_over_and_then_put_back_here_is_put_back_in_odoo(patient, connection, books):
    """Both happen in one push: Odoo's city comes, our street goes; then the desk puts its own city back."""
    ours = patient.city
    books.edit(patient, city="Sligo")
    desk = Patient.objects.get(pk=patient.pk)
    desk.street = "1 Dame Street"
    desk.save()
    sync.push(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"

    desk = Patient.objects.get(pk=patient.pk)
    desk.city = ours
    desk.save()
    settle(connection)

    assert books.of(patient, "city")["city"] == ours


def test_a_second_edit_after_a_lost_answer_is_no_conflict(patient, connection, books, line):
    patient.city = "Galway"
    patient.save()
    line.lose_answer("res.partner", "write")
    sync.push(connection)
    patient.city = "Limerick"
    patient.save()

    settle(connection)

    assert not books.link(patient).needs_person
    assert books.of(patient, "city")["city"] == "Limerick"


def test_a_record_merged_away_in_odoo_does_not_write_over_the_one_it_was_merged_with(
    practice, connection, books, patient, peer
):
    """Odoo's merge lets both external ids lead to the contact that stays. Sent as new, the other would overwrite it."""
    other = practice.patient()
    settle(connection)
    name = books.of(patient, "name")["name"]
    with sqlite3.connect(peer.file, timeout=30) as odoo:
        lead = "UPDATE ir_model_data SET res_id = ? WHERE name = ?"
        odoo.execute(lead, (books.odoo_id(patient), f"partner_{other.uid.hex}"))
        odoo.execute("DELETE FROM res_partner WHERE id = ?", (books.odoo_id(other),))
    odoo.close()
    other.city = "Sligo"
    other.save()
    settle(connection)
    assert books.link(other).merged_into == books.odoo_id(patient)

    deciding.send_as_new(books.link(other))
    settle(connection)

    assert books.of(patient, "name")["name"] == name
    link = books.link(other)
    assert link.needs_person and link.odoo_id is None
    assert "merged" in link.reason


def test_a_record_deleted_in_odoo_and_sent_as_new_is_there_once(patient, connection, books):
    gone = books.odoo_id(patient)
    books.delete(patient)
    patient.city = "Sligo"
    patient.save()
    settle(connection)

    deciding.send_as_new(books.link(patient))
    settle(connection)

    assert books.link(patient).state == "in_odoo"
    assert books.odoo_id(patient) != gone
    assert books.count(patient, [["email", "=", patient.email]]) == 1


def test_the_window_does_not_move_past_a_record_that_is_in_somebodys_hands(patient, connection, books):
    before = Window.objects.get(connection=connection, mapping="partner").since
    lease, _ = claim(Link.objects.filter(uid=patient.uid), 1)
    books.edit(patient, city="Sligo")
    sync.pull(connection)
    assert Patient.objects.get(pk=patient.pk).city != "Sligo"
    assert Window.objects.get(connection=connection, mapping="partner").since == before

    release(lease)
    sync.pull(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"


def test_a_pull_that_could_not_look_at_a_record_does_not_move_its_window_on(connection, books, patient):
    """However long somebody holds the record, the next pull begins where this one did."""
    long_ago = Window.objects.get(mapping="partner").since - timedelta(hours=1)
    Window.objects.update(since=long_ago)
    books.edit(patient, city="Sligo")
    lease, _ = claim(Link.objects.filter(uid=patient.uid), 1)
    sync.pull(connection)
    assert Window.objects.get(mapping="partner").since == long_ago
    release(lease)
    sync.pull(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert Window.objects.get(mapping="partner").since > long_ago


class Killed(BaseException):
    """What ends a process wherever it stands."""


def test_a_value_taken_over_by_a_push_that_died_is_nobodys_edit(patient, connection, books):
    """Odoo's zip is in the database, the push dies before it writes, and somebody takes the zip out again in Odoo."""
    books.edit(patient, zip="F91")
    patient.city = "Sligo"
    patient.save()
    taken_over: list[bool] = []

    def dies(execute, sql, params, many, context):
        if taken_over and not database.in_atomic_block:
            raise Killed
        if sql.startswith('UPDATE "patients_patient"'):
            taken_over.append(True)
        return execute(sql, params, many, context)

    with database.execute_wrapper(dies), pytest.raises(Killed):
        sync.push(connection)
    assert Patient.objects.get(pk=patient.pk).postcode == "F91"
    books.edit(patient, zip=False)
    leases_run_out()
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).postcode == ""
    assert books.of(patient, "zip", "city") == {"id": books.odoo_id(patient), "zip": False, "city": "Sligo"}


def test_what_a_push_found_in_odoo_is_not_created_again_when_that_push_dies(practice, connection, books, patient):
    """The first worker died over the answer. The second finds the record, and dies before it creates another one."""
    link = books.link(patient)
    Link.objects.filter(pk=link.pk).update(
        odoo_id=None, agreed=None, sent=link.agreed["ours"], wanted=link.wanted + 1, next_attempt_at=None
    )
    books.odoo.write("res.partner", [link.odoo_id], {"city": "Sligo"})
    other = practice.patient()
    looking: list[bool] = []

    def dies(execute, sql, params, many, context):
        if looking == [True]:
            raise Killed
        found = execute(sql, params, many, context)
        if not looking and sql.startswith('UPDATE "odoo_bridge_link"'):
            looking.append(False)
            if Link.objects.filter(uid=other.uid, sent__isnull=False, odoo_id=None).exists():
                looking[0] = True
            else:
                looking.clear()
        return found

    with database.execute_wrapper(dies), pytest.raises(Killed):
        sync.push(connection)
    leases_run_out()
    settle(connection)

    assert books.odoo_id(patient) == link.odoo_id
    assert books.of(patient, "city")["city"] == Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert books.odoo_id(other)
