"""A push or pull is killed at each statement that it sends to the database, before that is executed and after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from clinic.demo.running.programs import Program
from odoo_bridge import channel
from tests.chaos.clinic import Clinic
from tests.chaos.operations import OPERATIONS
from tests.contract.test_every_mapping import settle

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.fixture
def dies_at(open_clinic) -> Iterator[tuple[Clinic, Callable[[str, int, str], bool]]]:
    """A clinic, and `dies_at("push", 17, "before")`, which tells whether the run got so far."""
    clinic = open_clinic()
    program = [sys.executable, "-m", "tests.chaos.mortal"]
    environment = Program("mortal", program, clinic.stack.env).environment
    with subprocess.Popen(program, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mortal:

        def dies_at(what: str, at: int, when: str) -> bool:
            assert mortal.stdin and mortal.stdout
            mortal.stdin.write(f"{what} {at} {when}\n")
            mortal.stdin.flush()
            said = mortal.stdout.readline().strip()
            assert said in ("killed", "done"), said
            return said == "killed"

        yield clinic, dies_at
        mortal.kill()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_worker_killed_at_any_statement_is_made_up_for(dies_at, figure, name: str, when: str) -> None:
    clinic, dies = dies_at
    operation = OPERATIONS[name]
    for at in count(1):
        subject = operation.begin(clinic)
        settle(clinic.connection)
        operation.act(clinic, subject)
        if not dies(operation.task, at, when):
            break
        operation.after(clinic, subject)
        clinic.time_passes()
        settle(clinic.connection)
        assert operation.holds(clinic, subject), f"killed {when} statement {at}"
    figure(f"{name}: killed {when} each of {at - 1} statements")
    assert at > 10
    settle(clinic.connection)
    channel.hang_up()
    clinic.both_sides_are_alike()
