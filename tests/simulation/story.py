"""What is told of a run: its schedule, where schedules set out, and what came of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation.intents import Record

Step = dict[str, Any]

BEGINNING: list[Step] = [
    *({"do": "desk.register", "number": number} for number in (2, 4, 6)),
    {"do": "worker.push"},
    {"do": "worker.pull"},
]
"""The first steps of every schedule, which nothing disturbs: they are taken once, for each clock skew."""


@dataclass
class Schedule:
    """`steps`: what comes after the beginning."""

    seed: int
    skew: float
    steps: list[Step]


@dataclass
class Outcome:
    """`wrong`: what must not be; `log`: every event, whose `digest` is the same for the same schedule."""

    wrong: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join([*self.log, *self.wrong]).encode()).hexdigest()


@dataclass
class Beginning:
    """Where schedules set out: what both sides hold after the first steps, and what was seen of these."""

    clinic: Any
    odoo: Any
    now: datetime
    records: dict[tuple[str, str], Record]
    outcome: Outcome
    step: int
    workers: int
