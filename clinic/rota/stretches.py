"""Stretches of a day: minutes since midnight on a wall, from and until, sorted and apart; 1440 ends the day."""

from __future__ import annotations

from collections.abc import Iterable

Stretches = list[tuple[int, int]]

DAY = 24 * 60


def merged(stretches: Iterable[tuple[int, int]]) -> Stretches:
    """Return the same minutes, sorted, with those that touch or overlap made one."""
    result: Stretches = []
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def both(one: Stretches, other: Stretches) -> Stretches:
    """Return the minutes that are in both."""
    return merged((max(a, c), min(b, d)) for a, b in one for c, d in other)


def without(stretches: Stretches, taken: Iterable[tuple[int, int]]) -> Stretches:
    """Return the minutes that are in none of `taken`."""
    left = stretches
    for start, end in taken:
        left = merged(piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)))
    return left
