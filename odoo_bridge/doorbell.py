"""The doorbell: after a commit, ask the worker to push soon; at a hint of Odoo's, to pull soon.

Ringing costs the request nothing: a thread of this process publishes, at most once in `QUIET` seconds for each of the
two. When the broker is away the ring is lost, and the sweep or the next poll finds the change.
"""

from __future__ import annotations

import logging
import threading
from importlib import import_module

from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

QUIET = 0.2


class Bell:
    """Rings for one task of `odoo_bridge.tasks`."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._ringer: threading.Thread | None = None

    def ring(self) -> None:
        """Ask for the task soon. Returns at once, and never fails."""
        if not settings.ODOO_RING:
            return
        with self._lock:
            if self._ringer is None or not self._ringer.is_alive():
                self._ringer = threading.Thread(target=self._publish, name=f"doorbell {self._task}", daemon=True)
                self._ringer.start()
        self._rung.set()

    def _publish(self) -> None:
        task = getattr(import_module("odoo_bridge.tasks"), self._task)
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                task.apply_async(expires=30, retry=False, ignore_result=True)
            except (OperationalError, OSError) as error:
                log.warning("The broker did not take the ring: %s", type(error).__name__)
            threading.Event().wait(QUIET)


ring = Bell("push").ring
hint = Bell("pull").ring
