"""What can be asked of the simulation in a minute. A whole run of the suite tries far more seeds (`tests.__main__`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.simulation import schedule
from tests.simulation.report import CALLS
from tests.simulation.wire import FAULTS

SEEDS = 12
"""How many seeds: as many as take about half a minute on a slow machine."""


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the simulation in a process of its own: it has another clock, and a database in memory."""
    argv = [sys.executable, "-m", "tests.simulation", *arguments]
    return subprocess.run(argv, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=170)


def test_both_sides_are_equal_in_the_end_whatever_happened() -> None:
    done = simulate("--seeds", str(SEEDS), "--first", "9000", "--jobs", "1")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"{SEEDS} of {SEEDS} seeds, 0 failed" in done.stdout


@pytest.mark.parametrize("seed", ["77", "5030"])
def test_a_seed_replays_to_the_same_events(seed: str) -> None:
    """Ten times, in two processes whose hashes of texts differ; in the second seed retries are spread by the dice."""
    digests = set()
    for hash_seed in ("1", "2"):
        argv = [sys.executable, "-m", "tests.simulation", "--lines", "--first", seed, "--seeds", "1", "--times", "5"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(argv, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=120)
        lines = done.stdout.splitlines()
        assert len(lines) == 5, done.stderr[-2000:]
        digests |= {json.loads(line)["digest"] for line in lines}
    assert len(digests) == 1


def test_a_schedule_has_at_least_forty_steps_and_five_faults() -> None:
    done = simulate("--sizes", "--seeds", "200")
    sizes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(sizes) == 200
    assert min(size["steps"] for size in sizes) >= 40
    assert min(size["faults"] for size in sizes) >= 5


def test_every_fault_is_aimed_at_every_call_within_few_hundred_seeds() -> None:
    aimed = {
        (call, fault)
        for seed in range(7 * len(CALLS))
        for step in schedule.make(seed).steps
        if step["do"] == "await.fault"
        for call, fault in step["plan"].items()
    }
    assert aimed == {(call, fault) for call in CALLS for fault in FAULTS}


def test_seeds_that_are_not_tried_in_time_are_a_failure() -> None:
    done = simulate("--seeds", "50", "--seconds", "0.5")
    assert done.returncode == 1
    assert "seeds were not tried within" in done.stdout
