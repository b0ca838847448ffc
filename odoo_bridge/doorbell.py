"""The doorbell: after a commit, ask the worker to push soon.

Ringing costs the request nothing: a thread of this process publishes, at most once in `QUIET` seconds. When the
broker is away the ring is lost, and the sweep finds the change in a few seconds.
"""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

QUIET = 0.2
_rung = threading.Event()
_lock = threading.Lock()
_ringer: threading.Thread | None = None


def ring() -> None:
    """Ask for a push soon. Returns at once, and never fails."""
    global _ringer
    if not settings.ODOO_RING:
        return
    with _lock:
        if _ringer is None or not _ringer.is_alive():
            _ringer = threading.Thread(target=_publish_rings, name="doorbell", daemon=True)
            _ringer.start()
    _rung.set()


def _publish_rings() -> None:
    from odoo_bridge.tasks import push

    while True:
        _rung.wait()
        _rung.clear()
        try:
            push.apply_async(expires=30, retry=False, ignore_result=True)
        except (OperationalError, OSError) as error:
            log.warning("The broker did not take the ring: %s", type(error).__name__)
        threading.Event().wait(QUIET)
