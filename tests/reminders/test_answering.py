"""The page behind the link: whoever has it answers for one visit, and nobody else sees anything."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment, Status
from clinic.reminders import actions, answers
from clinic.reminders.models import Plan, Wish
from clinic.reminders.planning import plan_ahead
from clinic.reminders.tokens import REMEMBERED, read_token, token_for
from tests.desk.practice import HTMX, TUESDAY


@pytest.fixture(autouse=True)
def unhurried():
    cache.clear()


@pytest.fixture
def link(visit):
    return f"/v/{token_for(visit)}/"


@pytest.fixture
def patient():
    """A browser that checks forgeries and has never been here."""
    return Client(enforce_csrf_checks=True)


def press(patient, link, answer, **changes):
    seen = re.search(r'name="seen" value="([^"]+)"', patient.get(link).content.decode())
    return patient.post(link, {"answer": answer, "seen": seen[1] if seen else ""} | changes, follow=True)


def status(visit):
    return Appointment.objects.get(pk=visit.pk).status


def test_the_link_of_the_message_opens_the_page_without_signing_in(practice, visit, clock, patient):
    plan_ahead()
    clock.move_to(practice.at(11, 1, day=TUESDAY - timedelta(days=7)))
    actions.send_due()
    link = re.search(r"https://clinic\.example(/v/\S+/)", mail.outbox[0].body)[1]
    page = patient.get(link).content.decode()
    for words in ("Ana", "Tuesday 15 January", "11:00", "North", "Yes, I will come", "I cannot come"):
        assert words in page
    for secret in ("Silva", "warfarin", "Exam", "Okafor", "+353"):
        assert secret not in page


def test_opening_the_link_does_nothing_however_often(visit, link, patient):
    for _ in range(3):
        assert patient.get(link).status_code == 200
        assert patient.head(link).status_code == 200
        assert patient.get(link, {"answer": "cannot"}).status_code == 200
    assert status(visit) == "booked"
    assert not Wish.objects.exists()


def test_a_patient_confirms_and_the_day_shows_it(visit, link, patient):
    page = press(patient, link, "come").content.decode()
    assert "We look forward to seeing you" in page
    assert status(visit) == "confirmed"
    assert "I cannot come" in page


def test_pressed_twice_it_is_confirmed_once(visit, link, patient):
    press(patient, link, "come")
    at = Appointment.objects.get(pk=visit.pk).confirmed_at
    assert press(patient, link, "come").status_code == 200
    assert Appointment.objects.get(pk=visit.pk).confirmed_at == at


def test_who_cannot_come_is_seen_on_the_day_until_the_desk_has_dealt_with_it(practice, visit, link, patient, clock):
    assert "may call you about another time" in press(patient, link, "cannot").content.decode()
    press(patient, link, "cannot")
    assert Wish.objects.count() == 1
    assert status(visit) == "booked"
    clock.move_to(practice.at(8))
    desk = practice.somebody()
    for page in ("/today/", "/day/visits/", f"/patients/{practice.ana.pk}/", f"/appointments/{visit.pk}/"):
        assert "Wants to cancel" in desk.get(page, {"day": "2030-01-15"}).content.decode(), page
    appointments.advance(visit, Status.CANCELLED, reason="Patient cannot make it")
    assert not Wish.objects.exists()


def test_the_page_that_is_open_at_the_desk_learns_of_it(practice, visit, link, patient, clock):
    clock.move_to(practice.at(8))
    desk = practice.somebody()
    page = desk.get("/today/").content.decode()
    ask = re.search(r'hx-get="(/today/[^"]+)"', page)[1].replace("&amp;", "&")
    assert desk.get(ask, headers=HTMX).status_code == 204
    press(patient, link, "cannot")
    assert "Wants to cancel" in desk.get(ask, headers=HTMX).content.decode()


def test_who_changes_their_mind_comes_after_all(visit, link, patient):
    press(patient, link, "cannot")
    assert "We look forward" in press(patient, link, "come").content.decode()
    assert not Wish.objects.exists()
    assert status(visit) == "confirmed"


def test_a_confirmed_patient_who_cannot_come_and_then_can(visit, link, patient):
    press(patient, link, "come")
    press(patient, link, "cannot")
    press(patient, link, "come")
    assert not Wish.objects.exists()


def test_the_desk_notes_that_they_come_after_all(practice, visit, link, patient, desk):
    press(patient, link, "cannot")
    assert desk.post(f"/reminders/visits/{visit.pk}/heed/").status_code == 302
    assert not Wish.objects.exists()


def test_where_the_branch_wants_it_the_time_is_free_at_once(visit, link, patient):
    Plan.objects.update(cancelling="frees")
    assert "has been cancelled" in press(patient, link, "cannot").content.decode()
    stored = Appointment.objects.get(pk=visit.pk)
    assert (stored.status, stored.cancelled_because) == ("cancelled", "Cancelled by the patient, through the link")
    assert press(patient, link, "come").status_code == 200
    assert status(visit) == "cancelled"


def test_what_was_moved_since_the_page_was_opened_is_not_answered(practice, visit, link, patient):
    answer = press(patient, link, "come", seen=practice.at(9).isoformat())
    assert answer.status_code == 409
    assert "has been changed since" in answer.content.decode()
    assert status(visit) == "booked"


def test_after_the_visit_the_page_says_that_it_is_over(practice, visit, link, patient, clock):
    clock.move_to(practice.at(11, 1))
    assert "This appointment is over" in patient.get(link).content.decode()
    press(patient, link, "cannot")
    assert status(visit) == "booked"
    clock.move_to(visit.ends_at + REMEMBERED + timedelta(seconds=1))
    assert patient.get(link).status_code == 404


@pytest.mark.parametrize(
    "spoilt", [lambda t: t[:-1], lambda t: f"A{t[1:]}", lambda t: t.partition(".")[0], lambda t: "x", lambda t: "é.é"]
)
def test_no_other_address_opens_anything(visit, patient, spoilt):
    token = spoilt(token_for(visit))
    assert token == token_for(visit) or read_token(token) is None
    answer = patient.get(f"/v/{token}/")
    assert answer.status_code == 404
    assert "Ana" not in answer.content.decode()


def test_a_token_of_another_installation_opens_nothing(visit, settings):
    token = token_for(visit)
    assert read_token(token) == visit.uid
    settings.SECRET_KEY = "another"
    from django.core.signing import Signer

    assert Signer(salt="clinic.reminders.answer", sep=".").sign(token.partition(".")[0]) != token


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "No puedo venir"), ("fr", "Je ne peux pas venir"), ("ar", "لا أستطيع الحضور"), ("de", "I cannot come")],
)
def test_the_page_speaks_the_patient_s_language(practice, link, patient, language, words):
    practice.ana.language = language
    practice.ana.save()
    answer = patient.get(link)
    page = answer.content.decode()
    assert words in page
    shown = language if language != "de" else "en"
    assert f'<html lang="{shown}" dir="{"rtl" if shown == "ar" else "ltr"}">' in page
    assert answer["Content-Language"] == shown


def test_whoever_knocks_too_often_has_to_wait(link, patient):
    codes = [patient.get(link).status_code for _ in range(answers.ASKED.often + 1)]
    assert codes == [200] * answers.ASKED.often + [429]
    assert patient.get("/v/nobody/", headers={"Accept-Language": "fr"}).status_code == 404


def test_guessing_is_slowed_down(patient):
    codes = [patient.get(f"/v/guess{n}/").status_code for n in range(answers.ASKED.often + 1)]
    assert codes == [404] * answers.ASKED.often + [429]


def test_the_page_leaves_no_trace_elsewhere(link, patient):
    answer = patient.get(link)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick", answer.content.decode())


def test_the_page_of_what_is_sent_is_kept_by_whoever_runs_the_branch(practice, visit):
    manager = practice.somebody("manager")
    form = {"is_on": "on", "days_before": "2,14", "quiet_from": "21:00", "quiet_until": "07:30", "cancelling": "frees"}
    assert manager.post("/reminders/plan/", form).status_code == 302
    plan = Plan.objects.get(branch=practice.branch)
    assert (plan.days_before, plan.after_booking, plan.cancelling) == ("14, 2", False, "frees")
    answer = manager.post("/reminders/plan/", form | {"days_before": "soon"})
    assert answer.status_code == 422
    assert "with commas between them" in answer.content.decode()
    assert practice.somebody().get("/reminders/plan/").status_code == 403
