"""Copies and restores: nothing is written before a person has said what happened, and then nothing is lost or doubled.

Whole databases are put back to older backups by the simulation; here each sign of it is made by hand.
"""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from clinic.appointments import actions as appointments
from clinic.appointments.models import Status
from clinic.invoices.models import NumberSeries, Payment
from clinic.journal.models import Change
from clinic.patients.models import Patient
from odoo_bridge import channel, connecting, guard, sync
from odoo_bridge.intake import take_in
from odoo_bridge.merged import MERGED
from odoo_bridge.models import Connection, Link
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)
Doubt = Connection.Doubt


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient()
    settle(connection)
    return patient


def fresh(connection):
    return Connection.objects.get(pk=connection.pk)


def look_again(connection, **changes):
    """Let the next run look at the mark, and change what the connection remembers."""
    Connection.objects.filter(pk=connection.pk).update(marked_at=timezone.now() - timedelta(hours=1), **changes)


def recover(connection, what):
    connecting.answer_doubt(fresh(connection), what)
    assert channel.may_recover(fresh(connection))
    sync.recover(fresh(connection))
    settle(fresh(connection))
    # A payment that is sent again waits some seconds for its invoice.
    Link.objects.update(next_attempt_at=None)
    settle(fresh(connection))
    assert (fresh(connection).doubt, fresh(connection).state) == ("", "active")


def set_mark_back(connection, books, by):
    """Let the mark in Odoo be what it was some marks ago."""
    mark = guard.read(connection, books.odoo)
    older = json.dumps({"instance": mark.instance, "place": mark.place, "count": mark.count - by})
    books.odoo.write(guard.MODEL, [mark.id], {"description": older})
    look_again(connection)


def count_up(connection, times=3):
    for _ in range(times):
        look_again(connection)
        sync.pull(fresh(connection))


def test_a_copy_of_the_clinic_sends_nothing_until_somebody_says_that_it_moved(practice, connection, patient, books):
    look_again(connection, place="postgresql 1 production")
    other = practice.patient()
    with recorded_calls() as calls:
        sync.push(fresh(connection))
        sync.pull(fresh(connection))
    assert calls.that_change == calls.of(guard.MODEL, "write") == []
    copy = fresh(connection)
    assert (copy.doubt, copy.state) == (Doubt.MOVED, "paused")
    assert "copy" in copy.trouble
    with pytest.raises(connecting.NotSo):
        connecting.go(copy)
    sync.push(fresh(connection))
    assert Link.objects.get(uid=other.uid).odoo_id is None
    recover(connection, Doubt.MOVED)
    assert Link.objects.get(uid=other.uid).odoo_id


def test_two_installations_that_write_to_one_odoo_see_each_other(practice, connection, patient):
    look_again(connection, instance=uuid4())
    practice.patient()
    with recorded_calls() as calls:
        sync.push(fresh(connection))
    assert calls.that_change == calls.of(guard.MODEL, "write") == []
    assert fresh(connection).doubt == Doubt.OTHER
    recover(connection, Doubt.OTHER)
    sync.push(fresh(connection))
    assert fresh(connection).doubt == ""


def test_a_restored_clinic_finds_its_records_again_and_gives_no_number_twice(practice, connection, patient, books):
    older = fresh(connection).mark
    invoice = practice.invoice("80.00", patient=patient)
    lost = practice.patient()
    settle(connection)
    note = practice.credit_note(invoice, "30.00")
    settle(connection)
    count_up(connection)
    ids = {one.uid: books.odoo_id(one) for one in (patient, lost, invoice, note)}
    # What an older backup holds: no links, one patient less, a counter that went back, and the mark of then.
    Link.objects.all().delete()
    lost.delete()
    Change.objects.all().delete()
    NumberSeries.objects.update(last=0)
    look_again(connection, mark=older)
    patient.city = "Galway"
    patient.save()
    with recorded_calls() as calls:
        sync.push(fresh(connection))
    assert calls.that_change == calls.of(guard.MODEL, "write") == []
    assert fresh(connection).doubt == Doubt.CLINIC
    for document in (invoice, note):
        given = int(document.number.rpartition("/")[2].removeprefix("R"))
        series = NumberSeries.objects.get(branch=document.branch, year=document.issued_on.year, kind=document.kind)
        assert series.last >= given
    recover(connection, Doubt.CLINIC)
    found = dict(Link.objects.filter(mapping__in=["partner", "move"]).values_list("uid", "odoo_id"))
    assert {uid: found[uid] for uid in ids} == ids
    unknown = Link.objects.get(uid=lost.uid)
    assert unknown.needs_person and "does not know it any more" in unknown.reason
    [conflict] = Link.objects.get(uid=patient.uid).conflicts
    assert conflict == "city"  # Nobody knows any more which side changed it.


