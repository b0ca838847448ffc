"""What `manage.py check --deploy` says of messages that would reach no patient."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from clinic.reminders.messages import reaches_patients
from clinic.reminders.models import Channel

HERE = {"localhost", "127.0.0.1", "::1", None}


def reach(**_: Any) -> list[CheckMessage]:
    """Warn of e-mails and text messages that go nowhere, and of links in them that open on no patient's telephone."""
    found: list[CheckMessage] = []
    if not reaches_patients(Channel.EMAIL):
        said = "E-mails to patients are put into files, and nobody gets any."
        found.append(Warning(said, hint="Set EMAIL_URL and EMAIL_FROM.", id="clinic.W001"))
    if not reaches_patients(Channel.SMS):
        said = "Text messages to patients are put into files, and nobody gets any."
        found.append(Warning(said, hint="Set SMS_BACKEND, or let branches send e-mails alone.", id="clinic.W002"))
    if urlsplit(settings.CLINIC_URL).hostname in HERE:
        said = f"The links in messages to patients lead to {settings.CLINIC_URL}, which only this machine can open."
        found.append(Warning(said, hint="Set CLINIC_URL to the address that patients reach.", id="clinic.W003"))
    return found
