"""Whatever befalls the cable to Redis or to the database: no booking is lost or made twice, and no page hangs."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection as database

from clinic.appointments.models import Appointment
from tests.chaos.cable import FAULTS
from tests.chaos.desk import Desk

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

ALL = ("redis", "web", "worker", "beat")
SLOWEST = 2.0
"""Seconds that a page may take while a cable is broken."""

HOLDING_UP = ("silent", "deaf")
"""What no client of PostgreSQL notices while the other end still acknowledges every packet."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_cable_to_redis_that_breaks_delays_no_booking(open_clinic, figure, fault: str) -> None:
    clinic = open_clinic(start=ALL, cables=("redis",))
    desk, cable = Desk(clinic), clinic.cables["redis"]
    assert clinic.done_by("pull", 60), clinic.standing()
    desk.book_for(1)
    clinic.settles_by_itself(60)

    cable.break_(fault)
    desk.book_for(8)
    assert cable.met, "nobody noticed"
    cable.mend()

    seconds = clinic.settles_by_itself(60)
    figure(f"Cable to Redis, {fault}: {desk.told()}, synced after {seconds:.1f} s")
    desk.all_were_booked()
    assert desk.p99() <= 0.5
    assert max(desk.seconds) <= SLOWEST
    assert seconds <= 30
    clinic.both_sides_are_alike()


@pytest.mark.skipif("sqlite" in database.vendor, reason="There is no cable to SQLite.")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_cable_to_the_database_that_breaks_loses_and_doubles_no_booking(open_clinic, figure, fault: str) -> None:
    clinic = open_clinic(start=ALL, cables=("database",))
    desk, cable = Desk(clinic), clinic.cables["database"]
    assert clinic.done_by("pull", 60), clinic.standing()
    patient = clinic.practice.patient()
    desk.book_for(1)
    # Fewer than the web server has threads: some faults hold a page up until the cable is mended.
    forms = [desk.booking(patient) for _ in range(6)]
    sending = [threading.Thread(target=desk.send, args=(form,)) for form in forms]

    begun = len(desk.answers)
    cable.break_(fault)
    for thread in sending:
        thread.start()
        time.sleep(0.5)
    assert cable.met, "nobody noticed"
    cable.mend()
    for thread in sending:
        thread.join(60)
    slowest, answers = max(desk.seconds[begun:]), set(desk.answers[begun:])

    again = [desk.send(form) for form in forms]
    figure(f"Cable to the database, {fault}: answers {sorted(answers)}, the slowest after {slowest:.2f} s")
    assert set(again) == {302}
    assert Appointment.objects.filter(uid__in=[form["uid"] for form in forms]).count() == len(forms)
    clinic.settle(120)
    clinic.both_sides_are_alike()
    assert slowest <= SLOWEST or fault in HOLDING_UP