def test_a_visit_that_was_sent_after_the_backup_and_cancelled_since_is_asked_about(practice, connection, books):
    older = fresh(connection).mark
    visit = practice.appointment()
    settle(connection)
    count_up(connection)
    odoo_id = books.odoo_id(visit)
    # An older backup knows neither the link nor, by now, a reason to send it.
    Link.objects.filter(uid=visit.uid).delete()
    appointments.advance(visit, Status.CANCELLED, reason="The patient is ill")
    look_again(connection, mark=older)
    sync.push(fresh(connection))
    assert not Link.objects.filter(uid=visit.uid).exclude(sent=None, odoo_id=None).exists()
    recover(connection, Doubt.CLINIC)
    link = books.link(visit)
    assert (link.odoo_id, link.needs_person, set(link.conflicts)) == (odoo_id, True, {"active"})


def test_an_odoo_that_was_restored_gets_again_what_it_lost(practice, connection, patient, books, peer):
    invoice = practice.invoice("80.00", patient=patient)
    payment = practice.payment("40.00", invoice)
    other = practice.patient()
    settle(connection)
    in_odoo = books.pay(invoice, "10.00")
    settle(connection)
    count_up(connection)
    ours = patient.city
    with sqlite3.connect(peer.file, timeout=10) as odoo:
        # What was written after Odoo's backup is undone: an older city, no other patient, no payment of theirs.
        odoo.execute(
            "UPDATE res_partner SET city = 'Ballina', write_date = '2020-01-01 00:00:00' WHERE id = ?",
            [books.odoo_id(patient)],
        )
    books.delete(other)
    books.odoo.call("account.payment", "action_draft", [in_odoo])
    books.odoo.call("account.payment", "action_cancel", [in_odoo])
    books.odoo.unlink("account.payment", [in_odoo])
    set_mark_back(connection, books, by=2)
    sync.pull(fresh(connection))
    assert fresh(connection).doubt == Doubt.ODOO
    assert Patient.objects.get(pk=patient.pk).city == ours
    recover(connection, Doubt.ODOO)
    assert books.of(patient, "city")["city"] == ours
    assert books.odoo.search_count("res.partner", [["email", "=", other.email]]) == 1
    assert books.of(invoice, "amount_residual")["amount_residual"] == pytest.approx(float(invoice.total) - 50)
    assert sorted(one.amount for one in Payment.objects.all()) == [10, 40]
    assert Payment.objects.get(pk=payment.pk).allocations.get().in_books


def test_what_somebody_changed_in_a_restored_odoo_since_waits_for_a_person(connection, patient, books):
    count_up(connection)
    set_mark_back(connection, books, by=2)
    Link.objects.update(agreed_at=timezone.now() - timedelta(hours=2))
    sync.Window.objects.update(since=timezone.now() - timedelta(hours=2))
    books.edit(patient, city="Sligo")
    sync.pull(fresh(connection))
    recover(connection, Doubt.ODOO)
    assert Link.objects.get(uid=patient.uid).conflicts == {"city": {"ours": patient.city, "theirs": "Sligo"}}


def test_what_somebody_changed_in_a_restored_odoo_waits_for_a_person_though_its_clock_was_put_forward(
    connection, patient, books
):
    count_up(connection)
    set_mark_back(connection, books, by=2)
    # By the clock that Odoo has now, its record is older than what was agreed on; by that of then it is newer.
    Connection.objects.update(mark=fresh(connection).mark | {"ahead": -7200.0})
    Link.objects.update(agreed_at=timezone.now() + timedelta(minutes=1))
    sync.Window.objects.update(since=timezone.now() - timedelta(hours=2))
    books.edit(patient, city="Sligo")
    sync.pull(fresh(connection))
    recover(connection, Doubt.ODOO)
    assert Link.objects.get(uid=patient.uid).conflicts == {"city": {"ours": patient.city, "theirs": "Sligo"}}


