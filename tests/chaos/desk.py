"""Somebody at the desk, who books over HTTP while other things fall to pieces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import urllib3
from django.test import Client

from clinic.appointments.models import Appointment
from clinic.demo.factories import AppointmentTypeFactory, PractitionerFactory, UserFactory, next_morning
from clinic.patients.models import Patient
from tests.chaos.clinic import Clinic

TOKEN = "a" * 32


class Desk:
    """A browser that is signed in. `seconds` has how long each booking took, `answers` its status."""

    def __init__(self, clinic: Clinic) -> None:
        branch = clinic.practice.branch
        self._clinic = clinic
        self._practitioner = PractitionerFactory(name="Dr Quick", branches=[branch])
        self._kind = AppointmentTypeFactory()
        browser = Client()
        browser.force_login(UserFactory(branches=[branch]))
        cookies = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": TOKEN}
        self._headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        self._pool = urllib3.PoolManager(retries=False, timeout=60, maxsize=12)
        self._slots = self._free_slots()
        self.seconds: list[float] = []
        self.answers: list[int] = []

    def _free_slots(self) -> Iterator[datetime]:
        for day in count(100):
            for quarter in range(32):
                start = next_morning(day) + timedelta(minutes=15 * quarter)
                yield start.astimezone(self._clinic.practice.branch.zone)

    def booking(self, patient: Patient) -> dict[str, Any]:
        """Return a form for the next slot that is free."""
        start = next(self._slots)
        return {
            "uid": str(uuid4()),
            "patient": patient.pk,
            "practitioner": self._practitioner.pk,
            "chair": self._clinic.practice.chair.pk,
            "appointment_type": self._kind.pk,
            "day": f"{start:%Y-%m-%d}",
            "at": f"{start:%H:%M}",
            "minutes": 15,
            "outside_hours": "on",
        }

    def send(self, form: dict[str, Any]) -> int:
        """Send a form and return the status of the answer: 302 for a booking, 0 for none."""
        start = time.perf_counter()
        headers = {**self._headers, "X-CSRFToken": TOKEN}
        url = f"{self._clinic.stack.url}/appointments/book/"
        try:
            status = self._pool.request_encode_body(
                "POST", url, fields=form, headers=headers, encode_multipart=False, redirect=False
            ).status
        except urllib3.exceptions.HTTPError:
            status = 0
        self.seconds.append(time.perf_counter() - start)
        self.answers.append(status)
        return status

    def book_for(self, seconds: float, every: float = 0.1) -> int:
        """Book one visit after the other for so long; return how many were asked for."""
        patient = self._clinic.practice.patient()
        deadline, before = time.monotonic() + seconds, len(self.answers)
        while time.monotonic() < deadline:
            self.send(self.booking(patient))
            time.sleep(every)
        return len(self.answers) - before

    def p99(self) -> float:
        """Return the seconds that 99 of 100 bookings stayed below."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]

    def told(self) -> str:
        return f"{self.answers.count(302)} of {len(self.answers)} bookings, p99 {1000 * self.p99():.0f} ms"

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request("GET", self._clinic.stack.url + path, headers={**self._headers, **headers})

    def ready(self) -> dict[str, Any]:
        """Return what /healthz/ready says, with its status as "code"."""
        answer = self.get("/healthz/ready")
        return {**answer.json(), "code": answer.status}

    def all_were_booked(self) -> None:
        """Every booking was told to have been made, and was."""
        assert set(self.answers) == {302}
        assert Appointment.objects.filter(practitioner=self._practitioner).count() == len(self.answers)
