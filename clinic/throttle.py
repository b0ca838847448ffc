"""Who asks too often has to wait."""

from __future__ import annotations

from django.core.cache import cache


class Throttle:
    """At most `often` times within `within` seconds for each key, counted in each web process by itself.

    It is kept in the process, so that it needs neither Redis nor the database.
    """

    def __init__(self, name: str, *, often: int, within: int) -> None:
        self.name, self.often, self.within = name, often, within

    def count(self, who: str) -> bool:
        """Count one more of `who`; return whether that is too often."""
        key = self._key(who)
        cache.add(key, 0, self.within)
        try:
            return cache.incr(key) > self.often
        except ValueError:
            # It ran out between the two.
            return False

    def is_spent(self, who: str) -> bool:
        """Tell, without counting, whether `who` has been counted as often as may be."""
        return cache.get(self._key(who), 0) >= self.often

    def _key(self, who: str) -> str:
        return f"{self.name}:{who}"