def test_what_a_pull_asks_about_before_anybody_knows_of_a_restore_is_not_overwritten_by_it(connection, patient, books):
    count_up(connection)
    books.edit(patient, active=False)
    sync.pull(fresh(connection))
    assert set(Link.objects.get(uid=patient.uid).conflicts) == {"active"}
    # The pull has moved its window past that edit.
    sync.Window.objects.update(since=timezone.now() + timedelta(minutes=1))
    set_mark_back(connection, books, by=2)
    sync.pull(fresh(connection))
    recover(connection, Doubt.ODOO)
    assert set(Link.objects.get(uid=patient.uid).conflicts) == {"active"}
    assert books.of(patient, "active")["active"] is False


def test_the_mark_notes_how_far_odoos_clock_is_ahead(connection, patient):
    assert abs(fresh(connection).mark["ahead"]) < 60


def test_contacts_that_were_merged_in_odoo_are_two_again_when_it_was_restored(practice, connection, patient, books):
    other = practice.patient()
    settle(connection)
    count_up(connection)
    odoo_id = books.odoo_id(patient)
    merged = {"odoo_id": None, "merged_into": books.odoo_id(other), "needs_person": True, "reason": MERGED}
    Link.objects.filter(uid=patient.uid).update(**merged)
    set_mark_back(connection, books, by=2)
    sync.pull(fresh(connection))
    recover(connection, Doubt.ODOO)
    link = Link.objects.get(uid=patient.uid)
    assert (link.odoo_id, link.merged_into, link.needs_person) == (odoo_id, None, False)


def test_of_two_contacts_that_are_one_in_odoo_and_looked_for_together_one_stands_aside(
    practice, connection, patient, books, peer
):
    other = practice.patient()
    settle(connection)
    kept, gone = books.odoo_id(patient), books.odoo_id(other)
    with sqlite3.connect(peer.file, timeout=10) as odoo:
        odoo.execute("UPDATE ir_model_data SET res_id = ? WHERE model = 'res.partner' AND res_id = ?", [kept, gone])
        odoo.execute("DELETE FROM res_partner WHERE id = ?", [gone])
    # As a restore of Odoo leaves them.
    Link.objects.filter(mapping="partner").update(odoo_id=None, sent={}, agreed=None, wanted=F("wanted") + 1)
    sync.push(fresh(connection))
    links = Link.objects.filter(uid__in=[patient.uid, other.uid]).order_by("pk").values_list("odoo_id", "merged_into")
    assert set(links) == {(None, kept), (kept, None)}
    assert Link.objects.get(merged_into=kept).needs_person


@pytest.mark.parametrize("lose", ["lose_answer", "cut"])
def test_a_mark_whose_answer_was_lost_is_no_restore(connection, patient, line, lose):
    getattr(line, lose)("ir.attachment", "write")
    for _ in range(4):
        look_again(connection, resume_at=None)
        sync.pull(fresh(connection))
        assert fresh(connection).doubt == ""
    assert fresh(connection).trouble == ""


def test_one_mark_that_arrived_without_an_answer_and_one_that_did_not_are_no_restore(connection, patient, line):
    for lose in (line.lose_answer, line.cut):
        lose(guard.MODEL, "write")
        look_again(connection, resume_at=None)
        sync.pull(fresh(connection))
    for _ in range(2):
        look_again(connection, resume_at=None)
        sync.pull(fresh(connection))
        assert fresh(connection).doubt == ""


def test_a_mark_that_has_arrived_without_an_answer_shows_a_restore_later(connection, patient, line, books):
    line.lose_answer(guard.MODEL, "write")
    look_again(connection)
    sync.pull(fresh(connection))
    count_up(connection, times=1)  # It is found where its answer was lost.
    assert fresh(connection).doubt == ""
    set_mark_back(connection, books, 1)
    sync.pull(fresh(connection))
    assert fresh(connection).doubt == Doubt.ODOO


def test_a_deleted_mark_is_asked_about_and_made_anew(connection, patient, books):
    books.odoo.unlink(guard.MODEL, [guard.read(connection, books.odoo).id])
    look_again(connection)
    sync.pull(fresh(connection))
    assert fresh(connection).doubt == Doubt.ODOO
    recover(connection, Doubt.MOVED)
    assert guard.read(fresh(connection), books.odoo)


def test_a_person_says_by_command_what_happened(connection, patient, settings):
    settings.ODOO_URL = connection.url
    look_again(connection, place="postgresql 1 production")
    sync.pull(fresh(connection))
    out = io.StringIO()
    call_command("odoo", "recover", "moved", stdout=out)
    assert "both sides are looked through" in out.getvalue()
    assert fresh(connection).doubt == ""


