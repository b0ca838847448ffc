"""Hands text messages to a gateway over HTTP: one POST to `SMS_URL` with {"to": ..., "from": ..., "text": ...} as JSON.

`SMS_TOKEN` goes along as a bearer token. Nothing is ever sent twice by itself: an answer that does not come leaves open
what became of the message.
"""

from __future__ import annotations

from http import HTTPStatus

import urllib3
from django.conf import settings

from clinic.reminders.sms import NotSent

TIMEOUT = urllib3.Timeout(connect=5, read=20)
# The gateway has not taken the message, and may do so later.
LATER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class Unclear(Exception):
    """The gateway failed over the message; it may have gone out."""


class Backend:
    def send(self, to: str, text: str) -> None:
        headers = {"Authorization": f"Bearer {settings.SMS_TOKEN}"} if settings.SMS_TOKEN else {}
        message = {"to": to, "from": settings.SMS_FROM, "text": text}
        try:
            answer = urllib3.request(
                "POST", settings.SMS_URL, json=message, headers=headers, timeout=TIMEOUT, retries=False, redirect=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NotSent(again=True) from error
        if answer.status in LATER:
            raise NotSent(again=True)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotSent(again=False)
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise Unclear(answer.status)
