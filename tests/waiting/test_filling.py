"""The pages of the waiting list, and filling the time of a visit that was cancelled."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import date, time

import pytest
from django.db import connection
from django.utils import timezone

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import PatientFactory
from clinic.waiting import actions
from clinic.waiting.models import Entry, Part
from tests.desk.practice import HTMX


@pytest.fixture
def berg(practice):
    patient = PatientFactory(given_name="Jon", family_name="Berg", branch=practice.branch)
    return Entry.objects.create(
        patient=patient, appointment_type=practice.exam, minutes=20, branch=practice.branch, note="Works nearby"
    )


@pytest.fixture
def cancelled(practice):
    return appointments.advance(practice.visit(9), Status.CANCELLED, reason="Ill")


def offers(desk, visit):
    return desk.get("/waiting/fits/", {"visit": visit.pk}, headers=HTMX)


def pressed(answer, name="Book"):
    """Return what the first form of a page sends, and where to."""
    page = answer.content.decode()
    where = re.search(r'action="(/waiting/\d+/fill/)"', page)[1]
    return where, dict(
        re.findall(r'<input type="hidden" name="(uid|start|end|practitioner|chair)" value="([^"]*)"', page)
    )


def test_the_panel_of_a_cancelled_visit_asks_who_fits(practice, desk, cancelled):
    page = desk.get(f"/appointments/{cancelled.pk}/", headers=HTMX).content.decode()
    assert f"/waiting/fits/?visit={cancelled.pk}" in page
    booked = practice.visit(11)
    assert "/waiting/fits/" not in desk.get(f"/appointments/{booked.pk}/", headers=HTMX).content.decode()


def test_one_button_books_exactly_that_gap(practice, desk, berg, cancelled):
    answer = offers(desk, cancelled)
    assert "Jon Berg" in answer.content.decode()
    where, form = pressed(answer)
    assert desk.post(where, form, headers=HTMX).status_code == 302
    visit = Appointment.objects.get(patient=berg.patient)
    assert (visit.starts_at, visit.ends_at) == (practice.at(9), practice.at(9, 20))
    assert (visit.practitioner, visit.chair, visit.note) == (practice.okafor, practice.chairs[0], "Works nearby")
    berg.refresh_from_db()
    assert (berg.status, berg.visit) == (Entry.Status.BOOKED, visit)


def test_the_button_pressed_twice_books_once(practice, desk, berg, cancelled):
    where, form = pressed(offers(desk, cancelled))
    answers = [desk.post(where, form, headers=HTMX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert Appointment.objects.filter(patient=berg.patient).count() == 1


def test_who_loses_the_race_is_told_who_took_it_and_the_patient_goes_on_waiting(practice, desk, berg, cancelled):
    where, form = pressed(offers(desk, cancelled))
    quicker = practice.visit(9, patient=PatientFactory(given_name="Ewa", family_name="Nowak", branch=practice.branch))
    answer = desk.post(where, form, headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Dr Okafor already has an appointment from 09:00" in page
    assert "It went to Ewa Nowak" in page
    assert not Appointment.objects.filter(patient=berg.patient).exists()
    berg.refresh_from_db()
    assert berg.is_waiting
    assert "taken again" in offers(desk, quicker).content.decode()


def test_who_was_booked_from_the_list_by_somebody_else_is_not_booked_again(practice, desk, berg, cancelled):
    where, form = pressed(offers(desk, cancelled))
    other = practice.somebody()
    actions.fill(
        berg, start=practice.at(14), practitioner=practice.lindqvist, chair=practice.chairs[1],
        by=other.get("/").wsgi_request.user,
    )  # fmt: skip
    answer = desk.post(where, form, headers=HTMX)
    assert answer.status_code == 422
    assert "has been booked from the waiting list meanwhile, by Maria" in answer.content.decode()
    assert Appointment.objects.filter(patient=berg.patient).count() == 1


def test_a_later_visit_is_moved_forward_and_its_time_is_free_again(practice, desk, berg, cancelled):
    later = practice.visit(14, patient=berg.patient)
    Entry.objects.filter(pk=berg.pk).update(instead_of=later)
    answer = offers(desk, cancelled)
    assert "Move here" in answer.content.decode()
    where, form = pressed(answer)
    assert desk.post(where, form, headers=HTMX).status_code == 302
    later.refresh_from_db()
    assert later.starts_at == practice.at(9)
    assert Appointment.objects.filter(patient=berg.patient).count() == 1


def test_a_time_that_is_over_is_offered_to_nobody(practice, desk, berg):
    gone = practice.visit(9, starts_at=timezone.now() - timezone.timedelta(hours=2), status=Status.CANCELLED)
    page = offers(desk, gone).content.decode()
    assert "This time is over" in page
    assert "Berg" not in page


def test_a_gap_of_the_grid_is_asked_for_by_its_time_and_place(practice, desk, berg):
    gap = {
        "start": practice.at(9).isoformat(),
        "end": practice.at(10).isoformat(),
        "practitioner": practice.okafor.pk,
        "chair": practice.chairs[0].pk,
    }
    assert "Jon Berg" in desk.get("/waiting/fits/", gap).content.decode()
    assert desk.get("/waiting/fits/", gap | {"chair": 0}).status_code == 404
    assert desk.get("/waiting/fits/", gap | {"end": gap["start"]}).status_code == 404


def test_a_patient_is_put_on_the_list_from_their_page(practice, desk):
    assert f"/waiting/new/?patient={practice.ana.pk}" in desk.get(f"/patients/{practice.ana.pk}/").content.decode()
    page = desk.get("/waiting/new/", {"patient": practice.ana.pk, "practitioner": practice.okafor.pk})
    assert "Ana Silva" in page.content.decode()
    assert "Takes warfarin" in page.content.decode()
    form = {
        "uid": str(uuid.uuid4()),
        "patient": practice.ana.pk,
        "appointment_type": practice.exam.pk,
        "practitioners": [practice.okafor.pk],
        "days": ["0", "2"],
        "part": "morning",
        "urgency": "1",
        "latest": "2030-02-01",
    }
    for _ in range(2):
        assert desk.post("/waiting/new/", form).status_code == 302
    entry = Entry.objects.get()
    assert (entry.minutes, entry.weekdays, entry.part) == (30, 0b101, Part.MORNING)
    assert (entry.not_before, entry.not_after, entry.latest) == (None, time(12), date(2030, 2, 1))
    assert list(entry.practitioners.all()) == [practice.okafor]
    page = desk.get("/waiting/").content.decode()
    for words in ("Ana Silva", "Takes warfarin", "Mornings", "Mon, Wed", "Dr Okafor", "Soon"):
        assert words in page


def test_a_search_that_found_nothing_suitable_leads_to_the_list_with_what_it_looked_for(practice, desk):
    asked = {"patient": practice.ana.pk, "practitioner": practice.okafor.pk, "part": "morning", "weekday": "2"}
    page = desk.get("/appointments/offer/", asked).content.decode()
    link = re.search(r'href="(/waiting/new/[^"]+)"', page)[1].replace("&amp;", "&")
    form = desk.get(link).context["form"]
    assert form["patient"].value() == str(practice.ana.pk)
    assert (form["part"].value(), form["days"].value()) == ("morning", [2])
    assert form["practitioners"].value() == [practice.okafor.pk]
    assert form["appointment_type"].value() == str(practice.exam.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_fill_one_gap_at_once_one_is_told_who_took_it(practice, cancelled):
    entries = [
        Entry.objects.create(
            patient=PatientFactory(family_name=name, branch=practice.branch),
            appointment_type=practice.exam, minutes=30, branch=practice.branch,
        )
        for name in ("Berg", "Nowak")
    ]  # fmt: skip
    desks = [practice.somebody() for _ in entries]
    gap = {
        "start": practice.at(9).isoformat(), "end": practice.at(9, 30).isoformat(),
        "practitioner": practice.okafor.pk, "chair": practice.chairs[0].pk,
    }  # fmt: skip
    together, answers = threading.Barrier(2), {}

    def press(number):
        try:
            together.wait()
            answers[number] = desks[number].post(f"/waiting/{entries[number].pk}/fill/", gap, headers=HTMX)
        finally:
            connection.close()

    racers = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 422]
    winner, loser = sorted(answers, key=lambda number: answers[number].status_code)
    assert f"It went to {entries[winner].patient.full_name}" in answers[loser].content.decode()
    statuses = [Entry.objects.get(pk=entry.pk).status for entry in (entries[winner], entries[loser])]
    assert statuses == ["booked", "waiting"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"patient": ""}, "This field is required"),
        ({"part": "hours"}, "Say from when, or until when."),
        ({"part": "hours", "not_before": "11:00", "not_after": "10:00"}, "before the time it begins"),
        ({"earliest": "2030-02-02", "latest": "2030-02-01"}, "before the first day"),
        ({"minutes": "3"}, "greater than or equal to 5"),
    ],
)
def test_a_wish_that_nobody_can_meet_is_refused(practice, desk, wrong, words):
    form = {"patient": practice.ana.pk, "appointment_type": practice.exam.pk, "part": "any", "urgency": "0"}
    answer = desk.post("/waiting/new/", form | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Entry.objects.exists()


def test_an_entry_is_changed(practice, desk, berg):
    form = {
        "patient": berg.patient_id,
        "appointment_type": practice.exam.pk,
        "part": "any",
        "urgency": "2",
        "days": ["4"],
    }
    assert desk.post(f"/waiting/{berg.pk}/", form).status_code == 302
    berg.refresh_from_db()
    assert (berg.urgency, berg.weekdays) == (2, 0b10000)


def test_whoever_gives_up_is_off_the_list_and_may_come_back(practice, desk, berg):
    desk.post(f"/waiting/{berg.pk}/leave/")
    berg.refresh_from_db()
    assert (berg.status, str(berg.closed_by)[:5]) == (Entry.Status.GIVEN_UP, "Maria")
    assert "Jon Berg" in desk.get("/waiting/", {"show": "closed"}).content.decode()
    assert "meanwhile" in desk.post(f"/waiting/{berg.pk}/leave/", follow=True).content.decode()
    since = berg.since
    desk.post(f"/waiting/{berg.pk}/leave/", {"again": "1"})
    berg.refresh_from_db()
    assert (berg.is_waiting, berg.since, berg.closed_by) == (True, since, None)
