"""Which patients somebody may open, and what a search that found nobody tells about a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from clinic.patients.models import Patient, PatientQuerySet
from clinic.patients.searching import read_date, read_digits
from clinic.practice.models import Branch

_PHONE = re.compile(r"\+?[\d][\d\s()./-]{4,}\d")


def patients_at(branches: Iterable[Branch]) -> PatientQuerySet:
    """Return the patients who are registered at one of the branches."""
    return Patient.objects.filter(branch__in=list(branches))


def patients_seen_at(branches: Iterable[Branch]) -> PatientQuerySet:
    """Return the patients who are registered at one of the branches, or have a visit or an invoice there."""
    branches = list(branches)
    visits = Patient.appointments.rel.related_model.objects.filter(patient=OuterRef("pk"), chair__branch__in=branches)
    invoices = Patient.invoices.rel.related_model.objects.filter(patient=OuterRef("pk"), branch__in=branches)
    return Patient.objects.filter(Q(branch__in=branches) | Q(Exists(visits)) | Q(Exists(invoices)))


def search(text: str, branches: Iterable[Branch], limit: int) -> list[Patient]:
    """Return the first `limit` active patients that `text` may mean, with their alerts."""
    if len(text.strip()) < 2:
        return []
    found = patients_at(branches).active().matching(text).with_alerts()
    return list(found[:limit])


def guess_newcomer(text: str) -> dict[str, str]:
    """Return the fields of a new patient that a search text tells: a name, a phone number or a date of birth.

    "Ana Silva" and "Silva, Ana" both name Ana Silva; a single word is a surname.
    """
    text = text.strip()
    if born := read_date(text):
        return {"date_of_birth": born.isoformat()}
    guess = {}
    if phone := _PHONE.search(text):
        guess["mobile"] = phone[0].strip()
        text = text.replace(phone[0], " ").strip()
    elif read_digits(text):
        return {"mobile": text}
    family, comma, given = text.partition(",")
    if not comma:
        given, _, family = text.rpartition(" ")
    return guess | {
        field: _as_name(name) for field, name in (("given_name", given), ("family_name", family)) if name.strip()
    }


def _as_name(text: str) -> str:
    """Give a name typed in a hurry its capitals; one that has capitals already is left as it is."""
    text = " ".join(text.split())
    return text.title() if text == text.lower() else text
