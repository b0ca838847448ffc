"""What waits after a long outage of Odoo goes there in time, on a clock that is put forward.

Beat's clock is played: a sweep and a poll whenever they are due, one after the other, as one worker does them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from clinic.appointments.models import Appointment
from clinic.demo.factories import AppointmentTypeFactory, PatientFactory, next_morning, nobodys_mobile
from clinic.patients.models import Patient
from odoo_bridge import canary, channel, sync, tasks
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Link
from odoo_bridge.turns import SharedPace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


class Hours:
    """A clock that goes as far as it is told, with what beat does on the way."""

    def __init__(self, traveller: time_machine.Traveller, now: datetime) -> None:
        self._traveller, self.now = traveller, now
        self._due = dict.fromkeys(("sweep", "poll"), now)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._traveller.move_to(self.now, tick=False)

    def tick(self, seconds: float = 1) -> None:
        """Let beat do what is due, and let time go by."""
        canary.wish()
        self._when_due("sweep", settings.ODOO_SWEEP_SECONDS, tasks.push)
        self._when_due("poll", settings.ODOO_POLL_SECONDS, partial(tasks.pull, scheduled=True))
        self.advance(seconds)

    def _when_due(self, name: str, every: float, task: Callable[[], None]) -> None:
        if self.now >= self._due[name]:
            self._due[name] = self.now + timedelta(seconds=every)
            task()


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hours]:
    """Time that passes by being told to, also where a worker waits for its turn to call or has a budget of seconds."""
    start = timezone.now()
    with time_machine.travel(start, tick=False) as traveller:
        made = Hours(traveller, start)
        monkeypatch.setattr(channel, "SharedPace", partial(SharedPace, sleep=made.advance))
        monkeypatch.setattr(time, "monotonic", lambda: (made.now - start).total_seconds())
        yield made


@pytest.mark.parametrize(("many", "minutes"), [(300, 1), pytest.param(5000, 10, marks=pytest.mark.chaos)])
def test_patients_and_their_visits_drain_in_time_at_a_call_a_second(practice, connection, line, hours, many, minutes):
    sync.pull(connection)
    Connection.objects.update(calls_per_second=1)
    _registered_with_a_visit_each(practice, many)
    take_in()
    asked = line.requests
    begun = hours.now
    while Link.objects.waiting().exists():
        hours.tick()
        assert hours.now <= begun + timedelta(minutes=minutes), Link.objects.waiting().count()
    # The pace is kept, too; the first call of each client waits for nothing.
    assert line.requests - asked <= (hours.now - begun).total_seconds() + 5
    for key in ("partner", "event"):
        assert Link.objects.filter(mapping=key, odoo_id__isnull=False, needs_person=False).count() == many


def _registered_with_a_visit_each(practice, many):
    people = [
        PatientFactory.build(branch=practice.branch, family_name=f"Outage {number}", mobile=nobodys_mobile(number))
        for number in range(many)
    ]
    patients = Patient.objects.bulk_create(people, batch_size=500)
    first, kind, length = next_morning(1), AppointmentTypeFactory(), timedelta(minutes=30)
    who = {"practitioner": practice.practitioner, "chair": practice.chair, "appointment_type": kind}
    visits = [
        Appointment(patient=patient, starts_at=first + number * length, ends_at=first + (number + 1) * length, **who)
        for number, patient in enumerate(patients)
    ]
    Appointment.objects.bulk_create(visits, batch_size=500)
