"""Deletions in Odoo leave no trace there; they are found by looking, and a person decides."""

from __future__ import annotations

import sqlite3
from datetime import UTC, timedelta

import pytest

from clinic.patients.models import Patient
from odoo_bridge import connecting, deciding, deletions, sync
from odoo_bridge.models import Connection, Link, Window
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _always_looked_for(settings):
    settings.ODOO_DELETIONS_SECONDS = 0


def link_of(record):
    return Link.objects.get(uid=record.uid)


def test_what_was_deleted_in_odoo_waits_for_a_person_though_nobody_edits_it_here(practice, connection, books):
    kept, deleted = practice.patient(), practice.patient()
    settle(connection)
    books.delete(deleted)
    sync.pull(connection)
    link = link_of(deleted)
    assert link.gone and link.needs_person
    assert "deleted in Odoo" in link.reason
    assert not link_of(kept).needs_person
    with recorded_calls() as calls:
        settle(connection)
    assert calls.that_change == []


def test_what_is_archived_in_odoo_is_not_taken_for_deleted(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, active=False)
    sync.pull(connection)
    assert not link_of(patient).gone


def test_an_odoo_that_lost_most_of_its_records_stops_the_connection_until_somebody_says_go(
    practice, connection, books, monkeypatch
):
    monkeypatch.setattr(deletions, "SUSPICIOUS", 2)
    patients = [practice.patient() for _ in range(4)]
    settle(connection)
    for patient in patients[:3]:
        books.delete(patient)
    sync.pull(connection)
    connection.refresh_from_db()
    assert connection.state == Connection.State.PAUSED
    assert "3 of 4 records are gone from Odoo at once" in connection.trouble
    assert not Link.objects.filter(gone=True).exists()

    connecting.go(connection)
    sync.pull(connection)
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE and not connection.trouble
    assert [link_of(patient).gone for patient in patients] == [True, True, True, False]
    assert not Window.objects.filter(doubted=True).exists()


def test_deletions_are_looked_for_now_and_then(practice, connection, settings):
    practice.patient()
    settle(connection)
    settings.ODOO_DELETIONS_SECONDS = 3600
    with recorded_calls() as calls:
        sync.pull(connection)
    assert calls.of("res.partner", "search") == []
    settings.ODOO_DELETIONS_SECONDS = 0
    with recorded_calls() as calls:
        sync.pull(connection)
    assert len(calls.of("res.partner", "search")) == 1


def test_what_the_user_may_not_read_is_not_taken_for_deleted(practice, connection, books, line):
    """A record that is hidden from the user looks as if it were gone: only reading it tells."""
    patient = practice.patient()
    settle(connection)
    books.delete(patient)
    line.deny("res.partner", "read")
    sync.pull(connection)
    assert not link_of(patient).gone
    line.allow_all()
    sync.pull(connection)
    assert link_of(patient).gone


def merge_in_odoo(peer, kept, lost):
    """As Odoo's merge does: the external ids of the second lead to the first, and the second is gone."""
    with sqlite3.connect(peer.file, timeout=10) as odoo:
        odoo.execute("UPDATE ir_model_data SET res_id = ? WHERE model = 'res.partner' AND res_id = ?", [kept, lost])
        odoo.execute("DELETE FROM res_partner WHERE id = ?", [lost])


@pytest.mark.parametrize("find", ["sweep", "push"])
def test_two_contacts_merged_in_odoo_wait_for_their_merge_here_and_hold_up_nothing(
    practice, connection, books, peer, find
):
    kept, lost = practice.patient(), practice.patient()
    settle(connection)
    stays = books.odoo_id(kept)
    merge_in_odoo(peer, stays, books.odoo_id(lost))
    if find == "push":
        lost.city = "Galway"
        lost.save()
        sync.push(connection)
    else:
        sync.pull(connection)
    link = link_of(lost)
    assert (link.odoo_id, link.merged_into, link.needs_person, link.gone) == (None, stays, True, False)
    assert "merged" in link.reason
    visit, invoice = practice.appointment(patient=lost), practice.invoice("80.00", patient=lost)
    settle(connection)
    assert books.of(visit, "partner_ids")["partner_ids"] == [stays]
    assert books.of(invoice, "partner_id", "state")["partner_id"][0] == stays
    # What is changed here of the one that was merged away does not overwrite the other.
    lost.city = "Limerick"
    lost.save()
    settle(connection)
    assert books.of(kept, "city")["city"] == kept.city


