"""A reminder goes out at most once, in the patient's language, and not when things have changed."""

from __future__ import annotations

import smtplib
import socket
import threading
from datetime import time, timedelta

import pytest
from django.core import mail
from django.db import connection

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import PatientFactory
from clinic.demo.running.ports import LOOPBACK
from clinic.reminders import actions, messages
from clinic.reminders.models import Fresh, Plan, Reminder
from clinic.reminders.planning import plan_ahead
from clinic.reminders.sms import NotSent, locmem
from tests.desk.practice import TUESDAY

WEEK = timedelta(days=7)


@pytest.fixture
def due(practice, visit, clock):
    """The reminder a week before, due now."""
    plan_ahead()
    clock.move_to(practice.at(11, 1, day=TUESDAY - WEEK))
    return Reminder.objects.get()


def fate(reminder):
    reminder.refresh_from_db()
    return reminder.state, reminder.reason


def test_it_goes_out_and_says_what_is_needed_and_no_more(practice, due):
    assert actions.send_due() == 1
    assert fate(due) == ("sent", "")
    sent = mail.outbox[0]
    assert sent.to == ["ana@example.com"]
    assert sent.from_email == "North <desk@clinic.example>"
    assert sent.subject == "Reminder: your appointment on Tuesday 15 January at 11:00"
    assert "Hello Ana," in sent.body
    assert "https://clinic.example/v/" in sent.body
    html = sent.alternatives[0].content
    for secret in ("Silva", "warfarin", "Exam", "Okafor"):
        assert secret not in sent.body + html + sent.subject


def test_it_goes_out_once(due):
    assert [actions.send_due() for _ in range(3)] == [1, 0, 0]
    assert len(mail.outbox) == 1


def test_not_before_it_is_due(practice, due, clock):
    clock.move_to(practice.at(10, 59, day=TUESDAY - WEEK))
    assert actions.send_due() == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Tuesday 15 January", "11:00", "Hello Ana,"]),
        ("es", ["martes 15 de enero", "11:00", "Hola, Ana:"]),
        ("fr", ["mardi 15 janvier", "11:00", "Bonjour Ana,"]),
        ("ar", ["الثلاثاء 15 يناير", "11:00", "مرحبًا Ana"]),
        ("pl", ["Tuesday 15 January", "11:00", "Hello Ana,"]),
        ("es-mx", ["martes 15 de enero"]),
    ],
)
def test_in_the_language_of_the_patient(practice, due, language, words):
    practice.ana.language = language
    practice.ana.save()
    actions.send_due()
    html = mail.outbox[0].alternatives[0].content
    for word in words:
        assert word in mail.outbox[0].body
        assert word in html
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html


@pytest.mark.parametrize(("language", "before"), [("en", "call us on"), ("ar", "اتصل بنا على الرقم")])
def test_the_number_to_call_stays_whole_among_letters_of_the_other_direction(practice, due, language, before):
    practice.branch.phone, practice.ana.language = "+35318370190", language
    practice.branch.save()
    practice.ana.save()
    actions.send_due()
    number = "+353 1 837 0190".replace(" ", "\N{NO-BREAK SPACE}")
    assert f"{before} \N{LEFT-TO-RIGHT ISOLATE}{number}\N{POP DIRECTIONAL ISOLATE}" in mail.outbox[0].body


def test_times_are_those_of_the_branch_s_wall(practice, due):
    practice.branch.time_zone = "Pacific/Auckland"
    practice.branch.save()
    Plan.objects.update(quiet_from=time(0), quiet_until=time(0))
    actions.send_due()
    assert "Wednesday 16 January at 00:00" in mail.outbox[0].subject


def test_a_text_message_is_one_short_sentence_with_the_link(practice, due):
    practice.ana.contact_by = "sms"
    practice.ana.save()
    actions.send_due()
    assert fate(due) == ("sent", "")
    ((to, text),) = locmem.outbox
    assert to == "+353881234567"
    assert text.startswith("North: reminder of your appointment on Tuesday 15 January at 11:00.")
    assert not mail.outbox


