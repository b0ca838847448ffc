"""Who may be the same person: the hints under the form of a new patient, which never hold anybody up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from anyascii import anyascii
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from clinic.patients import finding
from clinic.patients.keys import SearchKey
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.patients.searching import BORN, EMAIL, LONGEST, PHONE, fold
from clinic.practice.models import Branch

ALIKE = 84
"""Of a hundred: so alike are two names that may be one, spelt in two ways."""
MOST = 5


@dataclass(frozen=True)
class Likely:
    """A patient who may be the person asked about, and why, in words.

    `same_name`: not only a phone number or an address speaks for it, which families share.
    """

    patient: Patient
    reasons: list[str]
    same_name: bool = False


def likely_duplicates(
    given: str,
    family: str,
    born: date | None,
    phone: Any,
    email: str,
    branches: Iterable[Branch],
    but: Patient | None = None,
) -> list[Likely]:
    """Return at most five patients of the branches who may be the person described, the likeliest first.

    Somebody is one for the same phone number or e-mail address, which families share; for a name that is alike with
    the same date of birth; or for the same name, unless both dates of birth are known and differ. `phone` is a
    number as typed at the branch, or a `PhoneNumber`; every part may be empty. `but` is left out.
    """
    branches = list(branches)
    number = _e164(phone, branches)
    keys = [f"{PHONE}{number}" if number else "", f"{EMAIL}{email.strip().casefold()}" if email.strip() else ""]
    keys.append(f"{BORN}{born:%Y%m%d}" if born else "")
    patients = patients_at(branches).exclude(pk=but.pk if but else None)
    shared = SearchKey.objects.filter(text__in=[key[:LONGEST] for key in keys if key]).values("patient")
    named = list(finding.find(patients, f"{given} {family}", 2 * MOST)) if given.strip() and family.strip() else []
    found = []
    for patient in patients.filter(Q(pk__in=shared) | Q(pk__in=named)).filter(merged_into=None).with_alerts()[:200]:
        weight, likely = _compare(patient, f"{given} {family}", born, number, email.strip())
        if weight:
            found.append((-weight, patient.pk, likely))
    return [likely for _weight, _pk, likely in sorted(found, key=lambda one: one[:2])[:MOST]]


def _compare(patient: Patient, name: str, born: date | None, number: str, email: str) -> tuple[int, Likely]:
    """Return how much speaks for it that a patient is the one described, and what."""
    likeness = alike(patient.full_name, name)
    same_name, same_day = likeness == 100, bool(born) and patient.date_of_birth == born
    named = [
        (4, _("the same name and date of birth"), same_name and same_day),
        (3, _("a similar name and the same date of birth"), likeness >= ALIKE and same_day and not same_name),
        (2, _("the same name"), same_name and not (born and patient.date_of_birth)),
    ]
    reached = [
        (2, _("the same phone number"), bool(number) and number in {_digits(patient.mobile), _digits(patient.phone)}),
        (1, _("the same e-mail address"), bool(email) and patient.email.casefold() == email.casefold()),
    ]
    holding = [(weight, reason) for weight, reason, holds in named + reached if holds]
    is_called_so = any(holds for _weight, _reason, holds in named)
    reasons = [reason for _weight, reason in holding]
    return sum(weight for weight, _reason in holding), Likely(patient, reasons, same_name=is_called_so)


def alike(name: str, other: str) -> float:
    """Return how alike two names are, of a hundred: the order of their words, accents and the script do not count."""
    plain = [fold(anyascii(text)).replace(" o ", " o") for text in (name, other)]
    return fuzz.token_sort_ratio(*plain) if all(plain) else 0


def _e164(phone: Any, branches: list[Branch]) -> str:
    """Return the digits of a number in E.164, as it is dialled at the first of the branches, or nothing."""
    if getattr(phone, "as_e164", None):
        return _digits(phone)
    region = (branches[0].country.code if branches else "") or settings.PHONENUMBER_DEFAULT_REGION
    try:
        number = phonenumbers.parse(str(phone or ""), region)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def _digits(phone: Any) -> str:
    return (getattr(phone, "as_e164", None) or "").lstrip("+")
