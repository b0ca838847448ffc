"""Odoo is away for long, refuses a row, carries out late what it was asked, or does not know the key any more."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from clinic.demo.running.follow import wait_until
from clinic.patients.models import Patient
from odoo_bridge import connecting
from odoo_bridge.models import Connection, Link
from odoo_bridge.sandbox.secrets import digest
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.chaos.desk import Desk


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_an_odoo_that_is_away_is_asked_twice_a_minute_while_a_thousand_visits_are_booked(open_clinic, figure) -> None:
    clinic = open_clinic(start=("redis", "web", "worker", "worker-2", "beat"))
    desk = Desk(clinic)
    patient = clinic.practice.patient()
    assert wait_until(lambda: clinic.connection.last_pull_at is not None, 60)
    clinic.line.go_away()
    desk.send(desk.booking(patient))
    assert wait_until(lambda: bool(clinic.connection.failures), 60)

    before, begun = clinic.line.requests, time.monotonic()
    while len(desk.answers) < 1000:
        desk.send(desk.booking(patient))
        time.sleep(0.05)
    assert wait_until(lambda: time.monotonic() > begun + 180, 180)
    minutes, probes = (time.monotonic() - begun) / 60, clinic.line.requests - before
    figure(f"Odoo away: {desk.told()}, {probes} requests of two workers in {minutes:.1f} minutes")
    # There is room for each half minute, and for the one that had begun.
    assert 2 <= probes <= 2 * minutes + 1
    desk.all_were_booked()
    assert desk.p99() <= 0.5

    clinic.line.come_back()
    seconds = clinic.settles_by_itself(180)
    figure(f"Odoo back: 1,000 visits synced after {seconds:.1f} s")
    assert Link.objects.filter(mapping="event", odoo_id__isnull=False).count() == 1000
    clinic.both_sides_are_alike()


@pytest.mark.timeout(120)
def test_a_poisoned_row_of_a_hundred_costs_at_most_14_calls(open_clinic, figure) -> None:
    """Odoo does not say which row it is."""
    clinic = open_clinic(start=("worker",))
    spent = []
    for poisoned in (False, True):
        patients = [clinic.practice.patient() for _ in range(100)]
        if poisoned:
            clinic.line.poison("res.partner", patients[62].email)
        clinic.line.calls.clear()
        assert clinic.done_by("push", 60), clinic.standing()
        spent.append([call for call in clinic.line.calls if call[1] != "fields_get"])

    extra = len(spent[1]) - len(spent[0])
    figure(f"One poisoned row of 100: {extra} extra calls")
    assert 0 < extra <= 14
    link = clinic.books.link(patients[62])
    assert link.needs_person and "not valid" in link.reason
    assert Link.objects.filter(needs_person=False, odoo_id__isnull=False).count() == 199


@pytest.mark.timeout(120)
def test_what_odoo_carries_out_late_does_not_replace_what_is_newer(open_clinic) -> None:
    """The worker is killed while Odoo is slow; another sends something newer; then the older request commits."""
    clinic = open_clinic(start=("worker",))
    patient = clinic.practice.patient(city="Sligo")
    clinic.settle()
    late = clinic.line.delay("res.partner", "write")
    patient.city = "Galway"
    patient.save()
    clinic.ring()
    assert late.reached.wait(60), clinic.standing()
    clinic.kill_at_work()
    Patient.objects.filter(pk=patient.pk).update(city="Limerick")
    clinic.settle()
    assert clinic.books.of(patient, "city")["city"] == "Limerick"

    late.let_go.set()
    assert wait_until(lambda: clinic.books.of(patient, "city")["city"] == "Galway", 60)
    clinic.settle()

    patient.refresh_from_db()
    assert (patient.city, clinic.books.of(patient, "city")["city"]) == ("Limerick", "Limerick")


@pytest.mark.chaos
@pytest.mark.timeout(120)
def test_a_key_that_is_revoked_in_the_middle_of_a_push_raises_one_alarm_and_loses_nothing(open_clinic) -> None:
    clinic = open_clinic(start=("redis", "worker"), env={"ODOO_SWEEP_SECONDS": "1", "ODOO_POLL_SECONDS": "1"})
    patients = [clinic.practice.patient() for _ in range(10)]
    held = clinic.line.hold_answer("res.partner", "load")
    clinic.ring()
    assert held.reached.wait(20)
    _change_key(clinic, BRIDGE_KEY, "f" * 40)
    clinic.practice.appointment(patient=patients[0])
    held.let_go.set()
    clinic.stack.start("beat")

    assert wait_until(lambda: clinic.connection.state == Connection.State.PAUSED, 20), clinic.standing()
    asked = clinic.line.requests
    time.sleep(5)  # Five sweeps and five polls go by: that nothing is asked shows in no other way.
    assert clinic.line.requests == asked, "it is not tried again before somebody mends it"
    assert clinic.connection.failures == 1
    assert "refused the user name or API key" in clinic.connection.trouble

    _change_key(clinic, "f" * 40, BRIDGE_KEY)
    connecting.go(clinic.connection)
    clinic.settle()
    clinic.both_sides_are_alike()
    assert {clinic.books.link(patient).state for patient in patients} == {"in_odoo"}


def _change_key(clinic, known: str, new: str) -> None:
    """Take a key from the user, and give another, as an administrator does in Odoo."""
    with closing(sqlite3.connect(clinic.peer.file, timeout=10)) as database, database:
        changed = database.execute(
            "UPDATE sandbox_secret SET digest = ? WHERE digest = ?", (digest(new), digest(known))
        )
        assert changed.rowcount
