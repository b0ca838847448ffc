"""A desk that books on and on while one thing after the other breaks: `make chaos ARGS="-k soak"`.

`SOAK_MINUTES` says for how long (two, unless it does), `SOAK_SEED` what befalls it, and `SOAK_ONLY` what may: "redis",
"database", "odoo" or "worker".
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import pytest
from django.db import connection as database

from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from tests.chaos.cable import FAULTS
from tests.chaos.clinic import Clinic
from tests.chaos.desk import Desk
from tests.contract.peers import arm, disarm

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
ONLY = os.environ.get("SOAK_ONLY", "")
A_SECOND = 5.0
"""Bookings."""

PROGRAMS = ("redis", "web", "worker", "worker-2", "beat")
AT_ODOO = ("refuse", "busy", "html", "reset_before", "reset_after", "truncate", "untyped", "trickle", "serialization")
DATABASE = ("database",) if database.vendor == "postgresql" else ()


class Fate:
    """What befalls a clinic: one thing at a time, for some seconds, over before the next."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        self._clinic, self._random = clinic, random.Random(seed)
        self._kinds: dict[str, Callable[[], str]] = {"redis": self._redis, "odoo": self._odoo, "worker": self._worker}
        if DATABASE:
            self._kinds["database"] = self._database
        self.befell: Counter[str] = Counter()

    def strike(self) -> str:
        """Let something happen, and return what it was."""
        what = self._kinds[ONLY or self._random.choice(list(self._kinds))]()
        self.befell[what] += 1
        return what

    def _for_a_while(self) -> None:
        time.sleep(self._random.uniform(0.5, 5))

    def _cable(self, which: str) -> str:
        fault = self._random.choice(FAULTS)
        self._clinic.cables[which].break_(fault)
        self._for_a_while()
        self._clinic.cables[which].mend()
        return f"{which}: {fault}"

    def _redis(self) -> str:
        return self._cable("redis")

    def _database(self) -> str:
        return self._cable("database")

    def _odoo(self) -> str:
        fault = self._random.choice(AT_ODOO)
        arm(self._clinic.peer, fault, times=0, seconds=0.5)
        self._for_a_while()
        disarm(self._clinic.peer)
        return f"odoo: {fault}"

    def _worker(self) -> str:
        name = self._random.choice(["worker", "worker-2"])
        self._clinic.stack.kill(name)
        self._for_a_while()
        self._clinic.stack.start(name)
        return "worker: killed"


@pytest.mark.chaos
@pytest.mark.timeout(MINUTES * 60 + 600)
def test_a_soak_of_random_faults_loses_and_doubles_nothing(open_clinic, figure) -> None:
    clinic = open_clinic(start=PROGRAMS, cables=("redis", *DATABASE))
    desk, fate = Desk(clinic), Fate(clinic, SEED)
    patients = cycle([clinic.practice.patient() for _ in range(20)])
    forms, slowest, deadline = [], 0.0, time.monotonic() + MINUTES * 60
    while time.monotonic() < deadline:
        with ThreadPoolExecutor(1) as office:
            over = threading.Event()
            booked = office.submit(_book, desk, patients, over)
            what = fate.strike()
            over.set()
            forms += booked.result(120)
        refused = [form for form, status in forms if status != 302]
        # Without a database there is nothing to write a booking down in; everything else is no business of the desk's.
        assert not refused or what.startswith("database"), (what, desk.told())
        forms = [(form, desk.send(form)) for form in refused] + [(form, 302) for form, status in forms if status == 302]
        clinic.time_passes()
        took = clinic.settles_by_itself(120)
        slowest = max(slowest, took)

    figure(f"Soak of {MINUTES:g} minutes, seed {SEED}: {desk.told()}; {dict(fate.befell)}")
    figure(f"Soak: everything was in Odoo at most {slowest:.0f} s after a fault had ended")
    assert {status for _, status in forms} == {302}
    assert Appointment.objects.filter(uid__in=[form["uid"] for form, _ in forms]).count() == len(forms)
    assert Appointment.objects.count() == len(forms)
    clinic.both_sides_are_alike()


def _book(desk: Desk, patients: Iterator[Patient], over: threading.Event) -> list[tuple[dict[str, Any], int]]:
    """Book until it is over; return each form with the status of its answer."""
    booked = []
    while not over.wait(1 / A_SECOND):
        form = desk.booking(next(patients))
        booked.append((form, desk.send(form)))
    return booked
