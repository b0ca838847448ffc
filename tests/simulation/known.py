"""Seeds that fail, with what is known of why: each is work to be done, and comes off the list with its mend.

A seed that is not listed and fails is a failure; so is one that is listed and does not fail any more.
"""

from __future__ import annotations

from collections.abc import Mapping

OPEN: dict[int, str] = {}


def judged(seed: int, wrong: list[str], known: Mapping[int, str]) -> list[str]:
    """Return what is wrong with a seed; one that is known to fail has to, and is said to be open."""
    if seed not in known:
        return wrong
    if not wrong:
        return ["it is known to fail, and does not any more: take it off the list"]
    print(f"seed {seed} is open: {known[seed]}", flush=True)  # noqa: T201
    return []
