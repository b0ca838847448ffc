"""Workers: each is a coroutine that stands still where the schedule wants it, and may never go on.

They share one database connection, which is sound as long as none stands still inside a transaction: none does, and
that no transaction is open while Odoo is spoken to is checked at every call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import greenlet
from django.db import connection as database


class Killed(BaseException):
    """The worker is killed: nothing that it would still do, in `finally` for instance, may have an effect."""


class BrokePromise(Exception):
    """Something happened that must never happen, whatever else goes wrong."""


class Worker:
    """One run of a push or a pull. `plan`: {"call:3": fault, "res.partner.load": fault, "sql:17": "kill"}."""

    def __init__(self, number: int, what: str, plan: dict[str, str], run: Callable[[], Any]) -> None:
        self.number, self.what, self.plan = number, what, dict(plan)
        self.calls = self.statements = 0
        self.dead = self.frozen = False
        self.read: dict[tuple[str, int], int] = {}
        """The step in which this worker last read a record of Odoo."""
        self._run = run
        self._strand = greenlet.greenlet(self._work)

    def __str__(self) -> str:
        return f"worker {self.number} ({self.what})"

    @property
    def is_over(self) -> bool:
        return self.dead or bool(self._strand.dead)

    def go_on(self) -> None:
        """Let the worker work until it stands still or is done."""
        self.frozen = False
        with database.execute_wrapper(self._statement):
            self._strand.switch()

    def stand_still(self, *, frozen: bool) -> None:
        """Called by the worker itself: let the schedule go on."""
        self.frozen = frozen
        self._strand.parent.switch()

    def die(self) -> None:
        """Called by the worker itself: be killed."""
        self.dead = True
        raise Killed

    def kill(self) -> None:
        """Kill a worker that stands still."""
        self.dead = True
        with database.execute_wrapper(self._statement):
            self._strand.throw(Killed)

    def _work(self) -> None:
        try:
            self._run()
        except Killed:
            return

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if greenlet.getcurrent() is not self._strand:
            return execute(sql, params, many, context)
        if self.dead:
            if sql.startswith("ROLLBACK"):
                return execute(sql, params, many, context)
            raise Killed
        self.statements += 1
        self._act_on_plan()
        return execute(sql, params, many, context)

    def _act_on_plan(self) -> None:
        planned = self.plan.get(f"sql:{self.statements}")
        if planned == "kill":
            self.die()
        elif planned:
            if database.in_atomic_block:
                # Inside a transaction others wait for it anyway: stand still when it is over.
                self.plan[f"sql:{self.statements + 1}"] = planned
            else:
                self.stand_still(frozen=planned == "frozen")
