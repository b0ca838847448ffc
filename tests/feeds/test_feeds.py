"""A practitioner's visits in their own calendar: what it tells, to whom, and until when."""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment
from clinic.demo.factories import AppointmentFactory, PatientFactory, UserFactory
from clinic.feeds import actions
from clinic.feeds.models import Feed, Told
from clinic.feeds.views import GUESSED
from clinic.rota.models import Absence
from clinic.staff.models import User
from tests.desk.practice import TUESDAY, open_practice
from tests.provision.racing import race


@pytest.fixture
def practice(db):
    practice = open_practice()
    practice.okafor.user = UserFactory(role=User.Role.PRACTITIONER, branches=[practice.branch])
    practice.okafor.save()
    cache.clear()
    with time_machine.travel(practice.at(7), tick=False):
        yield practice


@pytest.fixture
def okafor(practice):
    """Dr Okafor's browser."""
    browser = Client()
    browser.force_login(practice.okafor.user)
    return browser


def made(browser, practice, names="none"):
    """Make a feed on the page and return the path of its address."""
    page = browser.post(f"/feeds/{practice.okafor.pk}/make/", {"names": names}).content.decode()
    return re.search(r'value="http://[^/"]+(/feed/[^"]+\.ics)"', page)[1]


def read(address, **headers):
    return Client().get(address, headers=headers)


def events(address):
    return {str(event["uid"]): event for event in Calendar.from_ical(read(address).content).walk("VEVENT")}


def test_it_holds_the_practitioners_own_visits_and_nothing_that_says_who_comes(practice, okafor):
    visit = practice.visit(9)
    practice.visit(10, practitioner=practice.lindqvist)
    address = made(okafor, practice)
    answer = read(address)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [(uid, event)] = events(address).items()
    assert uid.startswith(str(visit.uid))
    assert (event.start, event.end) == (visit.starts_at, visit.ends_at)
    assert (str(event["summary"]), str(event["location"])) == ("Exam", "North, Chair 1")
    assert (str(event["status"]), str(event["class"])) == ("TENTATIVE", "PRIVATE")
    for secret in ("Ana", "Silva", "88 123", "881234567", "warfarin"):
        assert secret not in answer.content.decode()


def test_initials_are_told_where_the_practitioner_wants_them(practice, okafor):
    practice.visit(9)
    [event] = events(made(okafor, practice, "initials")).values()
    assert str(event["summary"]) == "Exam, A. S."


def test_whoever_guesses_addresses_has_to_wait(practice, okafor):
    address, often = made(okafor, practice), GUESSED.often
    assert {read(address).status_code for _ in range(often + 1)} == {200}, "a calendar that asks often is no guess"
    guesses = [read(f"/feed/guess{n}.ics").status_code for n in range(often + 1)]
    assert guesses == [404] * often + [429]
    there = read(address)
    assert (there.status_code, there.headers["Retry-After"]) == (429, "300"), "or guessing would go on"
    assert Client(REMOTE_ADDR="198.51.100.7").get(address).status_code == 200


def test_a_visit_that_moves_stays_the_same_event_and_one_that_is_cancelled_is_taken_off(practice, okafor):
    visit, address = practice.visit(9), made(okafor, practice)
    [before] = events(address)
    visit = appointments.reschedule(visit, starts_at=practice.at(11))
    [(uid, event)] = events(address).items()
    assert (uid, event.start) == (before, visit.starts_at)
    appointments.advance(visit, "confirmed")
    assert str(events(address)[uid]["status"]) == "CONFIRMED"
    appointments.advance(visit, "cancelled", reason="Ill")
    event = events(address)[uid]
    assert (str(event["status"]), str(event["transp"])) == ("CANCELLED", "TRANSPARENT")


def numbered(address):
    [event] = events(address).values()
    return int(event["sequence"]), event["last-modified"].dt, event["dtstamp"].dt


