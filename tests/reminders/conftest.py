"""A branch that sends reminders, and a visit to be reminded of."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from clinic.reminders.models import Fresh, Plan
from clinic.reminders.sms import locmem
from tests.desk.conftest import practice
from tests.desk.practice import TUESDAY

__all__ = ["practice"]


@pytest.fixture(autouse=True)
def post(settings):
    """Messages stay in memory: mails in `mail.outbox`, texts in `locmem.outbox`."""
    settings.SMS_BACKEND = "clinic.reminders.sms.locmem.Backend"
    settings.CLINIC_URL = "https://clinic.example"
    settings.DEFAULT_FROM_EMAIL = "desk@clinic.example"
    mail.outbox = []
    locmem.outbox.clear()


@pytest.fixture
def plan(practice):
    return Plan.objects.create(branch=practice.branch, is_on=True, days_before="7, 1")


@pytest.fixture
def clock():
    """The time, as long as the test says nothing else: ten o'clock on the Tuesday a week before the visit."""
    with time_machine.travel(0, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(practice, plan, clock):
    """Ana's visit at eleven on the Tuesday, booked long ago; she wants e-mail."""
    clock.move_to(practice.at(10, day=TUESDAY - timedelta(days=7)))
    practice.ana.contact_by, practice.ana.email = "email", "ana@example.com"
    practice.ana.save()
    visit = practice.visit(11, booked_at=practice.at(10, day=TUESDAY - timedelta(days=30)))
    Fresh.objects.all().delete()
    return visit


@pytest.fixture
def desk(practice, visit):
    """The receptionist's browser, signed in by the test's clock."""
    return practice.somebody()
