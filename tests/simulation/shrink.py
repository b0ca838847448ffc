"""A failing schedule, made small: steps and faults are left out as long as it goes on failing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.simulation.story import Schedule

Fails = Callable[[Schedule], bool]


def shrink(schedule: Schedule, fails: Fails, tries: int = 400) -> Schedule:
    """Return a schedule that still fails and of which nothing more can be left out, within so many tries."""
    left = [tries]

    def still_fails(steps: list[dict[str, Any]]) -> bool:
        left[0] -= 1
        return left[0] >= 0 and fails(replace(schedule, steps=steps))

    steps = _fewer_steps(schedule.steps, still_fails)
    steps = _fewer_faults(steps, still_fails)
    steps = _fewer_steps(steps, still_fails)
    if fails(replace(schedule, steps=steps, skew=0.0)):
        schedule = replace(schedule, skew=0.0)
    return replace(schedule, steps=steps)


def _fewer_steps(steps: list[dict[str, Any]], fails: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    size = max(1, len(steps) // 2)
    while True:
        position, shorter = 0, False
        while position < len(steps):
            without = steps[:position] + steps[position + size :]
            if without and fails(without):
                steps, shorter = without, True
            else:
                position += size
        if size == 1 and not shorter:
            return steps
        size = max(1, size // 2)


def _fewer_faults(steps: list[dict[str, Any]], fails: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    for position, step in enumerate(steps):
        for key in list(step.get("plan", {})):
            plan = {other: fault for other, fault in steps[position]["plan"].items() if other != key}
            without = [*steps[:position], {**steps[position], "plan": plan}, *steps[position + 1 :]]
            if fails(without):
                steps = without
    return steps
