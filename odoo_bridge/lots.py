"""How many records of a backlog go into one batch: as many as Odoo works off in the time that somebody may wait.

What a person is waiting for goes between two batches. A batch of invoices that one Odoo posts in a second keeps a slow
one busy for half a minute, so each process goes by how long the last ones took.
"""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 2.0
"""Seconds that a batch is to take at most."""

FEW = 5
"""A lot is never smaller: what a call costs by itself would be most of it. Smaller batches say nothing of others."""


class Lots:
    """The lots of one process, by (connection's key, mapping's key)."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[int, str], int] = {}

    def size(self, connection: int, mapping: str, most: int) -> int:
        """Return how many records to take, `most` at most."""
        return min(most, self._sizes.get((connection, mapping), most))

    def learn(self, connection: int, mapping: str, records: int, seconds: float) -> None:
        """Take note of how long a batch took; the next ones are smaller, or larger again."""
        if records < FEW:
            return
        if seconds > LONGEST:
            self._sizes[connection, mapping] = max(FEW, int(records * LONGEST / seconds))
        elif seconds < LONGEST / 2 and (size := self._sizes.get((connection, mapping))) and records >= size:
            self._sizes[connection, mapping] = size * 2

    def forget(self, connections: Iterable[int] | None = None) -> None:
        """Forget what was learned of connections, of all if none are named."""
        gone = None if connections is None else set(connections)
        self._sizes = {key: size for key, size in self._sizes.items() if gone is not None and key[0] not in gone}
