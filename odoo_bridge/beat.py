"""Celery's clock, which also journals the canary's wishes, past the broker: so its silence tells that it is dead."""

from __future__ import annotations

import logging
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

from odoo_bridge import canary

log = logging.getLogger(__name__)


class Clock(PersistentScheduler):
    """The usual schedule, with a wish at its ticks."""

    def tick(self, *args: Any, **options: Any) -> Any:
        """Return the seconds until the next tick."""
        try:
            close_old_connections()
            canary.wish()
        except DatabaseError as error:
            log.warning("no wish was journalled: %s", type(error).__name__)
        return super().tick(*args, **options)
