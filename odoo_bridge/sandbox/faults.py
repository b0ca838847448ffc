"""Faults on demand: the sandbox misbehaves when asked, for the calls it is asked for.

    plan = FaultPlan()
    plan.arm(Fault("reset_after", model="res.partner", method="load", times=2))

Kinds: ``refuse`` (HTTP 502 with a proxy's HTML, nothing done), ``busy`` (HTTP 503 that says to come back in
``seconds``, nothing done), ``html`` (HTTP 200 with HTML instead of an
answer, nothing done), ``reset_before`` (connection closed, nothing done), ``reset_after`` (done and
committed, connection closed without an answer), ``truncate`` (done, half an answer), ``untyped`` (done, the
answer called plain text), ``trickle`` (done, the answer in drops over ``seconds``), ``delay`` (the
transaction begins, waits ``seconds``, then goes on), ``delay_after`` (done, then waits before it answers),
``serialization`` (the conflict a database reports; ``load()`` answers it as messages).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KINDS = frozenset(
    {
        *("refuse", "busy", "html", "reset_before", "reset_after", "truncate", "untyped", "trickle"),
        *("delay", "delay_after", "serialization"),
    }
)


@dataclass(slots=True)
class Fault:
    """One armed fault. ``*`` matches any model or method; ``times`` counts down, 0 means until disarmed.

    ``skip`` lets that many matching calls pass first. Raises ``ValueError`` for an unknown kind.
    """

    kind: str
    model: str = "*"
    method: str = "*"
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    met: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}; there are {', '.join(sorted(KINDS))}.")

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Fault:
        """A fault from JSON. Raises ``ValueError`` or ``TypeError`` for keys and kinds that do not exist."""
        return cls(**dict(data))

    def matches(self, model: str, method: str) -> bool:
        return self.model in ("*", model) and self.method in ("*", method)


class FaultPlan:
    """The armed faults of one sandbox, safe to use from several threads."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[dict[str, Any]]:
        """What is still to come, and how often each has been met."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]

    def take(self, model: str, method: str) -> Fault | None:
        """The first armed fault that matches the call; it is used up by this."""
        with self._lock:
            for fault in self._armed:
                if not fault.matches(model, method):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.met += 1
                if fault.times and fault.met >= fault.times:
                    self._armed.remove(fault)
                return fault
        return None
