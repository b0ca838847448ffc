"""A pace that all workers keep together, on however many hosts: the next free moment is a column of the connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection as database
from django.utils import timezone

from odoo_bridge.client.pacing import Pace
from odoo_bridge.models import Connection


class SharedPace(Pace):
    """`per_second` calls to one connection's Odoo from everybody together, evenly spread."""

    def __init__(self, connection: Connection, per_second: float, *, sleep: Callable[[float], None] = time.sleep):
        super().__init__(per_second, sleep=sleep)
        self._pk = connection.pk
        self._between = timedelta(seconds=1 / per_second)

    def wait(self) -> float:
        """Return when the next call may be made; the seconds waited for it."""
        try:
            delay = self._take_turn()
        finally:
            if threading.current_thread() is not threading.main_thread():
                database.close()  # A thread of the client's has no other use for it, and nobody to close it.
        if delay > 0:
            self._sleep(delay)
        return max(0.0, delay)

    def _take_turn(self) -> float:
        mine = Connection.objects.filter(pk=self._pk)
        while True:
            taken, now = mine.values_list("next_call_at", flat=True).get(), timezone.now()
            moment = max(now, taken) if taken else now
            # Whoever was quicker has the moment; the next free one is looked for again.
            if mine.filter(next_call_at=taken).update(next_call_at=moment + self._between):
                return (moment - now).total_seconds()
