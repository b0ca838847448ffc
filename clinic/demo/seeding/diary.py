"""The demo clinic's diary: three weeks gone by, today, and four weeks to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import AppointmentFactory
from clinic.demo.seeding.patients import is_adult
from clinic.demo.seeding.practice import HYGIENE_TYPES
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch, Chair
from clinic.rota.queries import Rota
from clinic.staff.models import Practitioner, User

DAYS_BACK, DAYS_AHEAD = 21, 28
CHILDREN_COME_FOR = {"Check-up", "Hygiene", "Filling", "Orthodontic review"}
BREAK_MINUTES = 5


class Diary:
    """Draws up appointments day by day. Nobody is in two places at once."""

    def __init__(self, random: Random, patients: list[Patient], receptionist: User) -> None:
        self._random, self._patients, self._receptionist = random, patients, receptionist
        self._now = timezone.now()
        self._types = list(AppointmentType.objects.all())
        self._chairs = {branch: list(branch.chairs.all()) for branch in Branch.objects.all()}
        self._today = next(iter(self._chairs)).today()
        self._days = [self._today + timedelta(days=offset) for offset in range(-DAYS_BACK, DAYS_AHEAD + 1)]
        self._rotas = {branch: Rota.of(branch, self._days[0], self._days[-1]) for branch in self._chairs}
        self._practitioners = list(Practitioner.objects.all())

    def fill(self) -> list[Appointment]:
        """Create the appointments of every day and return them in the order of time."""
        visits = [visit for day in self._days for visit in self._day(day)]
        visits.sort(key=lambda visit: visit.starts_at)
        return Appointment.objects.bulk_create(visits)

    def _day(self, day: date) -> Iterator[Appointment]:
        seen: set[Patient] = set()
        for practitioner, chair in self._seats(day):
            for stretch in self._rotas[chair.branch].practitioner_on(practitioner.pk, day).stretches:
                start, end = (datetime.combine(day, time(*divmod(at, 60)), chair.branch.zone) for at in stretch)
                yield from self._stretch(start, end, practitioner, chair, self._density(day), seen)

    def _seats(self, day: date) -> Iterator[tuple[Practitioner, Chair]]:
        """Who works where: those who are in, two at each branch, changing daily; one of them at weekends."""
        branches = sorted(self._chairs, key=lambda branch: branch.code)
        first = day.toordinal() % len(self._practitioners)
        shifted = self._practitioners[first:] + self._practitioners[:first]
        on_duty = [
            one for one in shifted if any(rota.practitioner_on(one.pk, day).stretches for rota in self._rotas.values())
        ]
        for position, practitioner in enumerate(on_duty):
            at, seat = position % len(branches), position // len(branches)
            if day.weekday() < 5 or seat == 0:
                yield practitioner, self._chairs[branches[at]][seat]

    def _density(self, day: date) -> float:
        """How full the diary is: nearly full until tomorrow, then emptier by the day."""
        return 0.85 if day <= self._today else max(0.15, 0.8 - 0.025 * (day - self._today).days)

    def _stretch(
        self,
        start: datetime,
        end: datetime,
        practitioner: Practitioner,
        chair: Chair,
        density: float,
        seen: set[Patient],
    ) -> Iterator[Appointment]:
        cursor = start
        # A small register would run out of people who have not been in on that day.
        while len(seen) <= len(self._patients) // 2:
            patient, kind = self._patient(seen), self._type(practitioner)
            if not is_adult(patient, start.date()) and kind.name not in CHILDREN_COME_FOR:
                continue
            if cursor + kind.duration > end:
                return
            if self._random.random() < density:
                seen.add(patient)
                yield self._visit(patient, practitioner, chair, kind, cursor)
            cursor += kind.duration + timedelta(minutes=self._random.choice([0, 0, BREAK_MINUTES, 2 * BREAK_MINUTES]))

    def _patient(self, seen: set[Patient]) -> Patient:
        while (patient := self._random.choice(self._patients)) in seen:
            pass
        return patient

    def _type(self, practitioner: Practitioner) -> AppointmentType:
        hygienist = practitioner.profession == Practitioner.Profession.HYGIENIST
        return self._random.choice([one for one in self._types if (one.name in HYGIENE_TYPES) == hygienist])

    def _visit(
        self, patient: Patient, practitioner: Practitioner, chair: Chair, kind: AppointmentType, start: datetime
    ) -> Appointment:
        visit = AppointmentFactory.build(
            patient=patient,
            practitioner=practitioner,
            chair=chair,
            appointment_type=kind,
            starts_at=start,
            ends_at=start + kind.duration,
            booked_by=self._receptionist,
            booked_at=min(start, self._now) - timedelta(days=self._random.randint(3, 40)),
        )
        self._live_through(visit)
        return visit

    def _live_through(self, visit: Appointment) -> None:
        """Set the visit's status, and the times of its steps, to what they would be by now."""
        chance, minute = self._random.random(), timedelta(minutes=1)
        if chance > 0.955:
            visit.status = Status.CANCELLED
            visit.cancelled_because = self._random.choice(["Patient is ill", "Moved house", "Work"])
            visit.cancelled_at = visit.booked_at + timedelta(days=1)
            return
        over = visit.ends_at <= self._now
        if over and chance > 0.92:
            visit.status, visit.no_show_at = Status.NO_SHOW, visit.starts_at + 15 * minute
            return
        steps = [
            (Status.CONFIRMED, visit.starts_at - timedelta(days=2) if chance < 0.7 else None),
            (Status.ARRIVED, visit.starts_at - 8 * minute),
            (Status.IN_CHAIR, visit.starts_at + 1 * minute),
            (Status.COMPLETED, visit.ends_at - 1 * minute),
        ]
        for status, at in steps:
            if at and at <= self._now:
                visit.status = status
                setattr(visit, f"{status}_at", at)
