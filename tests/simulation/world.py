"""One schedule: its steps one after the other, then everything heals, then the two sides are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from odoo_bridge import channel, sync
from odoo_bridge.models import Connection
from odoo_bridge.sandbox import dispatch
from odoo_bridge.transports.http import Answer
from tests.simulation import check
from tests.simulation.clock import Clock
from tests.simulation.desk import Desk
from tests.simulation.healing import heal
from tests.simulation.intents import Intents
from tests.simulation.office import Office
from tests.simulation.people import People
from tests.simulation.place import Place
from tests.simulation.story import Beginning, Outcome, Schedule, Step
from tests.simulation.wire import (
    AFTER,
    BEFORE,
    INSIDE,
    OUR_TIMEOUT,
    READING,
    STOPS,
    Line,
    no_transaction_is_open,
    spoil,
    wire_to,
)
from tests.simulation.workers import Worker

CALL_TAKES = 0.3
LATEST = timedelta(minutes=40)
"""How long a request may be under way; the sync expects up to an hour."""


@dataclass
class Late:
    """A call that Odoo carries out after we gave up on it."""

    line: Line
    asked: Any
    writes: list[tuple[str, int | str, int]]
    at: datetime


class World:
    def __init__(self, place: Place, schedule: Schedule) -> None:
        self.place, self.schedule = place, schedule
        self.clock = Clock()
        self.clock.skew = schedule.skew
        self.clock.renews = self._renewing
        self.outcome = Outcome()
        self.step = 0
        self.worker: Worker | None = None
        self.still: list[Worker] = []
        self.late: list[Late] = []
        self.writes: list[tuple[str, int | str, int]] = []
        self.changing = 0
        self._numbers = self.rings = 0
        self.awaited: dict[str, list[str]] = defaultdict(list)
        self.office = Office(place.sandbox, place.namespace)
        self.intents = Intents(place.sandbox, place.namespace, lambda: place.database)
        self.people = People(self)
        self.restored: set[str] = set()
        self.left: set[str] = set()  # What people left in Odoo since it is here no more, as external ids call it.
        self._backups: dict[str, Any] = {}
        self._doers: dict[str, Callable[[str, Step], str]] = {
            "desk": self._desk,
            "office": self._office,
            "clock": self._clock,
            "worker": self.work,
            "await": self._await,
            "broker": self._broker,
            "resume": self._resume,
            "late": self.arrive,
            "decide": self.people.decide_one,
            "go": self.people.go,
            "backup": self._backup,
        }

    def begin(self) -> Beginning:
        """Take the schedule's steps, from the moment when nothing had happened yet, and return where they lead."""
        with self._open():
            self.place.put_back(self.clock)
            self._take_all()
            clinic, odoo = self.place.copy_of_clinic(), self.place.sandbox.snapshot()
        if self.outcome.wrong or self.intents.violations:
            raise AssertionError(f"The beginning goes wrong: {self.outcome.wrong + self.intents.violations}")
        seen = self.intents.records, self.outcome, self.step, self._numbers
        return Beginning(clinic, odoo, self.clock.now, *seen)

    def run(self, beginning: Beginning) -> Outcome:
        """Run the schedule, on from a beginning, and return what came of it."""
        self.clock.now = beginning.now
        self.outcome, self.intents.records = deepcopy((beginning.outcome, beginning.records))
        self.step, self._numbers = beginning.step, beginning.workers
        with self._open():
            self.place.put_clinic_back(beginning.clinic)
            self.place.sandbox.restore(beginning.odoo)
            self.place.clock = self.clock
            self._run()
        return self.outcome

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Let time, chance and the way to Odoo be this world's."""
        usual, channel.transport_for = channel.transport_for, lambda connection: wire_to(self)
        try:
            with self.clock.running(self.schedule.seed):
                self.desk = Desk()
                yield
        finally:
            channel.transport_for = usual
            channel.hang_up()

    def _take_all(self) -> None:
        for step in self.schedule.steps:
            self._take(step)

    def _run(self) -> None:
        try:
            self._take_all()
            heal(self)
            self.outcome.wrong += check.everything(self)
        except Exception as error:
            self.outcome.wrong.append(f"{type(error).__name__}: {error}")
        self.outcome.wrong[:0] = self.intents.violations
        self.outcome.counts["races that are told as possible"] += self.intents.races

    # Steps

    def _take(self, step: Step) -> None:
        self.step += 1
        self.clock.advance(step.get("after", 1.0))
        while self.late and self.clock.now - self.late[0].at > LATEST:
            self.say(f"  late: {self.arrive('arrives', {'which': 0})}")
            self.look("late")
        actor, _, what = step["do"].partition(".")
        arguments = {name: value for name, value in step.items() if name not in ("do", "after", "ring")}
        said = self._doers[actor](what, arguments)
        self.say(f"{self.step} {step['do']}: {said}")
        self.look(actor)
        if actor == "desk":
            self._ring(step.get("ring", "lost"))

    def _ring(self, how: str) -> None:
        """After a commit the doorbell is answered, or lost, or lies in the broker for a while."""
        if how == "answered":
            self.work("push", {})
            self.look("sync")
        elif how == "queued":
            self.rings += 1
        else:
            self.count("lost doorbells")

    def _broker(self, what: str, arguments: Step) -> str:
        """What the broker holds is delivered, or is gone; or one ring reaches two workers at once."""
        if what == "delivers_twice":
            self.count("deliveries twice")
            first = self.work("push", {"plan": {f"sql:{arguments['at']}": "slow"}})
            self.look("sync")
            return f"{first}, {self.work('push', {})}"
        rings, self.rings = self.rings, 0
        if what == "is_emptied":
            self.count("broker emptied")
            return f"{rings} rings are gone"
        for _ in range(rings):
            self.work("push", {})
            self.look("sync")
        return f"{rings} rings"

    def look(self, actor: str) -> None:
        for line in self.intents.look(actor, self.step, self.writes):
            self.say(line)
        self.writes = []

    def say(self, line: str) -> None:
        self.outcome.log.append(line)

    def count(self, what: str) -> None:
        self.outcome.counts[what] += 1

    def _desk(self, what: str, arguments: Step) -> str:
        self.count(f"desk.{what}")
        return str(getattr(self.desk, what)(**arguments))

    def _office(self, what: str, arguments: Step) -> str:
        self.count(f"office.{what}")
        return str(getattr(self.office, what)(**arguments))

    def _clock(self, what: str, arguments: Step) -> str:
        if what == "skew":
            self.clock.skew += arguments["by"]
            self.count("clock skews")
        else:
            self.clock.advance(arguments["seconds"])
        return str(arguments)

    def work(self, what: str, arguments: Step) -> str:
        """A new worker pushes or pulls, until it is done, stands still or dies."""
        self._numbers += 1
        worker = Worker(self._numbers, what, arguments.get("plan", {}), self._doing(what))
        self.let(worker)
        return str(worker)

    def _await(self, what: str, arguments: Step) -> str:
        """A fault waits for the next call of a name, whichever worker makes it."""
        for call, fault in arguments["plan"].items():
            self.awaited[call].append(fault)
        return str(arguments["plan"])

    def _doing(self, what: str) -> Callable[[], Any]:
        def work() -> None:
            if what == "recover":
                for connection in Connection.objects.exclude(recovery=""):
                    if channel.may_recover(connection):
                        sync.recover(connection)
                return
            for connection in Connection.objects.filter(state=Connection.State.ACTIVE):
                if channel.may_speak(connection):
                    getattr(sync, what)(connection)

        return work

    def let(self, worker: Worker) -> None:
        """Let a worker go on until it stands still, is done, or dies."""
        self.worker = worker
        try:
            worker.go_on()
        except Exception as error:
            self.outcome.wrong.append(f"{worker} failed: {type(error).__name__}: {error}")
        finally:
            self.worker = None
        if worker.is_over:
            self.count("kills" if worker.dead else "runs")
        else:
            self.still.append(worker)
            self.count("standstills")

    def _resume(self, what: str, arguments: Step) -> str:
        if not self.still:
            return "nobody stands still"
        worker = self.still.pop(arguments["which"] % len(self.still))
        if what == "kill":
            worker.kill()
            self.count("kills")
        else:
            self.let(worker)
        return str(worker)

    def arrive(self, what: str, arguments: Step) -> str:
        """Odoo carries out a call that we gave up on."""
        if not self.late:
            return "nothing is late"
        late = self.late.pop(arguments["which"] % len(self.late))
        self.writes += late.writes
        late.line.answer(late.asked)
        self.count("late commits")
        return " ".join(dispatch.target(late.asked.service, late.asked.args))

    def _backup(self, what: str, arguments: Step) -> str:
        """Keep a copy of one side's database, or put it back to the last one: nobody works meanwhile."""
        side, _, doing = what.partition("_")
        if doing == "made":
            whole = self.place.copy_of_clinic() if side == "clinic" else self.place.sandbox.snapshot()
            self._backups[side] = whole, self._heard()
            return what
        whole, heard = self._backups.get(side, (None, -1))
        if heard in (-1, self._heard()):
            # Polls look at the mark once a minute: nobody restores what they have just backed up.
            return "too soon after the backup"
        for worker in self.still:
            worker.kill()
        self.still, self.late = [], []
        if side == "clinic":
            self.place.put_clinic_back(whole)
        else:
            self.place.sandbox.restore(whole)
        channel.hang_up()
        self.intents.records.clear()
        self.intents.restored = True
        self.restored.add(side)
        self.count(f"{side} restored")
        return what

    @staticmethod
    def _heard() -> int:
        """How often the mark in Odoo was written, as far as the clinic was told."""
        return int(Connection.objects.get().mark.get("heard", 0))

    # Calls

    def called(self, line: Line, asked: Any, model: str, name: str) -> Answer:
        """A worker speaks to Odoo; the answer, or what goes wrong."""
        worker = self.worker
        assert worker is not None
        if worker.dead:
            worker.die()
        if not no_transaction_is_open():
            self.intents.violations.append(f"a transaction is open while {model}.{name} is called")
        worker.calls += 1
        self.clock.advance(CALL_TAKES)
        fault = self._fault_of(worker, f"{model}.{name}")
        if fault:
            self.outcome.matrix[fault, f"{model}.{name}"] += 1
            self.count("faults")
        self.say(f"  {worker} {model}.{name} {fault}".rstrip())
        done = self._carried_out(worker, line, asked, model, name)
        if fault in STOPS:
            return self._stopped(worker, fault, line, done)
        if fault in INSIDE:
            return line.answer(asked, fault)
        if fault == "late":
            self.late.append(Late(line, asked, self._writes_of(worker, asked, model, name), self.clock.now))
            self.clock.advance(OUR_TIMEOUT)
        if fault == "timeout_after":
            self.clock.advance(OUR_TIMEOUT)
        return spoil(line, fault, done) if fault in BEFORE | AFTER else done()

    def _fault_of(self, worker: Worker, call: str) -> str:
        """What goes wrong with a call; empty if nothing does."""
        fault = worker.plan.pop(f"call:{worker.calls}", "") or worker.plan.pop(call, "")
        return fault or (self.awaited[call].pop(0) if self.awaited[call] else "")

    def _carried_out(self, worker: Worker, line: Line, asked: Any, model: str, name: str) -> Callable[[], Answer]:
        writes = self._writes_of(worker, asked, model, name)

        def done() -> Answer:
            self.writes += writes
            self.changing += model not in ("common", "ir.attachment") and name not in READING and name != "version"
            answer = line.answer(asked)
            if name == "read":
                for odoo_id in asked.args[5][0]:
                    worker.read[model, odoo_id] = self.step
            return answer

        return done

    def _writes_of(self, worker: Worker, asked: Any, model: str, name: str) -> list[tuple[str, int | str, int]]:
        """What a call writes, and in which step the worker knew last what was there: for `load`, when it called."""
        if name == "load":
            return [(model, row[0], self.step) for row in asked.args[5][1] if row[0]]
        if name != "write":
            return []
        return [(model, odoo_id, worker.read.get((model, odoo_id), -1)) for odoo_id in asked.args[5][0]]

    def _stopped(self, worker: Worker, fault: str, line: Line, done: Callable[[], Answer]) -> Answer:
        how, _, when = fault.partition("_")
        answer = done() if when == "after" else None
        if how == "kill":
            worker.die()
        gave_up = self.clock.now + timedelta(seconds=OUR_TIMEOUT)
        worker.stand_still(frozen=how == "frozen")
        answer = answer or done()
        if how == "slow" and self.clock.now > gave_up:
            return spoil(line, "reset_before", done)
        return answer

    def _renewing(self) -> Callable[[], bool]:
        worker = self.worker
        return lambda: worker is None or not (worker.dead or worker.frozen)

    # For the check

    def echoes(self) -> int:
        """How many calls that change something a further push and pull make: none, if all is quiet."""
        before = self.changing
        self.clock.advance(60)
        for what in ("push", "pull", "push"):
            self.work(what, {})
            self.look("sync")
        return self.changing - before

    def everything_in_odoo(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        return self.place.sandbox.query(sql, parameters)
