"""More of everything than one needs: beats, deliveries, workers."""

from __future__ import annotations

import time

import pytest

from clinic.demo.running.follow import wait_until
from odoo_bridge import canary


@pytest.mark.timeout(120)
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
@pytest.mark.timeout(300)
def test_four_workers_that_are_killed_now_and_then_share_a_backlog(open_clinic, figure) -> None:
    names = ("worker", "worker-2", "worker-3", "worker-4")
    clinic = open_clinic(start=("redis",), env={"ODOO_SWEEP_SECONDS": "1"})
    for _ in range(150):
        clinic.practice.appointment()
    for _ in range(20):
        clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    start = time.monotonic()
    clinic.stack.start("beat", *names)
    for name in names[1:]:
        time.sleep(2)
        clinic.stack.kill(name)
        clinic.time_passes()
        clinic.stack.start(name)
    clinic.settle(120)
    figure(
        f"Four workers, three of them killed: 170 patients, 150 visits, 20 payments in {time.monotonic() - start:.0f} s"
    )
    clinic.both_sides_are_alike()
