"""Virtual time and virtual chance: everything in the process that is like a clock or a die follows the schedule.

What had to be replaced, at the edges of the process: the wall clock (by time-machine), `time.monotonic` where it is
called by its full name (the push's time budget), `os.urandom`, from which `uuid4` and keys are made, and the dice that
spread retries. Leases are renewed by this clock in place of threads.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine

from odoo_bridge import leases

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """The clinic's time is the process's; Odoo's is `skew` seconds off."""

    def __init__(self) -> None:
        self.now = START
        self.skew = 0.0
        self._traveller: Any = None
        self._kept: dict[UUID, tuple[Any, datetime, Callable[[], bool]]] = {}
        self.renews: Callable[[], Callable[[], bool]] = lambda: lambda: True
        """Answers, for whoever takes a lease now, how to tell later whether they still renew it."""

    def odoo(self) -> datetime:
        """Odoo's time in UTC without zone, as the sandbox asks for it."""
        return (self.now + timedelta(seconds=self.skew)).replace(tzinfo=None)

    def advance(self, seconds: float) -> None:
        """Let time pass; leases that somebody holds are renewed on the way."""
        # Nobody looks between two renewals: the last of them stands for those before it.
        ticks = seconds // leases.RENEW_AFTER * leases.RENEW_AFTER if self._kept else 0
        for step in (ticks, seconds - ticks):
            if step:
                self.now += timedelta(seconds=step)
                self._traveller.move_to(self.now, tick=False)
                self._renew()

    def _renew(self) -> None:
        for lease, (model, renewed, alive) in list(self._kept.items()):
            if alive() and self.now - renewed >= timedelta(seconds=leases.RENEW_AFTER):
                leases.renew(lease, model)
                self._kept[lease] = (model, self.now, alive)

    @contextmanager
    def keeping(self, lease: UUID, model: Any) -> Iterator[None]:
        """What `leases.keeping` is in a simulation."""
        self._kept[lease] = (model, self.now, self.renews())
        try:
            yield
        finally:
            self._kept.pop(lease, None)

    @contextmanager
    def running(self, seed: int) -> Iterator[None]:
        """Let time and chance be virtual."""
        chance = random.Random(seed)
        urandom, monotonic, keeping, dice = os.urandom, time.monotonic, leases.keeping, random.getstate()
        os.urandom = chance.randbytes
        random.seed(seed)
        time.monotonic = lambda: (self.now - START).total_seconds()  # type: ignore[assignment]
        leases.keeping = self.keeping
        try:
            with time_machine.travel(self.now, tick=False) as self._traveller:
                yield
        finally:
            os.urandom, time.monotonic, leases.keeping = urandom, monotonic, keeping
            random.setstate(dice)
