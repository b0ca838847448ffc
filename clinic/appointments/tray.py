"""The tray: visits that somebody has in hand, to be moved to a time that is not found yet.

It belongs to a session and survives changes of day and page. It changes nothing: a visit keeps its time until it is
moved.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.sessions.backends.base import SessionBase

from clinic.appointments.models import MOVABLE, Appointment
from clinic.appointments.queries import visits_at
from clinic.practice.models import Branch

_KEY = "tray"
ROOM = 12
"""More than this nobody keeps in mind; the oldest goes."""


def put(session: SessionBase, visit: Appointment) -> None:
    """Put a visit on the tray, last."""
    session[_KEY] = [*(pk for pk in session.get(_KEY, []) if pk != visit.pk), visit.pk][-ROOM:]


def take_off(session: SessionBase, visit: Appointment) -> None:
    if visit.pk in session.get(_KEY, []):
        session[_KEY] = [pk for pk in session[_KEY] if pk != visit.pk]


def on_tray(session: SessionBase, branches: Iterable[Branch]) -> list[Appointment]:
    """Return the visits on the tray that can still be moved, in the order in which they were put there."""
    keys = session.get(_KEY, [])
    if not keys:
        return []
    found = visits_at(branches).filter(pk__in=keys, status__in=MOVABLE).in_bulk()
    return [found[pk] for pk in keys if pk in found]
