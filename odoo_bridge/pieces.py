"""Long work in pieces: on one row, which says how far it has come, by whoever holds its lease.

A worker may be killed in between, and another goes on where the row stands. One that stood still for longer than the
lease has lost it: it asks before it saves the row, and lets go of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from odoo_bridge.errors import OdooError
from odoo_bridge.progress import Progress
from odoo_bridge.saying import SentenceField

LEASE = timedelta(minutes=2)
"""How long a piece may take at most, before somebody else believes that its worker is dead."""

FOREVER = float("inf")
SOON = timedelta(seconds=15)
"""After how long it is odd that nobody has begun."""


class Taken(Exception):
    """Somebody else is at work on it."""


class Piecework(models.Model):
    """`position` is where the next piece begins; `leased_until` tells who works on it: no two leases end alike."""

    state: Any
    BUSY: ClassVar[tuple[str, ...]]
    """The states in which there is something to do."""

    position = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    trouble = SentenceField(blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY

    def is_left_lying(self, since: datetime) -> bool:
        """Tell whether nobody has begun, although it was asked for at `since`."""
        begun = self.leased_until or self.position or self.done
        return self.is_busy and not begun and timezone.now() - since > SOON

    def take(self) -> None:
        """Lease it, and read how it stands. Raises Taken."""
        now = timezone.now()
        free = self._rows().filter(Q(leased_until=None) | Q(leased_until__lte=now), state=self.state)
        if not self.is_busy or not free.update(leased_until=now + LEASE):
            raise Taken(f"{self}: somebody is at work on it already.")
        self.refresh_from_db()

    def keep(self) -> None:
        """Save it, and go on holding it. Raises Taken when somebody else has leased it since."""
        if not self._save_as_mine(timezone.now() + LEASE):
            raise Taken(f"{self}: somebody else has gone on with it.")

    def leave(self) -> None:
        """Save it and free it, unless somebody else has leased it since."""
        self._save_as_mine(None)

    def _save_as_mine(self, until: datetime | None) -> bool:
        mine, self.leased_until = self._rows().filter(leased_until=self.leased_until), until
        values = {
            field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields if not field.primary_key
        }
        return bool(mine.update(**values))

    def _rows(self) -> Any:
        return type(self)._default_manager.filter(pk=self.pk)


Work = TypeVar("Work", bound=Piecework)


def work_on(
    work: Work,
    pieces: Callable[[Work], Iterator[None]],
    *,
    failed: Mapping[Any, str],
    seconds: float,
    progress: Progress,
) -> bool:
    """Do pieces for about so many seconds, and tell whether there are none left.

    `failed`: the state that trouble leads to, by the one that it breaks off in. Raises Taken when somebody else does
    it, or any of `odoo_bridge.errors`, which the row then says as well.
    """
    until = time.monotonic() + seconds
    work.take()
    try:
        for _ in pieces(work):
            work.keep()
            progress(work.done, work.total)
            if time.monotonic() >= until:
                return False
        work.keep()
    except OdooError as error:
        work.trouble, work.state = error.message, failed[work.state]
        raise
    finally:
        work.leave()
    return True
