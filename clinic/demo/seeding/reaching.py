"""Whom the demo clinic wants to reach: the waiting list, recalls, reminders."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import AppointmentFactory
from clinic.demo.seeding.patients import is_adult
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch
from clinic.recalls import actions as recalls
from clinic.recalls.models import Attempt, Recall, Rule
from clinic.reminders.models import Plan, Reason, Reminder, State
from clinic.reminders.planning import plan_ahead
from clinic.rota.queries import Rota
from clinic.staff.models import Practitioner, User
from clinic.waiting.models import NOON, Entry, Part

# After a visit of one type, so many months later, for another.
RULES = [
    ("Check-up", 6, "Check-up"),
    ("New patient", 6, "Check-up"),
    ("Hygiene", 6, "Hygiene"),
    ("Root canal", 1, "Crown"),
    ("Extraction", 1, "Check-up"),
]
NOTES = ["Can come at short notice", "Works nearby", "Wants a call first", "Would come the same day", "", ""]
LAST_YEAR, WAITING = 14, 9


class Reaching:
    """Draws up whom to reach, from the patients and the diary that are there."""

    def __init__(self, random: Random, patients: list[Patient], receptionist: User) -> None:
        self._random, self._receptionist = random, receptionist
        self._adults = [one for one in patients if is_adult(one, one.branch.today()) and one.mobile]
        self._types = {kind.name: kind for kind in AppointmentType.objects.all()}
        self._practitioners = list(Practitioner.objects.all())

    def fill(self) -> None:
        self._recalls()
        self._waiting_list()
        self._reminders()

    def _recalls(self) -> None:
        Rule.objects.bulk_create(
            Rule(after=self._types[after], months=months, kind=self._types[kind]) for after, months, kind in RULES
        )
        Appointment.objects.bulk_create(self._visits_of_last_year())
        recalls.catch_up()
        due = Recall.objects.filter(due_on__lte=timezone.localdate() + timedelta(days=30), visit=None).order_by(
            "due_on"
        )
        for recall, outcome in zip(due, [Attempt.Outcome.NO_ANSWER, Attempt.Outcome.MESSAGE] * 2, strict=False):
            recalls.record_attempt(recall, outcome, by=self._receptionist)

    def _visits_of_last_year(self) -> list[Appointment]:
        """Return check-ups half a year ago, of people who have not been in for one since: they are due by now."""
        recent = Appointment.objects.filter(appointment_type__name__in=["Check-up", "New patient", "Extraction"])
        been_in = set(recent.values_list("patient", flat=True))
        away = [one for one in self._adults if one.pk not in been_in][:LAST_YEAR]
        return [visit for number, patient in enumerate(away) if (visit := self._half_a_year_ago(patient, number))]

    def _half_a_year_ago(self, patient: Patient, number: int) -> Appointment | None:
        """Return a completed visit on a day of its own, with somebody who works then; None if nobody does."""
        chair = patient.branch.chairs.first()
        day = patient.branch.today() - timedelta(days=170 + 4 * number)
        start = datetime.combine(day, time(10), patient.branch.zone)
        end, rota = start + timedelta(minutes=30), Rota.of(patient.branch, day, day)
        at_work = [one for one in self._practitioners if not rota.why_not(one, chair, start, end)]
        if not at_work:
            return None
        return AppointmentFactory.build(
            patient=patient, chair=chair, practitioner=at_work[0], appointment_type=self._types["Check-up"],
            starts_at=start, ends_at=end, status=Status.COMPLETED, booked_by=self._receptionist,
            booked_at=start - timedelta(days=20), completed_at=end,
        )  # fmt: skip

    def _waiting_list(self) -> None:
        random = self._random
        for number, patient in enumerate(random.sample(self._adults, min(WAITING, len(self._adults)))):
            kind = self._types[random.choice(["Check-up", "Filling", "Hygiene", "Crown"])]
            part = random.choice([Part.ANY, Part.ANY, Part.MORNING, Part.AFTERNOON])
            entry = Entry.objects.create(
                patient=patient, branch=patient.branch, appointment_type=kind, minutes=kind.minutes, part=part,
                not_before=NOON if part == Part.AFTERNOON else None, not_after=NOON if part == Part.MORNING else None,
                weekdays=random.choice([0b1111111, 0b1111111, 0b0010101, 0b0011010]),
                urgency=2 if number == 0 else random.choice([0, 0, 1]), note=random.choice(NOTES),
                since=timezone.now() - timedelta(days=random.randint(1, 40)), added_by=self._receptionist,
            )  # fmt: skip
            if random.random() < 0.5:
                entry.practitioners.set([patient.usual_practitioner])

    def _reminders(self) -> None:
        """Switch reminders on, and let some have gone out; what goes out of a demo goes into files."""
        Plan.objects.bulk_create(Plan(branch=branch, is_on=True) for branch in Branch.objects.all())
        plan_ahead()
        now = timezone.now()
        gone = list(
            Reminder.objects.filter(state=State.PLANNED, starts_at__gt=now + timedelta(days=1)).order_by("due_at")[:16]
        )
        for number, reminder in enumerate(gone):
            reminder.state, reminder.settled_at = State.SENT, now - timedelta(minutes=40 - number)
            reminder.due_at = reminder.claimed_at = reminder.settled_at
        for reminder, state, reason in zip(
            gone, (State.UNKNOWN, State.FAILED), (Reason.STOPPED, Reason.REFUSED), strict=False
        ):
            reminder.state, reminder.reason = state, reason
        Reminder.objects.bulk_update(gone, ["state", "reason", "due_at", "claimed_at", "settled_at"])
