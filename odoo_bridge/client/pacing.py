"""No more calls in a second than Odoo is to bear."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from odoo_bridge.errors import Rejected


class Pace:
    """`per_second` calls on average, `burst` of them at once. Safe between threads, which take turns.

    `clock` and `sleep`: in seconds; the clock only goes up.
    """

    def __init__(
        self,
        per_second: float,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not per_second > 0 or burst < 1:
            raise Rejected("A pace is more than no calls in a second, and a burst at least one call.", field="pace")
        self._gap = 1 / per_second
        self._slack = self._gap * (burst - 1)
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._due = clock() - self._slack

    def wait(self) -> float:
        """Return when the next call may be made; the seconds waited for it.

        Each caller takes the next free moment and then sleeps without holding up the others.
        """
        with self._lock:
            now = self._clock()
            # Calls that were not made count up to the burst, and no further.
            moment = max(self._due, now - self._slack)
            self._due = moment + self._gap
        delay = max(0.0, moment - now)
        if delay:
            self._sleep(delay)
        return delay
