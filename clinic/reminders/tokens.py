"""The address in a message by which a patient answers: whoever has it may say whether that one visit suits, no more.

It holds the visit's uid, signed with the clinic's secret key, so it can neither be guessed nor be made for another
visit. What it opens ends with the visit.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from clinic.appointments.models import Appointment

# For so long a link still says that the visit is over; then it is not known any more.
REMEMBERED = timedelta(days=30)

_signer = Signer(salt="clinic.reminders.answer", sep=".")


def token_for(visit: Appointment) -> str:
    """Return the token of a visit: characters that an address may hold."""
    return _signer.sign(base64.urlsafe_b64encode(visit.uid.bytes).decode().rstrip("="))


def read_token(token: str) -> UUID | None:
    """Return the uid of the visit that a token is for, or None if nobody here has made it."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{_signer.unsign(token)}=="))
    except (BadSignature, binascii.Error, ValueError):
        return None


def link_to(visit: Appointment) -> str:
    """Return the whole address by which a patient answers."""
    return f"{settings.CLINIC_URL.rstrip('/')}{reverse('answers:answer', args=[token_for(visit)])}"