def test_a_contact_that_was_merged_with_a_strangers_is_followed(practice, connection, books, peer):
    patient = practice.patient()
    settle(connection)
    stranger = books.odoo.create("res.partner", {"name": patient.full_name, "email": patient.email, "city": "Sligo"})
    merge_in_odoo(peer, stranger, books.odoo_id(patient))
    sync.pull(connection)
    settle(connection)
    link = link_of(patient)
    assert (link.odoo_id, link.gone) == (stranger, False)
    patient.refresh_from_db()
    assert patient.city == "Sligo"
    assert not link.needs_person or set(link.conflicts) <= {"phone", "street", "street2", "zip", "mobile"}


@pytest.mark.parametrize("find", ["sweep", "push"])
def test_two_contacts_that_were_merged_with_a_strangers_hold_up_nothing(practice, connection, books, peer, find):
    """One follows it there, the other one waits for its merge here: a contact in Odoo is one person's."""
    first, second, other = practice.patient(), practice.patient(), practice.patient()
    visit = practice.appointment(patient=other)
    settle(connection)
    stranger = books.odoo.create("res.partner", {"name": first.full_name})
    for patient in (first, second):
        merge_in_odoo(peer, stranger, books.odoo_id(patient))
    longer = f"{visit.ends_at + timedelta(minutes=20):%Y-%m-%d %H:%M:%S}"
    books.edit(visit, stop=longer)
    if find == "push":
        for patient in (first, second, other):
            patient.city = "Galway"
            patient.save()
        sync.push(connection)
    sync.pull(connection)
    settle(connection)
    links = sorted((link_of(first), link_of(second)), key=lambda link: link.odoo_id is None)
    assert (links[0].odoo_id, links[0].merged_into) == (stranger, None)
    assert (links[1].odoo_id, links[1].merged_into, links[1].needs_person) == (None, stranger, True)
    assert "Merge the two here" in links[1].reason
    visit.refresh_from_db()
    assert f"{visit.ends_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" == longer
    assert books.of(other, "city")["city"] == Patient.objects.get(pk=other.pk).city


def test_what_was_deleted_here_is_archived_in_odoo(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    link = link_of(patient)
    patient.delete()
    settle(connection)
    assert books.odoo.read("res.partner", [link.odoo_id], ["active"]) == [{"id": link.odoo_id, "active": False}]
    assert not link_of(patient).needs_person


@pytest.mark.parametrize("decision", ["archive", "leave"])
def test_what_was_deleted_here_and_changed_there_waits_for_a_person(practice, connection, books, decision):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    patient.delete()
    sync.push(connection)
    link = link_of(patient)
    assert link.needs_person and "deleted in the clinic" in link.reason
    assert books.odoo.read("res.partner", [link.odoo_id], ["active"])[0]["active"]
    if decision == "leave":
        deciding.leave(link)
    else:
        deciding.settle_conflict(link, deciding.Side.OURS)
    settle(connection)
    assert books.odoo.read("res.partner", [link.odoo_id], ["active"])[0]["active"] is (decision == "leave")
    assert not Link.objects.filter(uid=patient.uid, needs_person=True).exists()


def test_a_record_that_is_still_here_cannot_be_left_in_odoo(practice, connection):
    patient = practice.patient()
    settle(connection)
    with pytest.raises(ValueError, match="still here"):
        deciding.leave(link_of(patient))
