"""More of everything than one needs: beats, deliveries, workers."""

from __future__ import annotations

import time

import pytest
from django.db import transaction

from clinic.demo.factories import PatientFactory
from clinic.demo.running.follow import wait_until
from odoo_bridge import canary
from tests.chaos.clinic import Clinic

PATIENTS = 500


@pytest.mark.timeout(180)
def test_five_hundred_patients_are_five_hundred_contacts_when_the_worker_is_killed(open_clinic) -> None:
    clinic = open_clinic()
    addresses = [f"{number}@five.hundred.example" for number in range(PATIENTS)]
    with transaction.atomic():
        for address in addresses:
            PatientFactory(branch=clinic.practice.branch, email=address)
    # Two hundred go in one call. The first is done and its answer on the way, the second one on the way out.
    done, going = (clinic.line.hold("res.partner", "load", after=after) for after in (True, False))
    clinic.stack.start("worker")
    for held in (done, going):
        clinic.ring()
        assert held.reached.wait(60), clinic.standing()
    clinic.stack.kill("worker")
    for held in (done, going):
        held.let_go.set()
    assert len(_contacts(clinic)) == 200

    clinic.stack.start("worker")
    clinic.settle(60)
    assert _contacts(clinic) == sorted(addresses)
    clinic.both_sides_are_alike()


def _contacts(clinic: Clinic) -> list[str]:
    rows = clinic.query("SELECT email FROM res_partner WHERE email LIKE '%@five.hundred.example'")
    return sorted(email for (email,) in rows)


@pytest.mark.chaos
@pytest.mark.timeout(180)
def test_two_beats_have_the_effect_of_one(open_clinic, figure) -> None:
    seconds, every = 15, 3
    intervals = {"ODOO_POLL_SECONDS": str(every), "ODOO_SWEEP_SECONDS": "1", "ODOO_CANARY_SECONDS": str(every)}
    clinic = open_clinic(start=("redis", "worker", "beat", "beat-2"), env=intervals)
    canary.begin(clinic.connection)
    assert wait_until(lambda: ("ir.attachment", "load") in clinic.line.calls, 20), clinic.standing()
    patient = clinic.practice.patient()
    clinic.line.calls.clear()
    time.sleep(seconds)

    pulls = clinic.line.calls.count(("calendar.event", "search_read"))
    canaries = clinic.line.calls.count(("ir.attachment", "load"))
    figure(f"Two beats, {seconds / every:.0f} slots: {pulls} pulls, {canaries} canaries")
    for runs in (pulls, canaries):
        assert seconds / every - 2 <= runs <= seconds / every + 1
    assert clinic.line.calls.count(("res.partner", "load")) == 1
    assert clinic.books.link(patient).state == "in_odoo"


@pytest.mark.chaos
@pytest.mark.timeout(120)
def test_tasks_that_are_delivered_again_and_again_at_once_have_one_effect(open_clinic) -> None:
    clinic = open_clinic(start=("worker", "worker-2"))
    payment = clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    visits = [clinic.practice.appointment() for _ in range(5)]
    for _ in range(20):
        clinic.ring("push")
        clinic.ring("pull")
    clinic.settle()
    clinic.both_sides_are_alike()
    assert {clinic.books.link(record).state for record in (payment, *visits)} == {"in_odoo"}


@pytest.mark.chaos
@pytest.mark.timeout(120)
@pytest.mark.parametrize("after", [False, True], ids=["request", "answer"])
def test_of_two_workers_on_one_record_the_one_that_stood_still_writes_nothing(open_clinic, after: bool) -> None:
    """Its request or its answer is under way for longer than its lease, and another one goes on with the record."""
    clinic = open_clinic(start=("worker", "worker-2"))
    patient = clinic.practice.patient(city="Sligo")
    clinic.settle()
    still = clinic.line.hold_answer("res.partner", "write") if after else clinic.line.delay("res.partner", "write")
    patient.city = "Galway"
    patient.save()
    clinic.ring()
    assert still.reached.wait(60), clinic.standing()
    patient.city = "Limerick"
    patient.save()
    clinic.settle()
    agreed = clinic.books.link(patient).agreed
    assert clinic.books.of(patient, "city")["city"] == "Limerick"

    still.let_go.set()
    assert wait_until(lambda: clinic.tasks_under_way() == 0, 60), clinic.standing()
    if after:
        assert clinic.books.link(patient).agreed == agreed
    clinic.settle()
    clinic.both_sides_are_alike()
    assert clinic.books.of(patient, "city")["city"] == "Limerick"


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_four_workers_that_are_killed_now_and_then_share_a_backlog(open_clinic, figure) -> None:
    names = ("worker", "worker-2", "worker-3", "worker-4")
    clinic = open_clinic(start=("redis",), env={"ODOO_SWEEP_SECONDS": "1"}, real=True)
    for _ in range(150):
        clinic.practice.appointment()
    for _ in range(20):
        clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    start = time.monotonic()
    clinic.stack.start("beat", *names)
    for name in names[1:]:
        asked = clinic.line.requests
        assert wait_until(lambda asked=asked: clinic.line.requests > asked + 5, 60), clinic.standing()
        clinic.stack.kill(name)
        clinic.time_passes()
        clinic.stack.start(name)
    clinic.settle(120)
    figure(
        f"Four workers, three of them killed: 170 patients, 150 visits, 20 payments in {time.monotonic() - start:.0f} s"
    )
    clinic.both_sides_are_alike()
