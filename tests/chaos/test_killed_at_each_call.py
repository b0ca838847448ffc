"""The worker is killed at each call that an operation makes to Odoo, before Odoo has done it and after."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import transaction

from clinic.demo.running.follow import wait_until
from odoo_bridge.client.retries import READS
from tests.chaos.clinic import Clinic
from tests.chaos.conftest import TRANSPORTS
from tests.chaos.operations import OPERATIONS, Operation

ANYWHERE, IN_THE_DARK = (False, True), (True,)
"""Where to kill: before Odoo has done it and after, or only when Odoo has done what nobody noted yet."""


@pytest.mark.timeout(180)
def test_a_worker_killed_after_odoo_has_done_a_part_of_a_payment_is_made_up_for(open_clinic) -> None:
    clinic = open_clinic(start=("worker",))
    assert _killed_at_each_call(clinic, OPERATIONS["pay"], IN_THE_DARK, reading=False) == 3


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("peer", TRANSPORTS)
def test_a_worker_killed_at_any_call_is_made_up_for(open_clinic, peer: str, operation: str) -> None:
    clinic = open_clinic(peer, start=("worker",))
    assert _killed_at_each_call(clinic, OPERATIONS[operation], ANYWHERE, reading=True) >= 4


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("operation", ["create", "pay", "pull"])
def test_a_worker_killed_at_any_call_to_a_real_odoo_raises_no_false_alarm(open_clinic, operation: str) -> None:
    """There the worker keeps its mark, too, and is killed while it does: that is no sign of a copy or a restore."""
    clinic = open_clinic(start=("worker",), real=True)
    assert _killed_at_each_call(clinic, OPERATIONS[operation], ANYWHERE, reading=True) >= 4
    assert ("ir.attachment", "write") in clinic.line.calls
    assert (clinic.connection.state, clinic.connection.doubt) == ("active", "")


def _killed_at_each_call(clinic: Clinic, operation: Operation, where: tuple[bool, ...], *, reading: bool) -> int:
    """Do an operation once in peace, to see what it calls, and once more for each call; return how often it died.

    What a worker asks once in its life may not be asked again.
    """
    steps = [
        (*call, skip, after)
        for call, times in _calls_of(clinic, operation).items()
        for skip in range(times)
        for after in where
        if reading or call[1] not in READS
    ]
    killed = 0
    for model, method, skip, after in steps:
        subject = _begin(clinic, operation)
        held = clinic.line.hold(model, method, after=after, skip=skip)
        done = clinic.whether_done(operation.task)
        _act(clinic, operation, subject)
        clinic.ring(operation.task)
        assert wait_until(lambda held=held, done=done: held.reached.is_set() or done(), 60), clinic.standing()
        if not held.reached.is_set():
            assert method in READS, f"{model}.{method} was not called"
            clinic.line.disarm(held)
            continue
        killed += 1
        clinic.kill_at_work()
        held.let_go.set()
        operation.after(clinic, subject)
        _came_out_right(clinic, operation, subject, (model, method, skip, after))
    clinic.both_sides_are_alike()
    return killed


def _begin(clinic: Clinic, operation: Operation) -> Any:
    subject = operation.begin(clinic)
    clinic.settle()
    return subject


def _calls_of(clinic: Clinic, operation: Operation) -> Counter[tuple[str, str]]:
    subject = _begin(clinic, operation)
    clinic.line.calls.clear()
    _act(clinic, operation, subject)
    assert clinic.done_by(operation.task, 60)
    return Counter(clinic.line.calls)


def _act(clinic: Clinic, operation: Operation, subject: Any) -> None:
    """In one transaction: a worker that looks meanwhile would send a part of it by a call more."""
    with transaction.atomic():
        operation.act(clinic, subject)


def _came_out_right(clinic: Clinic, operation: Operation, subject: Any, step: tuple[Any, ...]) -> None:
    clinic.settle()
    assert operation.holds(clinic, subject), step
