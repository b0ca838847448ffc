"""How a client makes its calls: at which pace, and what it repeats. By itself it does neither.

Conduct(pace=Pace(10, burst=20), retries=Retries())
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from odoo_bridge.client.pacing import Pace
from odoo_bridge.client.retries import Retries

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Conduct:
    """To be shared by the clients of one Odoo, whose pace it then is."""

    pace: Pace | None = None
    retries: Retries | None = None

    def run(self, method: str, attempt: Callable[[], Answer], *, repeatable: bool = True) -> Answer:
        """What `attempt`, one call of `method`, gives; each repetition waits for its turn as well.

        `repeatable`: False for a call that cannot be made a second time, whatever its error says, such as one
        that carries a file.
        """

        def in_turn() -> Answer:
            if self.pace:
                self.pace.wait()
            return attempt()

        if self.retries is None or not repeatable:
            return in_turn()
        return self.retries.run(method, in_turn)
