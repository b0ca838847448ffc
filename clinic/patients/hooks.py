"""Who else wants to know when records are merged or separated: concepts that build on patients.

They are told in the transaction of the merge, so that what they make of it and the merge are one. They say so in their
`AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from clinic.patients.models import Patient

Follower = Callable[[Collection[int]], None]
_followers: list[Follower] = []


def after_merge(follower: Follower) -> None:
    """Have `follower` called with the ids of the two patients whenever their records are merged or separated."""
    if follower not in _followers:
        _followers.append(follower)


def tell_merged(survivor: Patient, loser: Patient) -> None:
    """Tell all followers, inside the transaction, once everything refers to whom it will."""
    for follower in _followers:
        follower([survivor.pk, loser.pk])
