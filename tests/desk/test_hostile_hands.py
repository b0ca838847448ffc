"""Forms sent by other hands than the page's own, twice, too late or with other people's numbers in them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from clinic.appointments import actions
from clinic.appointments.models import Appointment, Status
from clinic.appointments.offering import other_times
from clinic.appointments.slots import read_slot
from clinic.appointments.undo import ticket
from clinic.demo.factories import AppointmentTypeFactory, ChairFactory, OpeningHoursFactory, PatientFactory, UserFactory
from clinic.patients.models import Patient
from tests.desk.practice import HTMX, TUESDAY, Practice


@pytest.fixture(autouse=True)
def tuesday_morning(practice: Practice) -> Any:
    with time_machine.travel(practice.at(8), tick=False):
        yield


@pytest.fixture
def desk(practice: Practice, tuesday_morning: Any) -> Client:
    return practice.somebody()


def take(desk: Client, key: str, **who: Any) -> Any:
    known = {"uid": uuid.uuid4(), "from": "offer", "slot": key}
    return desk.post("/appointments/book/", known | who, headers=HTMX)


def tickets(answer: Any) -> list[str]:
    return re.findall(r'data-undo="([^"]+)"', answer.content.decode())


@pytest.mark.parametrize("when", ["99991231T2359", "00010101T0000"])
def test_a_time_at_the_end_of_the_calendar_is_refused(practice, desk, when):
    for zone in ("Australia/Lord_Howe", "America/New_York"):
        practice.branch.time_zone = zone
        practice.branch.save()
        key = f"{when}.30.{practice.okafor.pk}.{practice.chairs[0].pk}"
        answer = take(desk, key, patient=practice.ana.pk, appointment_type=practice.exam.pk)
        assert answer.status_code == 422


def test_the_same_time_next_week_is_offered_as_the_moment_it_is_on_the_wall(practice, desk):
    practice.branch.time_zone = "Australia/Lord_Howe"
    practice.branch.save()
    with time_machine.travel(practice.at(8), tick=False):
        visit = practice.visit(9, 20)
        Appointment.objects.filter(pk=visit.pk).update(starts_at=practice.at(9, 20), ends_at=practice.at(9, 50))
        visit.refresh_from_db()
        _says, slot = other_times(visit)[0]
        assert slot.starts_at == practice.at(9, 20, day=TUESDAY + timedelta(weeks=1))
        assert read_slot(slot.key)["starts_at"] == slot.starts_at


def test_a_booking_sent_again_after_it_went_on_cannot_be_undone_by_it(practice, desk):
    uid = uuid.uuid4()
    key = f"20300115T1000.30.{practice.okafor.pk}.{practice.chairs[0].pk}"
    who = {"patient": practice.ana.pk, "appointment_type": practice.exam.pk, "uid": uid}
    take(desk, key, **who)
    visit = Appointment.objects.get()
    for status in (Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED):
        actions.advance(visit, status)
    again = take(desk, key, **who)
    for one in tickets(again):
        desk.post("/appointments/undo/", {"ticket": one}, headers=HTMX)
    visit.refresh_from_db()
    assert visit.status == Status.COMPLETED


def test_somebody_elses_booking_is_neither_told_nor_undone_by_its_number(practice, desk):
    chair = ChairFactory(branch=practice.elsewhere)
    practice.okafor.branches.add(practice.elsewhere)
    other = practice.visit(15, chair=chair, patient=PatientFactory(branch=practice.elsewhere, family_name="Elsewhere"))
    key = f"20300115T1000.30.{practice.okafor.pk}.{practice.chairs[0].pk}"
    answer = take(desk, key, patient=practice.ana.pk, appointment_type=practice.exam.pk, uid=other.uid)
    assert "Elsewhere" not in answer.content.decode()
    assert not tickets(answer)


def test_a_booking_sent_again_after_it_was_undone_does_not_say_that_it_stands(practice, desk):
    uid = uuid.uuid4()
    key = f"20300115T1000.30.{practice.okafor.pk}.{practice.chairs[0].pk}"
    who = {"patient": practice.ana.pk, "appointment_type": practice.exam.pk, "uid": uid}
    desk.post("/appointments/undo/", {"ticket": tickets(take(desk, key, **who))[0]}, headers=HTMX)
    again = take(desk, key, **who)
    assert again.status_code == 422
    assert "Booked:" not in again.content.decode()


def test_nothing_is_undone_at_a_branch_that_is_no_longer_ones_own_nor_of_a_visit_that_is_gone(practice):
    user = UserFactory(branches=[practice.branch, practice.elsewhere])
    desk = Client()
    desk.force_login(user)
    visit = practice.visit(10)
    held = ticket(None, visit, user)
    Appointment.objects.filter(pk=visit.pk).update(booked_by=user)
    user.branches.set([practice.elsewhere])
    answer = desk.post("/appointments/undo/", {"ticket": held}, headers=HTMX)
    assert answer.status_code == 204
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    visit.delete()
    assert desk.post("/appointments/undo/", {"ticket": held}, headers=HTMX).status_code == 204


@pytest.mark.parametrize("second", ["rubbish", "", "same", "elsewhere", "inactive"])
def test_who_is_new_is_not_registered_when_the_linked_visit_is_refused(practice, desk, second):
    hygiene = AppointmentTypeFactory(name="Hygiene", minutes=30)
    first = f"20300115T1000.30.{practice.okafor.pk}.{practice.chairs[0].pk}"
    chair = ChairFactory(branch=practice.elsewhere)
    if second == "inactive":
        practice.lindqvist.is_active = False
        practice.lindqvist.save()
    keys = {
        "same": first,
        "elsewhere": f"20300115T1030.30.{practice.lindqvist.pk}.{chair.pk}",
        "inactive": f"20300115T1030.30.{practice.lindqvist.pk}.{practice.chairs[0].pk}",
    }
    new = {"given_name": "Siobhan", "family_name": "Kavanagh", "mobile": "0861234567"}
    kinds = {"appointment_type": practice.exam.pk, "then": hygiene.pk}
    answer = take(desk, f"{first}+{keys.get(second, second)}", **new, **kinds)
    assert answer.status_code == 422
    assert not Patient.objects.filter(family_name="Kavanagh").exists()
    assert not Appointment.objects.exists()
    assert 'value="Kavanagh"' in answer.content.decode()


def test_no_more_visits_are_linked_than_are_offered(practice, desk):
    hygiene = AppointmentTypeFactory(name="Hygiene", minutes=30)
    slots = [f"203001{day}T1000.30.{practice.okafor.pk}.{practice.chairs[0].pk}" for day in (15, 16, 17)]
    kinds = {"appointment_type": practice.exam.pk, "then": hygiene.pk}
    answer = take(desk, "+".join(slots), patient=practice.ana.pk, **kinds)
    assert answer.status_code == 422
    assert not Appointment.objects.exists()


def test_a_visit_of_another_branch_is_not_put_on_this_ones_calendar(practice):
    desk = practice.somebody(branches=[practice.branch, practice.elsewhere])
    OpeningHoursFactory(branch=practice.elsewhere, weekday=2)
    practice.okafor.branches.add(practice.elsewhere)
    visit = practice.visit(15, chair=ChairFactory(branch=practice.elsewhere))
    drop = {"day": "2030-01-16", "at": "10:00", "fold": "", "chair": "", "branch": practice.branch.pk}
    answer = desk.post(f"/appointments/{visit.pk}/move/", drop, headers=HTMX)
    assert answer.status_code == 422
    assert "South" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(15)


def test_the_edge_of_a_visit_in_an_hour_that_comes_twice_asks_nothing(practice, desk):
    night = date(2030, 10, 27)  # Dublin goes back from 02:00 to 01:00.
    visit = practice.visit(1, 30, starts_at=practice.at(1, 30, day=night))
    answer = desk.post(f"/appointments/{visit.pk}/move/", {"minutes": "40", "outside_hours": "on"}, headers=HTMX)
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert visit.duration == timedelta(minutes=40)
    assert visit.starts_at == practice.at(1, 30, day=night).astimezone(UTC)


def test_names_types_chairs_and_reasons_are_written_as_they_are(practice, desk):
    evil = '"><script>alert(1)</script>'
    for one, name in ((practice.chairs[0], "name"), (practice.okafor, "name"), (practice.exam, "name")):
        setattr(one, name, evil)
        one.save()
    practice.ana.family_name = evil
    practice.ana.save()
    visit = practice.visit(9, overbooked_because=evil)
    desk.post(f"/appointments/{visit.pk}/tray/", headers=HTMX)
    for address in (
        "/?day=2030-01-15",
        "/?by=chair",
        "/week/",
        "/week/?by=chair",
        "/month/",
        "/appointments/tray/",
        f"/appointments/{visit.pk}/",
        f"/appointments/{visit.pk}/move/",
        f"/search/glance/?patient={practice.ana.pk}",
        "/search/glance/?q=" + evil,
        "/search/?q=Ana",
        "/appointments/offer/?given_name=" + evil + "&uid=" + evil,
    ):
        page = desk.get(address)
        assert page.status_code == 200, address
        assert "<script>alert" not in page.content.decode(), address


@pytest.mark.parametrize(
    "address",
    [
        "/week/?who=%00&day=2200-12-31",
        "/week/?who=999999999999999999999",
        "/week/?day=1900-01-01",
        "/month/?day=2200-12-31",
        "/month/?day=1900-01-01",
        "/search/glance/?patient=999999999",
        "/search/glance/?patient=%D9%A1&q=%00",
        "/search/glance/?q=" + "9" * 100,
        "/appointments/offer/?start=2200-12-31",
        "/appointments/offer/?start=1900-01-01&appointment_type=%00&practitioner=9999999999999999999999",
        "/appointments/offer/?then=%00&then_with=x&weekday=7&part=%00",
        "/appointments/book/?patient=" + "9" * 30,
        "/appointments/book/?patient=" + "9" * 5000,
        "/appointments/book/?minutes=%C2%B2&chair=x&practitioner=%00",
        "/appointments/book/?minutes=" + "9" * 4000,
    ],
)
def test_an_address_that_somebody_made_up_is_answered(practice, desk, address):
    assert desk.get(address, headers=HTMX).status_code == 200
