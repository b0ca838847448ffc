"""What a message says, and how it goes out."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr, make_msgid
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from clinic.appointments.models import Appointment
from clinic.reminders.models import AFTER_BOOKING, Channel, Reminder
from clinic.reminders.sms import Backend, NotSent, get_backend
from clinic.reminders.tokens import link_to
from clinic.reminders.words import Words, words_for

# For trying things out, and what stands in until a mail server and a gateway are set up: no patient gets any.
_TRIALS = {
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
    "clinic.reminders.sms.console.Backend",
    "clinic.reminders.sms.filebased.Backend",
}


def reaches_patients(channel: str) -> bool:
    """Return whether messages of a channel leave the clinic, by the settings: without a service they go into files."""
    return (settings.SMS_BACKEND if channel == Channel.SMS else settings.EMAIL_BACKEND) not in _TRIALS


def described(visit: Appointment, words: Words) -> dict[str, str]:
    """Return what a message or the page of the link may say about a visit: no more than these."""
    with translation.override(words.language):
        local = visit.local_start
        return {
            "first_name": visit.patient.given_name,
            "day": date_format(local, words.day),
            "time": date_format(local, "H:i"),
            "branch": visit.branch.name,
        }


def questions(visit: Appointment, words: Words) -> str:
    """Return whom to call with a question, if the branch has a phone; the number stays whole, also among Arabic."""
    phone = visit.branch.phone
    number = f"\N{LEFT-TO-RIGHT ISOLATE}{phone.as_international}\N{POP DIRECTIONAL ISOLATE}" if phone else ""
    return words.questions % {"phone": number.replace(" ", "\N{NO-BREAK SPACE}")} if phone else ""


@dataclass(frozen=True)
class Message:
    """One message; `text` alone goes into a text message."""

    subject: str
    text: str
    html: str
    short: str


def compose(visit: Appointment, kind: str) -> Message:
    """Return the message of a kind about a visit, in the patient's language and on the branch's clock."""
    words = words_for(visit.patient.language)
    facts = described(visit, words) | {"link": link_to(visit)}
    is_new = kind == AFTER_BOOKING
    parts: dict[str, Any] = {
        "words": words,
        "hello": words.hello % facts,
        "news": (words.booked if is_new else words.before) % facts,
        "link": facts["link"],
        "questions": questions(visit, words),
        "branch": visit.branch,
    }
    lines = [parts["hello"], parts["news"], f"{words.answer_here}\n{facts['link']}", parts["questions"], words.no_reply]
    return Message(
        subject=(words.subject_booked if is_new else words.subject_before) % facts,
        text="\n\n".join(filter(None, lines)) + "\n",
        html=render_to_string("reminders/mail.html", parts),
        short=(words.text_booked if is_new else words.text_before) % facts,
    )


def send(reminder: Reminder, visit: Appointment, message: Message) -> None:
    """Send a reminder that was claimed. Raises `NotSent` when it certainly did not go out, else whatever happened."""
    if reminder.channel == Channel.SMS:
        _backend().send(visit.patient.mobile.as_e164, message.short)
    else:
        _mail(_envelope(reminder, visit, message))


def _backend() -> Backend:
    try:
        return get_backend()
    except ImportError as error:
        raise NotSent(again=True) from error


def _envelope(reminder: Reminder, visit: Appointment, message: Message) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((visit.branch.name, settings.DEFAULT_FROM_EMAIL)),
        to=[visit.patient.email],
        reply_to=[visit.branch.email] if visit.branch.email else None,
        headers={
            "Message-ID": make_msgid(reminder.uid.hex, settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or None),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def _mail(mail: EmailMultiAlternatives) -> None:
    try:
        connection = get_connection()
        connection.open()
    except (smtplib.SMTPException, OSError, ImproperlyConfigured) as error:
        # Nothing was said yet.
        raise NotSent(again=True) from error
    try:
        _hand_over(connection, mail)
    finally:
        # The message is gone by now, or not: a goodbye that fails changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            connection.close()


def _hand_over(connection: BaseEmailBackend, mail: EmailMultiAlternatives) -> None:
    try:
        taken = connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent(again=False) from error
    except smtplib.SMTPResponseException as error:
        # The server has answered, and said no: for now (4xx), or for good.
        raise NotSent(again=error.smtp_code < 500) from error
    if not taken:
        raise NotSent(again=False)
