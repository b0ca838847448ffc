"""Without a mail server or a gateway nothing counts as sent, and everybody whom it concerns is told."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from clinic.reminders import actions, planning
from clinic.reminders.models import Plan, Reminder
from clinic.staff.models import User
from tests.desk.practice import TUESDAY

DEPLOYED = {"SECRET_KEY": "0123456789" * 6 + "abcdefghij", "HTTPS": "on", "DEBUG": "off"}
SERVED = {
    "EMAIL_URL": "smtp+tls://desk:secret@mail.example:587",
    "SMS_BACKEND": "clinic.reminders.sms.http.Backend",
    "CLINIC_URL": "https://clinic.example",
}


@pytest.fixture
def files(settings, tmp_path):
    """The settings of a clinic that nobody has given a mail server or a gateway."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", tmp_path
    settings.SMS_BACKEND, settings.SMS_FILE_PATH = "clinic.reminders.sms.filebased.Backend", tmp_path
    return tmp_path


@pytest.mark.parametrize("contact_by", ["email", "sms"])
def test_what_only_went_into_a_file_is_not_called_sent_and_can_be_sent_later(
    practice, visit, clock, desk, files, settings, contact_by
):
    practice.ana.contact_by = contact_by
    practice.ana.save()
    clock.move_to(practice.at(11, day=TUESDAY - timedelta(days=7)))
    planning.plan_ahead()
    actions.send_due()
    reminder = Reminder.objects.get(kind="before_7")
    assert (reminder.state, reminder.reason) == ("failed", "filed")
    assert len(list(files.iterdir())) == 1
    assert "it was only written down on the server" in desk.get("/reminders/", {"show": "needs"}).content.decode()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SMS_BACKEND = "clinic.reminders.sms.locmem.Backend"
    desk.post(f"/reminders/{reminder.pk}/decide/", {"decision": "again"})
    actions.send_due()
    reminder.refresh_from_db()
    assert (reminder.state, reminder.reason) == ("sent", "")


def test_the_pages_of_the_reminders_say_that_nobody_gets_any(practice, visit, files, settings):
    manager = practice.somebody(User.Role.MANAGER)
    Plan.objects.update(is_on=True)
    for page in ("/reminders/", "/reminders/plan/"):
        assert "No mail server and no text message gateway is set up yet" in manager.get(page).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "No text message gateway is set up yet" in manager.get("/reminders/").content.decode()
    settings.SMS_BACKEND = "clinic.reminders.sms.http.Backend"
    assert "is set up yet" not in manager.get("/reminders/").content.decode()


@pytest.mark.parametrize(("more", "told"), [({}, True), (SERVED, False)])
def test_the_check_before_a_deployment_names_what_would_reach_nobody(tmp_path, more, told):
    unset = dict.fromkeys(SERVED, "") | {"CLINIC_URL": "http://localhost:8000"}
    env = os.environ | DEPLOYED | unset | more | {"CLINIC_VAR": str(tmp_path)}
    argv = [sys.executable, "manage.py", "check", "--deploy"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert [f"clinic.W00{number}" in done.stderr for number in (1, 2, 3)] == [told] * 3
