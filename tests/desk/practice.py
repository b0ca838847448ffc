"""A small practice on a fixed Tuesday, and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.test import Client

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AlertFactory,
    AppointmentFactory,
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    OpeningHoursFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    UserFactory,
)
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch, Chair, Procedure
from clinic.staff.models import Practitioner, User

TUESDAY = date(2030, 1, 15)
HTMX = {"HX-Request": "true"}


@dataclass
class Practice:
    branch: Branch
    elsewhere: Branch
    chairs: list[Chair]
    okafor: Practitioner
    lindqvist: Practitioner
    exam: AppointmentType
    filling: Procedure
    ana: Patient

    def at(self, hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
        return datetime.combine(day, time(hour, minute), self.branch.zone)

    def visit(self, hour: int, minute: int = 0, **facts: Any) -> Appointment:
        facts = {
            "patient": self.ana,
            "practitioner": self.okafor,
            "chair": self.chairs[0],
            "appointment_type": self.exam,
            "starts_at": self.at(hour, minute),
        } | facts
        return AppointmentFactory(**facts)

    def somebody(self, role: str = User.Role.RECEPTIONIST, branches: list[Branch] | None = None) -> Client:
        """Return the browser of somebody who has signed in, at this branch unless said otherwise."""
        user = UserFactory(role=role, branches=[self.branch] if branches is None else branches)
        browser = Client()
        browser.force_login(user)
        return browser


def open_practice() -> Practice:
    branch = BranchFactory(name="North", code="NORTH", time_zone="Europe/Dublin")
    elsewhere = BranchFactory(name="South", code="SOUTH", time_zone="Europe/Madrid")
    for weekday in range(5):
        OpeningHoursFactory(branch=branch, weekday=weekday, opens=time(8), closes=time(12))
        OpeningHoursFactory(branch=branch, weekday=weekday, opens=time(13), closes=time(17))
    ana = PatientFactory(given_name="Ana", family_name="Silva", mobile="+353881234567", branch=branch)
    AlertFactory(patient=ana, text="Takes warfarin")
    return Practice(
        branch=branch,
        elsewhere=elsewhere,
        chairs=[ChairFactory(branch=branch, name=f"Chair {n}", position=n) for n in (1, 2)],
        okafor=PractitionerFactory(name="Dr Okafor", position=1, branches=[branch]),
        lindqvist=PractitionerFactory(name="Dr Lindqvist", position=2, branches=[branch]),
        exam=AppointmentTypeFactory(name="Exam", minutes=30),
        filling=ProcedureFactory(code="D2140", name="Filling", fee="110.00"),
        ana=ana,
    )
