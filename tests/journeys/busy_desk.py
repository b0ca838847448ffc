"""A desk in the middle of its day, made inside a stack: `stack.manage("shell", "-c", MAKE)`.

Three dozen people share a surname, as they do in Ireland, and tomorrow is an ordinary working day.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from clinic.appointments.models import Status
from clinic.demo.factories import (
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
from clinic.invoices import actions
from clinic.staff.models import User
from clinic.waiting.models import Entry

MAKE = "from tests.journeys.busy_desk import make; make()"
MURPHYS = [
    *("Aidan", "Aisling", "Aoife", "Barry", "Bríd", "Caoimhe", "Cian", "Ciara", "Colm", "Conor", "Daithí", "Deirdre"),
    *("Eimear", "Emma", "Eoin", "Fiachra", "Fionn", "Gráinne", "Hugh", "Ita", "Jack", "Kate", "Liam", "Maeve"),
    *("Niall", "Niamh", "Nuala", "Oisín", "Orla", "Pádraig", "Róisín", "Ruairí", "Sinéad", "Tadhg", "Úna", "Vincent"),
]


def make() -> None:
    """Fill an empty clinic: one branch, three practitioners, the Murphys, a visit in the chair, one to cancel."""
    branch = BranchFactory(name="Northside", code="NORTH", time_zone="UTC")
    for weekday in range(7):
        OpeningHoursFactory(branch=branch, weekday=weekday, opens=time(0), closes=time(23, 45))
    chairs = [ChairFactory(branch=branch, name=f"Chair {number}", position=number) for number in (1, 2, 3)]
    okafor, lindqvist, haddad = (
        PractitionerFactory(name=name, position=position, branches=[branch])
        for position, name in enumerate(("Dr Okafor", "Dr Lindqvist", "Dr Haddad"))
    )
    check_up = AppointmentTypeFactory(name="Check-up", minutes=30, position=0)
    UserFactory(
        username="maria",
        first_name="Maria",
        last_name="Keane",
        password="open wide please",
        branches=[branch],
        role=User.Role.RECEPTIONIST,
    )
    people = {
        name: PatientFactory(given_name=name, family_name="Murphy", branch=branch, usual_practitioner=okafor)
        for name in MURPHYS
    }
    now = datetime.now().astimezone().replace(minute=0, second=0, microsecond=0)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(10), branch.zone)
    common = {"appointment_type": check_up}
    AppointmentFactory(patient=people["Tadhg"], practitioner=lindqvist, chair=chairs[1], starts_at=tomorrow, **common)
    AppointmentFactory(patient=people["Orla"], practitioner=haddad, chair=chairs[2], starts_at=tomorrow, **common)
    Entry.objects.create(patient=people["Úna"], branch=branch, appointment_type=check_up, minutes=30)
    seated = AppointmentFactory(
        patient=people["Liam"],
        practitioner=okafor,
        chair=chairs[0],
        starts_at=max(now - timedelta(minutes=30), branch.day(branch.today())[0]),
        status=Status.IN_CHAIR,
        arrived_at=now,
        in_chair_at=now,
        **common,
    )
    actions.record_treatment(seated, ProcedureFactory(code="D0120", name="Examination", fee="65.00"))
