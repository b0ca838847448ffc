"""What stops a whole connection: noted in words, tried again by itself or by a person, and nothing is lost."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.demo.running.ports import free_port
from odoo_bridge import connecting, sync, tasks
from odoo_bridge.models import Connection, Link, Watch
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.contract.calls import recorded_calls
from tests.contract.peers import arm, start_sandbox
from tests.contract.test_every_mapping import settle, time_passes

pytestmark = pytest.mark.django_db


def soon(connection):
    """Let the half minute pass for which a connection in trouble is left alone."""
    Connection.objects.filter(pk=connection.pk).update(resume_at=timezone.now() - timedelta(seconds=1))


def test_an_odoo_that_is_away_is_noted_in_words_and_the_sync_resumes_by_itself(
    practice, connection, books, tmp_path, processes
):
    patient = practice.patient()
    port = free_port()
    home = connection.url
    connection.url = f"http://127.0.0.1:{port}"
    connection.save()

    tasks.push()
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert connection.trouble == f"Nothing answers at 127.0.0.1:{port}."
    assert connection.trouble_since and connection.failures == 1
    assert books.link(patient).state == "waiting"

    connection.url = home
    connection.save()
    soon(connection)
    tasks.push()
    connection.refresh_from_db()
    assert (connection.trouble, connection.trouble_since, connection.failures) == ("", None, 0)
    assert books.link(patient).state == "in_odoo"


def test_a_connection_in_trouble_is_tried_at_most_twice_a_minute(practice, connection):
    practice.patient()
    connection.url = f"http://127.0.0.1:{free_port()}"
    connection.save()

    with recorded_calls() as calls:
        for _ in range(10):
            tasks.push()
            tasks.pull()
    assert len(calls.made) == 1

    soon(connection)
    with recorded_calls() as calls:
        for _ in range(10):
            tasks.pull()
            tasks.push()
    assert len(calls.made) == 1


def test_trouble_stays_until_odoo_has_answered(practice, connection):
    """With nothing to send, a push must not declare an Odoo well that nobody has heard of."""
    settle(connection)
    home = connection.url
    connection.url = f"http://127.0.0.1:{free_port()}"
    connection.save()
    tasks.pull()
    since = Connection.objects.get(pk=connection.pk).trouble_since
    assert since

    soon(connection)
    tasks.push()
    connection.refresh_from_db()
    assert (connection.failures, connection.trouble_since) == (2, since)

    connection.url = home
    connection.save()
    soon(connection)
    tasks.push()
    connection.refresh_from_db()
    assert (connection.trouble, connection.failures) == ("", 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"api_key": "0" * 40}, "refused the user name or API key"),
        ({"username": "nobody"}, "refused the user name or API key"),
        ({"database": "nodb"}, "has no database of that name"),
    ],
)
def test_what_only_a_person_can_mend_pauses_the_connection_and_nothing_is_lost(
    practice, connection, books, wrong, words
):
    patient = practice.patient()
    right = {name: getattr(connection, name) for name in wrong}
    Connection.objects.filter(pk=connection.pk).update(**wrong)

    tasks.push()
    tasks.push()
    connection.refresh_from_db()
    assert connection.state == Connection.State.PAUSED
    assert words in connection.trouble
    assert BRIDGE_KEY not in connection.trouble
    assert connection.failures == 1, "it is not tried again"
    assert books.link(patient).state == "waiting"

    Connection.objects.filter(pk=connection.pk).update(**right)
    connecting.go(Connection.objects.get(pk=connection.pk))
    tasks.push()
    assert books.link(patient).state == "in_odoo"


def test_a_key_revoked_in_the_middle_of_a_batch_loses_nothing(practice, connection, books, processes, tmp_path):
    """The sandbox goes away after the first call and comes back with another key."""
    patients = [practice.patient() for _ in range(5)]
    settle(connection)
    for patient in patients:
        patient.city = "Sligo"
        patient.save()
    Connection.objects.filter(pk=connection.pk).update(api_key="1" * 40)

    tasks.push()
    assert Connection.objects.get(pk=connection.pk).state == Connection.State.PAUSED
    Connection.objects.filter(pk=connection.pk).update(api_key=BRIDGE_KEY, state=Connection.State.ACTIVE)
    tasks.push()

    settle(connection)
    assert {books.of(patient, "city")["city"] for patient in patients} == {"Sligo"}


def test_an_address_that_is_none_is_said_in_words(practice, connection):
    practice.patient()
    Connection.objects.filter(pk=connection.pk).update(url="odoo.example.com")

    tasks.push()
    tasks.pull()

    assert "must begin with https://" in Connection.objects.get(pk=connection.pk).trouble


@pytest.mark.parametrize("kind", ["refuse", "busy", "html", "reset_before", "reset_after", "truncate", "untyped"])
def test_whatever_the_network_does_a_record_arrives_once(practice, connection, books, peer, kind):
    patient = practice.patient()
    arm(peer, kind, "res.partner", "load")

    sync.push(connection)
    connection.refresh_from_db()
    assert connection.trouble and connection.state == Connection.State.ACTIVE
    assert books.link(patient).state == "waiting"

    settle(connection)
    assert books.count(patient, [["email", "=", patient.email]]) == 1
    assert books.link(patient).state == "in_odoo"


def test_after_a_lost_answer_the_record_is_looked_up_and_not_sent_again(practice, connection, books, peer):
    patient = practice.patient()
    arm(peer, "reset_after", "res.partner", "load")
    sync.push(connection)

    with recorded_calls() as calls:
        sync.push(connection)

    assert calls.of("res.partner", "load") == []
    assert len(calls.of("ir.model.data", "check_object_reference")) == 1
    assert books.link(patient).state == "in_odoo"


def test_an_edit_in_odoo_after_a_lost_answer_is_not_overlooked(practice, connection, books, peer):
    """The pull cannot know the record yet, so the push that finds it has to look."""
    patient = practice.patient()
    arm(peer, "reset_after", "res.partner", "load")
    sync.push(connection)
    [odoo_id] = books.odoo.search("res.partner", [["email", "=", patient.email]])
    books.odoo.write("res.partner", [odoo_id], {"city": "Sligo"})
    sync.pull(connection)

    settle(connection)

    patient.refresh_from_db()
    assert patient.city == "Sligo"


def test_a_missing_right_to_one_kind_of_record_does_not_hold_up_the_others(practice, connection, books, line):
    visit = practice.appointment()
    invoice = practice.invoice(patient=visit.patient)
    line.deny("calendar.event", "load")

    sync.push(connection)

    assert books.link(visit).state == "waiting"
    assert "not allowed" in books.link(visit).reason
    assert books.link(invoice).state == "in_odoo"
    assert line.calls.count(("calendar.event", "load")) == 1
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE

    line.allow_all()
    time_passes()
    sync.push(connection)
    assert books.link(visit).state == "in_odoo"


def test_a_missing_right_to_read_one_kind_of_record_does_not_stop_the_pull_of_others(practice, connection, books, line):
    visit = practice.appointment()
    invoice = practice.invoice(patient=visit.patient)
    settle(connection)
    books.pay(invoice)
    line.deny("calendar.event", "search_read")

    sync.pull(connection)

    assert type(invoice).objects.get(pk=invoice.pk).balance == 0
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert "not allowed" in connection.trouble

    line.allow_all()
    sync.pull(connection)
    assert Connection.objects.get(pk=connection.pk).trouble == ""


def test_a_paused_connection_sends_nothing_and_fetches_nothing(practice, connection, books):
    practice.patient()
    connecting.pause(connection)

    with recorded_calls() as calls:
        tasks.push()
        tasks.pull()
        sync.push(Connection.objects.get(pk=connection.pk))

    assert calls.made == []
    assert Link.objects.waiting().exists()


def test_a_pull_that_is_due_is_made_once_however_many_beats_ask_for_it(practice, connection, settings):
    settings.ODOO_POLL_SECONDS = 15
    settle(connection)
    with recorded_calls() as calls:
        tasks.pull(scheduled=True)
    once = len(calls.of("calendar.event", "search_read"))
    with recorded_calls() as calls:
        for _ in range(2):
            tasks.pull(scheduled=True)
    assert (once > 0, len(calls.of("calendar.event", "search_read"))) == (True, 0)

    Watch.objects.update(polled_at=timezone.now() - timedelta(seconds=15))
    with recorded_calls() as calls:
        tasks.pull(scheduled=True)
    assert calls.of("calendar.event", "search_read")


def test_tasks_may_run_twice(practice, connection, books):
    patient = practice.patient()
    for task in (tasks.push, tasks.push, tasks.pull, tasks.pull, tasks.push):
        task()
    assert books.count(patient, [["email", "=", patient.email]]) == 1
    assert not Link.objects.exclude(lease=None).exists()


def test_neither_log_nor_reasons_hold_a_key_a_name_or_a_phone_number(practice, connection, books, peer, caplog):
    with caplog.at_level(logging.DEBUG):
        visit = practice.appointment()
        invoice = practice.invoice(patient=visit.patient)
        practice.payment("10.00", invoice)
        for kind in ("reset_after", "html", "refuse", "serialization"):
            arm(peer, kind, "res.partner", "*")
            sync.push(connection)
            time_passes()
        settle(connection)
        books.edit(visit.patient, name="Somebody Else")
        settle(connection)

    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    patient = visit.patient
    for secret in (BRIDGE_KEY, patient.family_name, patient.email, patient.mobile.as_e164, "Somebody Else"):
        assert secret not in said
    assert "res.partner.load" in said


def test_a_sandbox_that_was_killed_and_came_back_is_used_again(practice, connection, processes, tmp_path, peer):
    port = free_port()
    file = tmp_path / "again.sqlite3"
    connection.url = start_sandbox(processes, file, port=port)
    connection.save()
    patient = practice.patient()
    settle(connection)
    processes.stop()
    patient.city = "Sligo"
    patient.save()
    tasks.push()
    assert Connection.objects.get(pk=connection.pk).trouble

    start_sandbox(processes, file, port=port)
    soon(connection)
    tasks.push()

    assert Link.objects.get(connection=connection, uid=patient.uid).state == "in_odoo"


def test_a_record_that_points_at_something_gone_is_refused_and_not_taken_for_deleted(practice, connection, line):
    """Odoo 17 says so of a contact whose country is gone (observed)."""
    patient = practice.patient()
    settle(connection)
    gone = "Record does not exist or has been deleted.\n(Record: res.country(99999,), User: 6)"
    line.refuse("res.partner", "write", "odoo.exceptions.MissingError", gone)
    patient.city = "Sligo"
    patient.save()
    settle(connection)
    link = Link.objects.get(uid=patient.uid)
    assert link.needs_person and not link.gone
    assert "does not accept the change" in link.reason
