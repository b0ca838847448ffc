"""Who else wants to know when a visit takes a step: concepts that build on this one, and which it does not know.

They are told in the transaction of the step, so that what they make of it and the step are one. They say so in their
`AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clinic.appointments.models import Appointment


@dataclass(frozen=True)
class Step:
    """A visit as it is now. `was` is its status before: None if it was just booked, the same as now if it was moved.

    `returns` if it has a time again that nobody compared with the hours: it was taken up again, or put back there.
    """

    visit: Appointment
    was: str | None
    returns: bool = False


Follower = Callable[[Sequence[Step]], None]
_followers: list[Follower] = []


def after_step(follower: Follower) -> None:
    """Have `follower` called with the steps of each transaction, in a fixed number of queries however many they are."""
    if follower not in _followers:
        _followers.append(follower)


def tell(*steps: Step) -> None:
    """Tell all followers, inside the transaction of the steps."""
    if not steps:
        return
    for follower in _followers:
        follower(steps)
