"""Pace and repetition together."""

from __future__ import annotations

import pytest

from odoo_bridge.client.conduct import Conduct
from odoo_bridge.client.pacing import Pace
from odoo_bridge.client.retries import Retries
from odoo_bridge.errors import Busy

NOTHING: list[float] = []


def busy(attempts: list[str], times: int) -> str:
    attempts.append("x")
    if len(attempts) <= times:
        raise Busy("x")
    return "done"


def test_a_call_is_made_once_and_at_once_by_itself() -> None:
    attempts: list[str] = []
    with pytest.raises(Busy):
        Conduct().run("search", lambda: busy(attempts, 1))
    assert len(attempts) == 1
    assert Conduct().run("search", lambda: busy(attempts, 1)) == "done"


def test_every_repetition_waits_for_its_turn() -> None:
    slept: list[float] = []
    pace = Pace(2, clock=lambda: 0.0, sleep=slept.append)
    retries = Retries(attempts=3, sleep=NOTHING.append)
    attempts: list[str] = []
    assert Conduct(pace, retries).run("create", lambda: busy(attempts, 2)) == "done"
    assert slept == [0.5, 1.0]


def test_what_cannot_be_repeated_is_not() -> None:
    attempts: list[str] = []
    with pytest.raises(Busy):
        Conduct(retries=Retries(sleep=NOTHING.append)).run("search", lambda: busy(attempts, 1), repeatable=False)
    assert len(attempts) == 1