def test_a_mark_that_came_hours_late_is_no_restore(connection, patient, books):
    """It was sent and not answered, came after all, and nobody looked for longer than a request can be under way."""
    mark = guard.read(connection, books.odoo)
    said = mark.count + 1
    late = {"id": mark.id, "said": said, "heard": mark.count, "unanswered": [[said, 0.0]]}
    content = json.dumps({"instance": mark.instance, "place": mark.place, "count": said})
    books.odoo.write(guard.MODEL, [mark.id], {"description": content})
    look_again(connection, mark=late)
    sync.pull(fresh(connection))
    assert fresh(connection).doubt == ""


def _clinic_is_put_back(connection, older):
    """Let the clinic's side of the mark be what an older backup holds."""
    count_up(connection)
    look_again(connection, mark=older)


def test_a_look_that_breaks_off_lets_nobody_send(practice, connection, patient, books, line):
    """One worker sees that Odoo knows more, and dies over the next call. The next one does not rely on its look."""
    older = fresh(connection).mark
    _clinic_is_put_back(connection, older)
    patient.city = "Galway"
    patient.save()
    line.lose_answer("account.move", "search_read")
    sync.push(fresh(connection))
    assert fresh(connection).doubt == ""
    Connection.objects.update(resume_at=None)
    with recorded_calls() as calls:
        sync.push(fresh(connection))
    assert calls.of("res.partner", "write") == []
    assert fresh(connection).doubt == Doubt.CLINIC


def test_nobody_sends_while_another_worker_is_looking(connection, patient, books):
    """A look that has begun says nothing yet: whoever comes meanwhile looks as well."""
    older = fresh(connection).mark
    _clinic_is_put_back(connection, older)
    patient.city = "Galway"
    patient.save()
    Connection.objects.update(marked_at=timezone.now())
    sync.push(fresh(connection))
    assert fresh(connection).doubt == Doubt.CLINIC
    assert books.of(patient, "city")["city"] != "Galway"


def test_what_is_back_to_what_was_agreed_is_not_overwritten_by_what_was_sent_after_the_backup(
    connection, patient, books
):
    """The backup holds an edit that was not sent yet. It was sent, and is undone here after the restore."""
    mark, city = fresh(connection).mark, patient.city
    patient.city = "Galway"
    patient.save()
    take_in()
    older = Link.objects.filter(uid=patient.uid).values("agreed", "wanted", "pushed", "seen").get()
    settle(connection)
    _clinic_is_put_back(connection, mark)
    Link.objects.filter(uid=patient.uid).update(**older)
    patient.city = city
    patient.save()
    sync.push(fresh(connection))
    recover(connection, Doubt.CLINIC)
    assert Link.objects.get(uid=patient.uid).conflicts == {"city": {"ours": city, "theirs": "Galway"}}


def test_what_was_taken_out_here_after_a_restore_is_not_filled_again_by_what_was_sent_after_the_backup(
    practice, connection, patient, books
):
    mark = fresh(connection).mark
    other = practice.patient()
    settle(connection)
    email = other.email
    _clinic_is_put_back(connection, mark)
    Link.objects.filter(uid=other.uid).delete()
    other.email = ""
    other.save()
    sync.push(fresh(connection))
    recover(connection, Doubt.CLINIC)
    assert Link.objects.get(uid=other.uid).conflicts == {"email": {"ours": None, "theirs": email}}
    assert Patient.objects.get(pk=other.pk).email == ""


def test_what_a_person_had_to_put_right_before_odoo_was_restored_is_looked_at_again(practice, connection, books, peer):
    """The invoice is reset to draft, which the clinic asks about; the backup of Odoo has it posted, as it was."""
    invoice = practice.invoice("80.00")
    settle(connection)
    count_up(connection)
    draft = "The invoice was reset to draft in Odoo. Post it there again."
    Link.objects.filter(uid=invoice.uid).update(needs_person=True, reason=draft)
    payment = practice.payment("30.00", invoice)
    with sqlite3.connect(peer.file, timeout=10) as odoo:
        # As the backup has it: no pull would come across it.
        odoo.execute("UPDATE account_move SET write_date = '2020-01-01 00:00:00'")
    set_mark_back(connection, books, by=2)
    sync.pull(fresh(connection))
    recover(connection, Doubt.ODOO)
    assert not books.link(invoice).needs_person
    assert Payment.objects.get(pk=payment.pk).allocations.get().in_books