def changed(visit, **values):
    Appointment.objects.filter(pk=visit.pk).update(**values)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p, v: changed(v, starts_at=p.at(15), ends_at=p.at(16)), "moved"),
        (lambda p, v: changed(v, status="cancelled"), "gone"),
        (lambda p, v: changed(v, status="completed"), "gone"),
        (lambda p, v: Plan.objects.update(is_on=False), "off"),
        (lambda p, v: Plan.objects.all().delete(), "off"),
        (lambda p, v: type(p.ana).objects.update(contact_by="none"), "no_contact"),
        (lambda p, v: type(p.ana).objects.update(email="", mobile=""), "no_address"),
    ],
)
def test_what_changed_since_it_was_planned_keeps_it_back(practice, visit, due, change, reason):
    change(practice, visit)
    assert actions.send_due() == 0
    assert fate(due) == ("dropped", reason)
    assert not mail.outbox


def test_nobody_is_reminded_on_the_way_to_the_visit(practice, due, clock):
    clock.move_to(practice.at(10, 30))
    actions.send_due()
    assert fate(due) == ("dropped", "too_late")


def test_quiet_hours_put_it_off(practice, due, clock):
    Plan.objects.update(quiet_from=time(11), quiet_until=time(13))
    assert actions.send_due() == 0
    clock.move_to(practice.at(13, day=TUESDAY - WEEK))
    assert actions.send_due() == 1


def test_nothing_goes_out_before_the_last_step_can_no_longer_be_undone(practice, visit, due, clock, settings):
    Fresh.objects.create(appointment=visit)
    assert actions.send_due() == 0
    clock.shift(settings.UNDO_SECONDS)
    assert actions.send_due() == 1


def test_a_move_that_is_undone_again_leaves_the_reminder_of_the_old_time(practice, visit, due, clock, settings):
    moved = appointments.reschedule(visit, starts_at=practice.at(15))
    appointments.put_back(moved, {"starts_at": visit.starts_at, "ends_at": visit.ends_at}, because="")
    assert actions.send_due() == 0
    clock.shift(settings.UNDO_SECONDS)
    assert actions.send_due() == 1
    assert "11:00" in mail.outbox[0].subject


def test_a_visit_that_is_booked_again_is_reminded_of_after_all(practice, visit, due, clock):
    appointments.advance(visit, Status.CANCELLED, reason="Ill")
    actions.send_due()
    assert fate(due) == ("dropped", "gone")
    appointments.advance(visit, Status.BOOKED)
    clock.shift(60)
    assert actions.send_due() == 1
    assert fate(due) == ("sent", "")


def test_booked_again_days_later_it_is_not(practice, visit, due, clock):
    appointments.advance(visit, Status.CANCELLED, reason="Ill")
    actions.send_due()
    clock.shift(timedelta(days=2))
    appointments.advance(visit, Status.BOOKED)
    clock.shift(60)
    assert actions.send_due() == 0
    assert fate(due) == ("dropped", "gone")


class Falls:
    """A text message service that fails in a certain way."""

    error: Exception = RuntimeError()

    def send(self, to, text):
        raise self.error


@pytest.fixture
def failing(practice, settings):
    practice.ana.contact_by = "sms"
    practice.ana.save()
    settings.SMS_BACKEND = f"{__name__}.Falls"

    def fail(error):
        Falls.error = error

    return fail


def test_what_certainly_did_not_go_out_is_tried_again_later_and_not_for_ever(due, failing, clock):
    failing(NotSent(again=True))
    for _ in range(actions.TRIES):
        assert actions.send_due() == 1
        assert actions.send_due() == 0
        clock.shift(timedelta(minutes=30))
    assert actions.send_due() == 0
    assert fate(due) == ("failed", "unreachable")


def test_an_address_that_is_refused_waits_for_somebody(due, failing):
    failing(NotSent(again=False))
    actions.send_due()
    assert fate(due) == ("failed", "refused")


def test_an_answer_that_does_not_come_is_shown_and_never_repeated_by_itself(due, failing, clock):
    failing(TimeoutError())
    actions.send_due()
    assert fate(due) == ("unknown", "silent")
    clock.shift(timedelta(days=1))
    assert actions.send_due() == 0


