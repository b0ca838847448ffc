"""Two workers beside one: processes of their own that share what waits, as Celery's do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice

from bench.practice import Practice
from clinic.patients.models import Patient
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Link


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    """Appointments and invoices of patients whom Odoo has already, as many for one worker as for two."""
    known = Link.objects.filter(connection=connection, mapping="partner", odoo_id__isnull=False).values("uid")
    patients = list(islice(cycle(Patient.objects.filter(uid__in=known).order_by("pk")[:records]), records))
    practice.appointments(patients[:10])
    _work(connection, 2)  # What each new worker of Odoo loads for the first call is loaded.
    rates = []
    for workers in (1, 2):
        practice.appointments([*patients, *patients])
        practice.invoices(patients[: records // 4])
        rates.append(_work(connection, workers))
    yield "workers, for appointments and an eighth as many invoices"
    yield f"  one  {rates[0]:8.0f} records/s"
    yield f"  two  {rates[1]:8.0f} records/s   {rates[1] / rates[0]:.2f} times (asked: at least 1.6)"


def _work(connection: Connection, workers: int) -> float:
    """Records that so many workers push in a second."""
    take_in()
    links = Link.objects.filter(connection=connection)
    waiting = links.waiting().count()
    argv = [sys.executable, "-m", "bench.process", "worker"]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    for one in started:
        one.stdout.readline()
    start = time.perf_counter()
    for one in started:
        one.stdin.close()
    for one in started:
        if one.wait():
            raise SystemExit("A worker did not do its work.")
    return waiting / (time.perf_counter() - start)
