"""Calls per second, on a clock that the tests move."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.client.pacing import Pace
from odoo_bridge.errors import Rejected


class Clock:
    """Time passes only by sleeping, and by the tests."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace(per_second: float, burst: int = 1) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(per_second, burst, clock=clock, sleep=clock.sleep), clock


def test_calls_are_spread_over_the_second() -> None:
    calm, clock = pace(4)
    assert [calm.wait() for _ in range(4)] == [0, 0.25, 0.25, 0.25]
    assert clock.now == 1000.75


def test_a_burst_goes_at_once_and_has_to_be_earned_again() -> None:
    calm, clock = pace(2, burst=3)
    assert [calm.wait() for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    clock.now += 1.0
    assert [calm.wait() for _ in range(3)] == [0, 0, 0.5]
    clock.now += 3600
    assert [calm.wait() for _ in range(4)] == [0, 0, 0, 0.5]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.sampled_from([1, 2, 5]), st.integers(1, 5))
def test_in_no_stretch_of_time_are_there_more_calls_than_allowed(pauses: list[float], rate: int, burst: int) -> None:
    calm, clock = pace(rate, burst)
    moments = []
    for pause in pauses:
        clock.now += pause
        calm.wait()
        moments.append(clock.now)
    for first in range(len(moments)):
        for last in range(first, len(moments)):
            assert last - first + 1 <= burst + (moments[last] - moments[first]) * rate + 1e-6


def test_threads_take_turns() -> None:
    moments: list[float] = []
    calm = Pace(100)

    def work() -> None:
        for _ in range(3):
            calm.wait()
            moments.append(time.monotonic())

    started = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 12
    assert max(moments) - started >= 0.11


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (1, 0)])
def test_a_pace_that_never_lets_a_call_through_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(Rejected) as caught:
        Pace(per_second, burst)
    assert caught.value.field == "pace"
