"""What is put together without templates: all that people wrote is escaped, and each sees what is theirs to see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.appointments.models import Appointment
from clinic.demo.factories import AlertFactory, AppointmentFactory, ClosureFactory, PatientFactory
from clinic.reminders.models import Wish
from clinic.staff.models import User
from tests.desk.practice import TUESDAY, Practice

NASTY = "<script>\"&'"
ESCAPED = "&lt;script&gt;&quot;&amp;&#x27;"
DAY = "/?day=2030-01-15"


@pytest.fixture
def nasty(practice: Practice) -> Appointment:
    """A visit of today, and all that is told of it is hostile."""
    for one, name in ((practice.okafor, "name"), (practice.chairs[0], "name"), (practice.exam, "name")):
        setattr(one, name, NASTY)
        one.save()
    patient = PatientFactory(branch=practice.branch, given_name=NASTY, family_name="Silva")
    AlertFactory(patient=patient, text=NASTY)
    return AppointmentFactory(
        practitioner=practice.okafor,
        chair=practice.chairs[0],
        appointment_type=practice.exam,
        patient=patient,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(minutes=1),
        overbooked_because=NASTY,
    )


@pytest.mark.parametrize(
    ("address", "times"), [("/", 7), ("/?by=chair", 7), ("/week/", 4), ("/today/", 5)], ids=lambda value: str(value)
)
def test_what_people_wrote_is_escaped(nasty, desk, address, times):
    page = desk.get(address).content.decode()
    assert NASTY not in page
    assert page.count(ESCAPED) >= times


@pytest.mark.parametrize("status", ["arrived", "in_chair", "completed", "cancelled"])
def test_it_is_escaped_in_every_lane_of_the_board_and_below(nasty, desk, status):
    Appointment.objects.update(status=status, arrived_at=timezone.now(), in_chair_at=timezone.now())
    page = desk.get("/today/").content.decode()
    assert NASTY not in page
    assert f"<bdi>{ESCAPED} Silva</bdi>" in page


def test_the_month_escapes_why_it_is_closed(practice, desk):
    ClosureFactory(branch=practice.branch, first_day=TUESDAY, last_day=TUESDAY, reason=NASTY)
    page = desk.get("/month/?day=2030-01-15").content.decode()
    assert NASTY not in page
    assert ESCAPED in page


@pytest.mark.parametrize("address", [DAY, "/today/"])
def test_alerts_are_for_those_who_may_see_them(practice, address):
    AppointmentFactory(chair=practice.chairs[0], patient=practice.ana, starts_at=timezone.now())
    practice.visit(9)
    for role, sees in ((User.Role.RECEPTIONIST, True), (User.Role.ACCOUNTANT, False)):
        assert ("Takes warfarin" in practice.somebody(role).get(address).content.decode()) is sees


def test_the_board_says_what_the_patient_answered_and_since_when_somebody_waits(practice, desk):
    visit = AppointmentFactory(chair=practice.chairs[0], patient=practice.ana, starts_at=timezone.now())
    Appointment.objects.filter(pk=visit.pk).update(reply="tentative", status="confirmed")
    Wish.objects.create(appointment=visit)
    page = desk.get("/today/").content.decode()
    answered = '<span class="status-word">Confirmed</span>'
    for told in ("May come", "Wants to cancel", answered, 'aria-label="Check in Ana Silva"'):
        assert told in page
    since = timezone.now() - timedelta(minutes=20)
    Appointment.objects.filter(pk=visit.pk).update(status="arrived", arrived_at=since)
    page = desk.get("/today/").content.decode()
    assert f'data-since="{since.isoformat()}" data-late="15"' in page
    assert "Wants to cancel" not in page


def test_the_month_counts_visits_and_free_hours(practice, desk):
    practice.visit(9)
    page = desk.get("/month/?day=2030-01-15").content.decode()
    assert '<span class="num month-visits" data-number="1">1 visit</span>' in page
    assert "16 h free" in page
    assert "Closed on Sunday" in page


def test_a_week_of_somebody_who_has_left_shows_their_visits_and_says_so(practice, desk):
    practice.visit(9)
    practice.okafor.is_active = False
    practice.okafor.save()
    week = f"/week/?day=2030-01-15&who={practice.okafor.pk}"
    page = desk.get(week)
    told = page.content.decode()
    assert "Dr Okafor cannot be booked at North any more." in told
    assert "Ana Silva" in told
    assert "data-slot" not in told
    asked = {"view": "week", "who": practice.okafor.pk, "day": "2030-01-15"}
    seen = {"frame": page.context["grid"].frame, "seen": page.context["seen"]}
    assert desk.get("/day/visits/", asked | seen, headers={"HX-Request": "true"}).status_code == 204


@pytest.mark.parametrize("who", ["999999", "nobody"])
def test_a_week_of_nobody_known_says_whose_week_is_shown(practice, desk, who):
    assert "This is the week of Dr Okafor." in desk.get(f"/week/?day=2030-01-15&who={who}").content.decode()


def test_a_week_of_whoever_was_asked_for_says_nothing_of_the_kind(practice, desk):
    for address in ("/week/", "/week/?who=", f"/week/?who={practice.lindqvist.pk}"):
        page = desk.get(address).content.decode()
        assert 'class="notice"' not in page