def test_whatever_changes_an_event_raises_its_sequence_and_nothing_else_does(practice, okafor):
    visit, address = practice.visit(9), made(okafor, practice)
    first = visit.booked_at.astimezone(UTC).replace(microsecond=0)
    assert numbered(address) == numbered(address) == (0, first, first)
    with time_machine.travel(practice.at(8), tick=False):
        # By a statement that no model and no action sees.
        Appointment.objects.filter(pk=visit.pk).update(ends_at=practice.at(10))
        assert numbered(address) == (1, practice.at(8), practice.at(8))
        Appointment.objects.filter(pk=visit.pk).update(note="Rang, comes by bus")
        assert numbered(address)[0] == 1, "what the calendar is not told changes nothing in it"
    with time_machine.travel(practice.at(8, 30), tick=False):
        appointments.advance(visit, "cancelled", reason="Ill")
        again = made(okafor, practice)
        assert numbered(again) == (2, practice.at(8, 30), practice.at(8, 30)), "nor does a new address begin anew"


def test_what_was_told_of_what_is_long_over_is_forgotten(practice, okafor):
    practice.visit(9)
    address = made(okafor, practice)
    read(address)
    with time_machine.travel(practice.at(7) + timedelta(days=40), tick=False):
        later = practice.visit(9, starts_at=practice.at(9) + timedelta(days=41))
        read(address)
    assert [one.uid for one in Told.objects.all()] == [f"{later.uid}@visits.clinic"]


def test_it_is_a_calendar_as_rfc_5545_has_it(practice, okafor):
    practice.exam.name = "Exam; X-ray, ü" + "€" * 30 + "\r\nATTENDEE:x"
    practice.exam.save()
    practice.visit(9, patient=PatientFactory(given_name="\nATTENDEE:x", family_name=";,\\"))
    practice.visit(10, status="cancelled", patient=PatientFactory())
    Absence.objects.create(practitioner=practice.okafor, first_day=TUESDAY, last_day=TUESDAY)
    body = read(made(okafor, practice, "initials")).content
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
    lines = body.decode().split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert not any(line.startswith("ATTENDEE") for line in lines), "no text becomes a property"
    [calendar] = Calendar.from_ical(body, multiple=True)
    found = calendar.walk("VEVENT")
    assert not [error for part in calendar.walk() for error in part.errors]
    assert (str(calendar["version"]), str(calendar["method"])) == ("2.0", "PUBLISH")
    assert len({str(event["uid"]) for event in found}) == len(found) == 3
    for event in found:
        assert {"UID", "DTSTAMP", "SEQUENCE", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS"} <= set(event)
        assert type(event.start) is type(event.end)
        assert event.start < event.end
    assert str(found[0]["summary"]).startswith("Exam; X-ray, ü€")


def test_it_is_in_the_language_that_its_owner_chose(practice, okafor):
    Absence.objects.create(practitioner=practice.okafor, first_day=TUESDAY, last_day=TUESDAY)
    address = made(okafor, practice)
    User.objects.filter(pk=practice.okafor.user.pk).update(language="fr")
    [event] = events(address).values()
    assert str(event["summary"]) == "Absent"


def test_it_reaches_a_month_back_and_half_a_year_ahead(practice, okafor):
    now = practice.at(7).astimezone(UTC)
    for days in (-31, -29, 179, 181):
        AppointmentFactory(practitioner=practice.okafor, starts_at=now + timedelta(days=days))
    starts = [(event.start - now).days for event in events(made(okafor, practice)).values()]
    assert starts == [-29, 179]


def test_leave_is_there_without_its_reason(practice, okafor):
    sick = {"practitioner": practice.okafor, "kind": "sick", "note": "Migraine"}
    Absence.objects.create(**sick, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=2))
    Absence.objects.create(**sick, first_day=date(2030, 4, 2), last_day=date(2030, 4, 2), starts=9 * 60, ends=12 * 60)
    address = made(okafor, practice)
    long, short = events(address).values()
    assert (long.start, long.end) == (TUESDAY, TUESDAY + timedelta(days=3)), "days, and the end is the day after"
    assert short.start == datetime(2030, 4, 2, 8, tzinfo=UTC), "nine o'clock in summer time"
    assert short.end == datetime(2030, 4, 2, 11, tzinfo=UTC)
    assert not re.search("sick|migraine", read(address).content.decode(), re.IGNORECASE)


@pytest.mark.parametrize("day", [date(2030, 3, 31), date(2030, 10, 27)])
def test_in_the_nights_of_clock_changes_it_is_the_same_moment(practice, okafor, day):
    at, address = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC), made(okafor, practice)
    with time_machine.travel(at, tick=False):
        visits = [practice.visit(9, starts_at=at + timedelta(hours=hour), patient=PatientFactory()) for hour in (0, 1)]
        found = [event.start for event in events(address).values()]
    assert found == [visit.starts_at for visit in visits]


