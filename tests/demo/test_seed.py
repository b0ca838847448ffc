"""The demo clinic: believable, whole, and made only where it belongs."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import phonenumbers
import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from clinic.appointments.models import Appointment, Status
from clinic.dayend.models import Closing
from clinic.demo.seeding import seed
from clinic.demo.seeding.staff import PASSWORD, PEOPLE
from clinic.invoices.models import Invoice, Payment
from clinic.journal.models import Change
from clinic.patients.models import Patient
from clinic.practice.models import Branch, Chair, Procedure
from clinic.recalls.models import Attempt, Recall
from clinic.recalls.queries import AHEAD
from clinic.reminders.models import Plan, Reminder
from clinic.rota.queries import Rota
from clinic.staff.models import Practitioner, User
from clinic.treatments.models import ClinicalNote
from clinic.waiting.models import Entry


def quietly(what, steps):
    return lambda: None


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """The demo clinic, made once for all tests of this module and gone after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(quietly, patients=48)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded, db):
    """The demo clinic in the database."""


def test_two_branches_six_chairs_four_practitioners_and_every_role(demo):
    assert set(Branch.objects.values_list("code", flat=True)) == {"NORTH", "SOUTH"}
    assert (Chair.objects.count(), Practitioner.objects.count(), Procedure.objects.count()) == (6, 4, 25)
    assert set(User.objects.values_list("role", flat=True)) == set(User.Role.values)


def test_everybody_can_sign_in_with_the_password_that_is_printed(demo):
    assert all(authenticate(username=person.username, password=PASSWORD) for person in PEOPLE)


def test_patients_are_reachable_under_numbers_that_exist_and_nobody_has(demo):
    mobiles = [patient.mobile for patient in Patient.objects.all() if patient.mobile]
    assert len(set(map(str, mobiles))) == len(mobiles) > 25
    assert all(phonenumbers.is_valid_number(mobile) and mobile.as_e164.startswith("+35388") for mobile in mobiles)
    assert not Patient.objects.exclude(email="").exclude(email__endswith=".example").exists()


def test_the_diary_has_weeks_behind_and_ahead_and_every_status_that_time_allows(demo):
    now = timezone.now()
    assert Appointment.objects.filter(ends_at__lte=now).count() > 120
    assert Appointment.objects.filter(starts_at__gt=now).count() > 60
    statuses = Counter(Appointment.objects.values_list("status", flat=True))
    assert {Status.BOOKED, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED} <= set(statuses)
    assert not Appointment.objects.filter(ends_at__lte=now, status__in=[Status.BOOKED, Status.CONFIRMED]).exists()
    assert not Appointment.objects.exclude(overbooked_because="").exists()


def test_nobody_is_seen_outside_of_their_hours(demo):
    for branch in Branch.objects.all():
        visits = Appointment.objects.at(branch).with_people()
        days = [visit.local_start.date() for visit in visits]
        rota = Rota.of(branch, min(days), max(days))
        for visit in visits:
            assert not rota.why_not(visit.practitioner, visit.chair, visit.starts_at, visit.ends_at)


def test_there_are_invoices_in_every_state(demo):
    states = Counter(invoice.state() for invoice in Invoice.objects.select_related("branch", "standing"))
    assert set(states) == {"draft", "unpaid", "part paid", "paid", "overdue"}
    assert states["paid"] > states["unpaid"]
    assert Payment.objects.exclude(method=Payment.Method.CARD).exists()


def test_yesterday_is_closed_and_today_is_open(demo):
    for branch in Branch.objects.all():
        (closing,) = Closing.objects.filter(branch=branch)
        assert closing.day == branch.today() - timedelta(days=1) and closing.difference == 0
        counted = sum(Decimal(value) * number for value, number in closing.denominations.items())
        assert counted == closing.counted


def test_dentists_and_hygienists_have_written_of_the_visits_gone_by(demo):
    notes = ClinicalNote.objects.select_related("appointment__practitioner")
    completed = Appointment.objects.filter(status=Status.COMPLETED).count()
    assert completed / 3 < notes.count() < completed
    for note in notes:
        assert note.text
        assert note.written_by_id == note.appointment.practitioner.user_id
        assert note.written_at == note.appointment.completed_at


def test_everything_is_journalled(demo):
    named = set(Change.objects.values_list("model", "uid"))
    for model in (Branch, Patient, Practitioner, Appointment, Invoice, Payment):
        assert {(model._meta.label_lower, uid) for uid in model.objects.values_list("uid", flat=True)} <= named


def test_there_is_somebody_to_reach(demo):
    today = timezone.localdate()
    assert Entry.objects.waiting().count() >= 5
    assert Recall.objects.active().to_call(today).filter(due_on__lte=today + AHEAD).exists()
    assert Attempt.objects.exists()
    assert Plan.objects.filter(is_on=True).count() == 2
    assert {"sent", "unknown", "failed"} <= set(Reminder.objects.values_list("state", flat=True))
