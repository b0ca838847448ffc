"""PostgreSQL breaks off, in the middle of a push and in the middle of a booking's commit."""

from __future__ import annotations

import threading

import pytest
from django.db import connection as database

from clinic.appointments.models import Appointment
from clinic.demo.running.follow import wait_until
from tests.chaos.desk import Desk

pytestmark = pytest.mark.timeout(120)

COMMITTING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'
"""


@pytest.fixture(autouse=True)
def _postgresql_only() -> None:
    if database.vendor != "postgresql":
        pytest.skip("SQLite has no server that could break off.")


@pytest.fixture
def slow_commits(transactional_db):
    """A commit that books a visit takes two minutes: a trigger sleeps when all is written and nothing committed."""
    with database.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_sleep(120); RETURN NULL; END'"
        )
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON appointments_appointment "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    yield
    hurry_up()


def hurry_up() -> None:
    with database.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS dawdles ON appointments_appointment")
        cursor.execute("DROP FUNCTION IF EXISTS dawdle")


def everybody_is_thrown_out() -> int:
    """Break all other connections off, as a server that is killed does; return how many there were."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def is_committing() -> bool:
    with database.cursor() as cursor:
        cursor.execute(COMMITTING)
        return bool(cursor.fetchone()[0])


def test_a_booking_whose_commit_is_broken_off_is_made_once_when_the_form_is_sent_again(open_clinic, slow_commits):
    clinic = open_clinic(start=("web",))
    desk = Desk(clinic)
    form = desk.booking(clinic.practice.patient())
    sending = threading.Thread(target=desk.send, args=(form,))
    sending.start()
    assert wait_until(is_committing, 60)
    assert everybody_is_thrown_out() >= 1
    sending.join(60)
    assert desk.answers == [500]
    assert not Appointment.objects.exists()

    hurry_up()
    assert [desk.send(form), desk.send(form)] == [302, 302]
    assert Appointment.objects.count() == 1
    clinic.stack.start("worker")
    clinic.settle()
    clinic.both_sides_are_alike()


@pytest.mark.parametrize(
    "call",
    [
        ("res.partner", "load"),
        ("account.move", "load"),
        ("account.move", "action_post"),
        ("account.payment", "load"),
        ("account.payment", "action_post"),
        ("account.move", "js_assign_outstanding_line"),
    ],
    ids=".".join,
)
@pytest.mark.chaos
def test_a_push_that_loses_the_database_at_any_call_is_made_up_for(open_clinic, call):
    clinic = open_clinic(start=("worker",))
    clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    held = clinic.line.hold_answer(*call)
    clinic.ring()
    assert held.reached.wait(60), clinic.standing()
    assert everybody_is_thrown_out() >= 1
    held.let_go.set()
    clinic.settle()
    clinic.both_sides_are_alike()


@pytest.mark.chaos
def test_a_pull_that_loses_the_database_is_made_up_for(open_clinic):
    clinic = open_clinic(start=("worker",))
    patient = clinic.practice.patient(city="Sligo")
    clinic.settle()
    clinic.books.edit(patient, city="Cork")
    held = clinic.line.hold_answer("res.partner", "search_read")
    clinic.ring("pull")
    assert held.reached.wait(60)
    assert everybody_is_thrown_out() >= 1
    held.let_go.set()
    clinic.settle()
    patient.refresh_from_db()
    assert patient.city == "Cork"
    clinic.both_sides_are_alike()
