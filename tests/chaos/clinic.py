"""A clinic on the tests' database with real programs around it, and an Odoo of its own behind a line that breaks."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import psutil
from celery import Celery
from django.utils import timezone
from redis import Redis

from clinic.appointments.models import Appointment
from clinic.demo.running.follow import wait_until
from clinic.journal.models import Change
from clinic.patients.models import Patient
from odoo_bridge import audit
from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.chaos.cable import Cable
from tests.contract.books import Books
from tests.contract.line import Line
from tests.contract.peers import Peer
from tests.contract.practice import Practice
from tests.odoo_bridge.conftest import leases_run_out
from tests.provision.stack import Stack
from tests.simulation import check


@dataclass
class Clinic:
    """What a scenario has at hand."""

    stack: Stack
    peer: Peer
    line: Line
    practice: Practice
    books: Books
    cables: dict[str, Cable]
    marked: dict[str, Any] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        return Connection.objects.get()

    def ring(self, task: str = "push") -> None:
        """Put a task into the queue, as the doorbell and beat do."""
        with Celery(broker=self.stack.redis_url, set_as_current=False) as celery:
            celery.conf.broker_transport_options = {"global_keyprefix": self.stack.env["CELERY_PREFIX"]}
            celery.send_task(f"odoo_bridge.tasks.{task}", ignore_result=True)

    def tasks_under_way(self) -> int:
        """Return how many tasks the workers have taken and not ended."""
        with Redis.from_url(self.stack.redis_url) as broker:
            return int(broker.hlen(f"{self.stack.env['CELERY_PREFIX']}unacked"))

    def kill_at_work(self) -> None:
        """Kill the processes in which the worker works, and leave it to the worker to start others."""
        worker = psutil.Process(self.stack.running["worker"].pid)
        dead = worker.children()
        assert dead
        for child in dead:
            child.send_signal(signal.SIGKILL)
        psutil.wait_procs(dead, 30)
        assert wait_until(lambda: len(set(worker.children()) - set(dead)) == len(dead), 30, every=0.02)

    def time_passes(self) -> None:
        """Let everything be due that waits: leases of the dead, back-off, the rest of an Odoo in trouble, the mark."""
        leases_run_out()
        past = timezone.now() - timedelta(seconds=1)
        Link.objects.exclude(next_attempt_at=None).update(next_attempt_at=past)
        Connection.objects.exclude(resume_at=None).update(resume_at=past)
        # The mark that shows copies and restores is due again at once.
        Connection.objects.exclude(marked_at=None).update(marked_at=past - timedelta(hours=1))

    def is_quiet(self) -> bool:
        """Tell whether there is nothing to do, nobody at it, and no trouble."""
        # What the dead held stays marked, and is free when its time is over.
        now = timezone.now()
        busy = Link.objects.waiting() | Link.objects.filter(leased_until__gt=now)
        pulling = Window.objects.filter(leased_until__gt=now)
        return not (Change.objects.exists() or busy.exists() or pulling.exists() or self.connection.failures)

    def settle(self, seconds: float = 60) -> None:
        """Let time pass, and ring until everything has arrived on both sides."""
        self.time_passes()
        for task in ("push", "pull", "push"):
            self._until_done(task, seconds)
        assert wait_until(self.is_quiet, seconds, every=0.05), self.standing()

    def _until_done(self, task: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.done_by(task, 2):
            assert time.monotonic() < deadline, self.standing()
            self.time_passes()

    def done_by(self, task: str, seconds: float) -> bool:
        """Ring once, and tell whether that was enough within the time."""
        done = self.whether_done(task)
        self.ring(task)
        return wait_until(done, seconds, every=0.03)

    def whether_done(self, task: str) -> Callable[[], bool]:
        """Return what tells whether a task that is rung for after this has done its work."""
        before = self.connection.last_pull_at
        return self.is_quiet if task == "push" else lambda: self.connection.last_pull_at != before

    def settles_by_itself(self, seconds: float) -> float:
        """Wait until everything has arrived without anybody ringing; return how many seconds it took."""
        start = time.monotonic()
        assert wait_until(self.is_quiet, seconds, every=0.1), self.standing()
        return time.monotonic() - start

    def standing(self) -> str:
        links = [(link.mapping, link.state, link.reason, link.attempts) for link in Link.objects.waiting()[:5]]
        connection = self.connection
        said = "".join(running.said()[-1500:] for name, running in self.stack.running.items() if "worker" in name)
        return f"{connection.state} {connection.trouble!r}, {Change.objects.count()} changes, waiting: {links}\n{said}"

    def both_sides_are_alike(self) -> None:
        """Nothing lost, nothing doubled, nothing apart: in the two databases themselves, and field by field."""
        wrong = check.both_sides(_Sides(self)) + self._unlike()
        assert not wrong, "\n".join(wrong)
        assert audit.audit(self.connection) == []

    def _unlike(self) -> list[str]:
        with self.accountant() as odoo:
            return [*_patients_unlike(odoo), *_visits_unlike(odoo)]

    def accountant(self) -> Client:
        """Return a client that speaks to Odoo past the line."""
        return Client(self.peer.url, "sandbox", "bridge", BRIDGE_KEY)

    def query(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Look into the sandbox's database itself."""
        with sqlite3.connect(f"file:{self.peer.file}?mode=ro", uri=True) as database:
            return database.execute(sql, parameters).fetchall()


def _patients_unlike(odoo: Client) -> list[str]:
    ids = dict(Link.objects.filter(mapping="partner", odoo_id__isnull=False).values_list("uid", "odoo_id"))
    fields = ["name", "email", "city", "active"]
    found = {row["id"]: row for row in odoo.read("res.partner", list(ids.values()), fields)}
    wrong = []
    for patient in Patient.objects.filter(uid__in=ids):
        there = found.get(ids[patient.uid], {})
        here = (patient.full_name, patient.email, patient.city, patient.is_active)
        if (*tuple(there.get(name) or "" for name in fields[:3]), there.get("active")) != here:
            wrong.append(f"patient {here} is {there} in Odoo")
    return wrong


def _visits_unlike(odoo: Client) -> list[str]:
    ids = dict(Link.objects.filter(mapping="event", odoo_id__isnull=False).values_list("uid", "odoo_id"))
    found = {row["id"]: row for row in odoo.read("calendar.event", list(ids.values()), ["start", "stop", "active"])}
    wrong = []
    for visit in Appointment.objects.filter(uid__in=ids):
        there = found.get(ids[visit.uid], {})
        here = (visit.occupies_time, *(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (visit.starts_at, visit.ends_at)))
        if (there.get("active"), str(there.get("start"))[:19], str(there.get("stop"))[:19]) != here:
            wrong.append(f"visit {here} is {there} in Odoo")
    return wrong


class _NoIntents:
    records: dict[Any, Any] = {}


class _Sides:
    """What the simulation's check asks of its world."""

    def __init__(self, clinic: Clinic) -> None:
        self.everything_in_odoo = partial(clinic.query)
        self.intents = _NoIntents()
        self.restored: set[str] = set()
