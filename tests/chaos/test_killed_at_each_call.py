"""The worker is killed at each call that an operation makes to Odoo, before Odoo has done it and after."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from odoo_bridge.client.retries import READS
from tests.chaos.clinic import Clinic
from tests.chaos.conftest import TRANSPORTS
from tests.chaos.operations import OPERATIONS, Operation

QUICK = ("pay",)
"""What is killed in every run of the suite, over one transport and at the calls that change something.

Of a creation it is not known beforehand into how many calls the records fall.
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("operation", QUICK)
def test_a_worker_killed_at_a_call_that_changes_something_is_made_up_for(open_clinic, operation: str) -> None:
    clinic = open_clinic(start=("worker",))
    assert _killed_at_each_call(clinic, OPERATIONS[operation], reading=False) >= 2


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("peer", TRANSPORTS)
def test_a_worker_killed_at_any_call_is_made_up_for(open_clinic, peer: str, operation: str) -> None:
    clinic = open_clinic(peer, start=("worker",))
    assert _killed_at_each_call(clinic, OPERATIONS[operation], reading=True) >= 4


def _killed_at_each_call(clinic: Clinic, operation: Operation, *, reading: bool) -> int:
    """Do an operation once in peace, to see what it calls, and once more for each call; return how often it was."""
    steps = [
        (*call, skip, after)
        for call, times in _calls_of(clinic, operation).items()
        for skip in range(times)
        for after in (False, True)
        if reading or call[1] not in READS
    ]
    for model, method, skip, after in steps:
        subject = _begin(clinic, operation)
        held = clinic.line.hold(model, method, after=after, skip=skip)
        operation.act(clinic, subject)
        clinic.ring(operation.task)
        assert held.reached.wait(30), (model, method, skip, clinic.standing())
        clinic.kill_at_work()
        held.let_go.set()
        operation.after(clinic, subject)
        _came_out_right(clinic, operation, subject, (model, method, skip, after))
    clinic.both_sides_are_alike()
    return len(steps)


def _begin(clinic: Clinic, operation: Operation) -> Any:
    subject = operation.begin(clinic)
    clinic.settle()
    return subject


def _calls_of(clinic: Clinic, operation: Operation) -> Counter[tuple[str, str]]:
    subject = _begin(clinic, operation)
    operation.act(clinic, subject)
    clinic.line.calls.clear()
    assert clinic.done_by(operation.task, 30)
    # What a worker asks once in its life depends on which worker it is.
    return Counter(call for call in clinic.line.calls if call[1] not in ("fields_get", "context_get"))


def _came_out_right(clinic: Clinic, operation: Operation, subject: Any, step: tuple[Any, ...]) -> None:
    clinic.settle()
    assert operation.holds(clinic, subject), step
