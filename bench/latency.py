"""From the commit of an edit until Odoo has it, with real workers, a doorbell, and a backlog behind it."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.practice import Practice
from clinic.demo.running import programs
from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.redis import find_redis, redis_argv
from clinic.patients.models import Patient
from odoo_bridge import channel
from odoo_bridge.client import Client
from odoo_bridge.intake import take_in
from odoo_bridge.models import BACKLOG, Connection, Link
from tests.provision.processes import Processes

EDITS = 60
"""Edits that are measured."""

PAUSE = 0.7
"""Seconds between an edit's arrival and the next edit, on average."""


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    """Let workers run into a backlog of patients, appointments and invoices, and edit patients meanwhile."""
    edited = list(Patient.objects.filter(uid__in=_in_odoo(connection)).order_by("pk")[:EDITS])
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)
    patients = practice.patients(records // 2)
    practice.appointments(patients[: records // 4])
    practice.invoices(patients[: records // 4])
    take_in()
    waiting = Link.objects.filter(connection=connection).waiting()
    waiting.update(priority=BACKLOG)
    begun = waiting.count()
    with ExitStack() as resources:
        _start_workers(resources)
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.ACTIVE)
        with channel.client_for(connection) as client:
            seconds = [_arrival(connection, client, patient) for patient in edited]
        left = waiting.count()
    seconds.sort()
    p50, p95 = statistics.median(seconds), seconds[int(len(seconds) * 0.95) - 1]
    yield f"an edit's way to Odoo, behind a backlog of {begun} ({left} left after {len(seconds)} edits), two workers"
    yield f"  p50 {p50:.2f} s, p95 {p95:.2f} s, longest {seconds[-1]:.2f} s (asked: p95 at most 2 s)"


def _in_odoo(connection: Connection) -> list[object]:
    links = Link.objects.filter(connection=connection, mapping="partner", odoo_id__isnull=False)
    return list(links.order_by("pk").values_list("uid", flat=True)[:EDITS])


def _start_workers(resources: ExitStack) -> None:
    """Start Redis, a worker of two processes and beat, and let the doorbell of this process ring there."""
    from django.conf import settings

    folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="clinic-bench-redis-")))
    port = free_port()
    url = f"redis://{LOOPBACK}:{port}/0"
    processes = Processes(folder)
    resources.callback(processes.stop)
    processes.start(programs.Program("redis", redis_argv(find_redis(), port, folder)))
    time.sleep(0.5)
    own = {"REDIS_URL": url, "ODOO_RING": "1", "LOG_LEVEL": "INFO"}
    worker = processes.start(programs.worker(own))
    while " ready." not in worker.said():
        time.sleep(0.1)
    processes.start(programs.beat(folder / "schedule", own))
    _ring_at(url)
    settings.ODOO_RING = True


def _ring_at(url: str) -> None:
    from clinic.celery import app

    app.conf.broker_url = app.conf.broker_write_url = url


def _arrival(connection: Connection, client: Client, patient: Patient) -> float:
    """Edit a patient, wait until Odoo has it, and return the seconds from commit to then."""
    time.sleep(random.uniform(0, 2 * PAUSE))
    link = Link.objects.get(connection=connection, mapping="partner", uid=patient.uid)
    patient.street = f"{random.randrange(10**9)} Main Street"
    patient.save()
    start = time.perf_counter()
    while client.read("res.partner", [link.odoo_id], ["street"])[0]["street"] != patient.street:
        if time.perf_counter() - start > 60:
            raise SystemExit("An edit did not reach Odoo within a minute.")
        time.sleep(0.05)
    return time.perf_counter() - start