def test_what_a_worker_left_in_the_middle_is_unknown_and_never_repeated_by_itself(due, clock, settings):
    actions._claim(due.pk)
    assert fate(due) == ("sending", "")
    assert actions.give_up_on_lost() == 0
    clock.shift(settings.REMINDER_LEASE_SECONDS + 1)
    assert actions.give_up_on_lost() == 1
    assert fate(due) == ("unknown", "stopped")
    assert actions.send_due() == 0
    assert not mail.outbox


def test_a_worker_that_comes_back_late_tells_what_became_of_it(due, clock, settings):
    claimed = actions._claim(due.pk)
    clock.shift(settings.REMINDER_LEASE_SECONDS + 1)
    actions.give_up_on_lost()
    messages.send(claimed.reminder, claimed.visit, claimed.message)
    actions._settle(claimed.reminder, "sent")
    assert fate(due) == ("sent", "")


def test_a_service_that_is_not_there_does_not_hold_up_the_others(practice, due, settings, clock):
    berg = PatientFactory(branch=practice.branch, contact_by="sms")
    elsewhere = {"chair": practice.chairs[1], "practitioner": practice.lindqvist}
    other = practice.visit(11, patient=berg, booked_at=due.appointment.booked_at, **elsewhere)
    clock.move_to(practice.at(10, 59, day=TUESDAY - WEEK))
    plan_ahead()
    clock.move_to(practice.at(11, 1, day=TUESDAY - WEEK))
    settings.SMS_BACKEND = "no.such.Backend"
    actions.send_due()
    assert fate(due) == ("sent", "")
    assert fate(Reminder.objects.get(appointment=other)) == ("planned", "unreachable")


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends_it(practice, due, monkeypatch):
    barrier = threading.Barrier(4)
    sent = []

    def work():
        try:
            barrier.wait()
            sent.append(actions.send_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1


def test_people_decide_about_what_is_unknown(practice, desk, due, failing, clock):
    failing(TimeoutError())
    actions.send_due()
    page = desk.get("/reminders/", {"show": "needs"}).content.decode()
    for words in ("Ana Silva", "Not known", "did not say whether it went out", "It arrived", "Send again"):
        assert words in page
    desk.post(f"/reminders/{due.pk}/decide/", {"decision": "arrived"})
    assert fate(due) == ("sent", "")
    assert str(due.by).startswith("Maria")
    assert (
        "decided meanwhile"
        in desk.post(f"/reminders/{due.pk}/decide/", {"decision": "again"}, follow=True).content.decode()
    )


def test_sent_again_by_hand_it_goes_out_once_more(desk, due, failing, settings):
    failing(NotSent(again=False))
    actions.send_due()
    settings.SMS_BACKEND = "clinic.reminders.sms.locmem.Backend"
    desk.post(f"/reminders/{due.pk}/decide/", {"decision": "again"})
    assert actions.send_due() == 1
    assert fate(due) == ("sent", "")
    assert len(locmem.outbox) == 1


def test_left_alone_it_needs_nobody_any_more(desk, due, failing):
    failing(NotSent(again=False))
    actions.send_due()
    desk.post(f"/reminders/{due.pk}/decide/", {"decision": "leave"})
    assert fate(due) == ("dropped", "left")
    assert "Nothing needs you" in desk.get("/reminders/", {"show": "needs"}).content.decode()
    desk.post(f"/reminders/{due.pk}/decide/", {"decision": "nonsense"})
    assert fate(due) == ("dropped", "left")


def test_a_mail_server_that_is_not_there_is_tried_again_later(due, settings):
    with socket.socket() as nobody:
        nobody.bind((LOOPBACK, 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
        actions.send_due()
    assert fate(due) == ("planned", "unreachable")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (smtplib.SMTPRecipientsRefused({}), False),
        (smtplib.SMTPDataError(554, b"no"), False),
        (smtplib.SMTPDataError(451, b"later"), True),
    ],
)
def test_what_a_mail_server_says_no_to_did_not_go_out(error, again):
    class Server:
        def send_messages(self, mails):
            raise error

    with pytest.raises(NotSent) as refusal:
        messages._hand_over(Server(), mail.EmailMultiAlternatives())
    assert refusal.value.again is again