def test_it_costs_the_same_however_many_visits_there_are(practice, okafor, django_assert_num_queries):
    address = made(okafor, practice)
    for hour in (8, 9, 10):
        practice.visit(hour, patient=PatientFactory())
    read(address)
    with django_assert_num_queries(5):
        read(address)


def test_nothing_is_sent_twice_while_nothing_changes(practice, okafor):
    visit, address = practice.visit(9), made(okafor, practice)
    first = read(address)
    again = read(address, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    appointments.reschedule(visit, starts_at=practice.at(11))
    assert read(address, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_what_is_revoked_replaced_or_wrong_opens_nothing_and_nobody_learns_why(practice, okafor):
    first = made(okafor, practice)
    second = made(okafor, practice)
    answers = [read(first), read("/feed/x.ics"), read("/feed/" + "a" * 300 + ".ics")]
    assert read(second).status_code == 200
    assert okafor.post(f"/feeds/{practice.okafor.pk}/revoke/").status_code == 302
    answers.append(read(second))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert Feed.objects.filter(revoked_by=practice.okafor.user).count() == 2


@pytest.mark.parametrize("who", ["user", "practitioner"])
def test_whoever_left_reads_nothing(practice, okafor, who):
    address = made(okafor, practice)
    gone = practice.okafor if who == "practitioner" else practice.okafor.user
    gone.is_active = False
    gone.save()
    assert read(address).status_code == 404


def test_the_secret_is_kept_nowhere_and_stands_in_no_log(practice, okafor, caplog):
    address = made(okafor, practice)
    secret = address.removeprefix("/feed/").removesuffix(".ics")
    assert len(secret) >= 43, "256 bits"
    assert not Feed.objects.filter(secret_hash__contains=secret).exists()
    assert secret not in okafor.get("/feeds/").content.decode(), "it is shown once"
    actions.revoke(practice.okafor, by=practice.okafor.user)
    [handler] = [handler for handler in logging.getLogger().handlers if handler.filters]
    kept = []
    handler.emit = lambda record: kept.append(handler.format(record))
    try:
        assert read(address).status_code == 404
    finally:
        del handler.emit
    assert any("Not Found: /feed/..." in line for line in kept), kept
    assert not any(secret in line for line in kept)


def test_only_the_owner_makes_an_address_and_a_manager_may_revoke_it(practice, okafor):
    address = made(okafor, practice)
    manager, colleague = practice.somebody(User.Role.MANAGER), practice.somebody(User.Role.HYGIENIST)
    assert "Dr Okafor" in manager.get("/feeds/").content.decode()
    assert "Dr Okafor" not in colleague.get("/feeds/").content.decode()
    assert manager.post(f"/feeds/{practice.okafor.pk}/make/", {"names": "none"}).status_code == 404
    assert colleague.post(f"/feeds/{practice.okafor.pk}/revoke/").status_code == 404
    assert read(address).status_code == 200
    assert manager.post(f"/feeds/{practice.okafor.pk}/revoke/").status_code == 302
    assert read(address).status_code == 404


def test_an_unknown_wish_makes_nothing(practice, okafor):
    assert okafor.post(f"/feeds/{practice.okafor.pk}/make/", {"names": "all"}).status_code == 302
    assert not Feed.objects.exists()


def test_that_it_is_read_is_noted_once_an_hour(practice, okafor):
    address = made(okafor, practice)
    assert "Not read yet" in okafor.get("/feeds/").content.decode()
    for minutes in (0, 30, 90):
        with time_machine.travel(practice.at(8) + timedelta(minutes=minutes), tick=False):
            read(address)
    assert Feed.objects.get().read_at == practice.at(8) + timedelta(minutes=90)
    with time_machine.travel(practice.at(8) + timedelta(minutes=91), tick=False):
        assert "Last read" in okafor.get("/feeds/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_made_at_once_leave_one(practice):
    made = race([lambda: actions.make(practice.okafor, "none", by=practice.okafor.user)] * 4)
    opened = [feed for feed, secret in made if actions.open_feed(secret)]
    assert len(opened) == Feed.objects.filter(revoked_at=None).count() == 1
