"""What is said of the hours of a day, whoever keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hours:
    """A day of a branch, a practitioner or a chair.

    `stretches` are when it is open, and `away` when it is not for a reason that is known, with the reason: both in
    minutes since midnight on the branch's wall, sorted. `closed_because` says why it is closed all day, if it is.
    """

    stretches: list[tuple[int, int]]
    closed_because: str = ""
    away: list[tuple[int, int, str]] = field(default_factory=list)

    def covers(self, start: int, end: int) -> bool:
        """Tell whether it is open from `start` to `end` without a break."""
        return any(opens <= start and end <= closes for opens, closes in self.stretches)
