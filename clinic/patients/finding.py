"""The search for patients: exact and begun words first, then misspelt ones, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from clinic.patients.keys import SearchKey, Spelling, begins, fits
from clinic.patients.models import Patient, PatientQuerySet
from clinic.patients.searching import Term, best_first, fold, read
from clinic.patients.spelling import SHORTEST, SOUND, distance, nearest, spellings

CANDIDATES = 60
"""How many of those who fit equally well are looked at more closely, to put the likeliest first."""
AROUND = timedelta(days=90)
"""Somebody with a visit this near is likelier to be meant than somebody without."""
WORDS = 2000
"""Words that one look at the spellings brings at most."""


def matching(patients: PatientQuerySet, text: str) -> PatientQuerySet:
    """Return those of `patients` that `text` may mean; if none is called so, those with nearly such names."""
    terms = read(text)
    if not terms:
        return patients.none()
    found = _where(patients, terms)
    if found.exists():
        return found
    instead = _instead(terms)
    return _where(patients, terms, instead) if instead else found


def find(patients: PatientQuerySet, text: str, limit: int) -> dict[int, bool]:
    """Return the ids of the first `limit` of `patients` that `text` may mean, the likeliest first.

    The value tells whether they are only called nearly so.
    """
    terms = read(text)
    if not terms:
        return {}
    found: list[int] = []
    if any(term.word for term in terms):
        found = _likeliest(_where(patients, terms, whole=True), limit)
    if len(found) < limit:
        found += _likeliest(_where(patients.exclude(pk__in=found), terms), limit - len(found))
    nearly: list[int] = []
    if len(found) < limit and (instead := _instead(terms)):
        alike = _where(patients.exclude(pk__in=found), terms, instead)
        nearly = _nearest(alike, terms, limit - len(found))
    return dict.fromkeys(found, False) | dict.fromkeys(nearly, True)


def _where(
    patients: PatientQuerySet, terms: list[Term], instead: dict[str, list[str]] | None = None, *, whole: bool = False
) -> PatientQuerySet:
    """Return those of `patients` whom all the terms fit.

    The database walks through those who have the most telling key, and looks the others up for each of them.
    """
    instead = instead or {}
    first, *others = (fits(term, instead.get(term.word, ()), whole=whole) for term in best_first(terms))
    found = patients.filter(pk__in=SearchKey.objects.filter(first).values("patient"))
    for condition in others:
        found = found.filter(Exists(SearchKey.objects.filter(condition, patient=OuterRef("pk"))))
    return found


def _instead(terms: list[Term]) -> dict[str, list[str]]:
    """Return for each word of the terms those that it may be a misspelling of."""
    words = [term.word for term in terms if len(term.word) >= SHORTEST]
    if not words:
        return {}
    condition = Q()
    for key in {key for word in words for key in spellings(word)}:
        # Sounds are looked for by their beginning: a misspelt name may not be typed to its end yet.
        condition |= begins("key", key) if key.startswith(SOUND) and len(key) > 4 else Q(key=key)
    known = set(Spelling.objects.filter(condition).values_list("word", flat=True)[:WORDS])
    return {word: alike for word in words if (alike := nearest(word, known))}


def _likeliest(found: PatientQuerySet, limit: int) -> list[int]:
    """Return the ids of the first `limit`: who has a visit around now comes before who has not."""
    keys = list(found.values_list("pk", flat=True)[:CANDIDATES])
    near = _around(keys) if len(keys) > 1 else set()
    return sorted(keys, key=lambda pk: pk not in near)[:limit]


def _around(keys: list[int]) -> set[int]:
    now = timezone.now()
    visits = Patient.appointments.rel.related_model.objects.order_by()
    nearby = visits.filter(patient__in=keys, starts_at__range=(now - AROUND, now + AROUND))
    return set(nearby.values_list("patient", flat=True).distinct())


def _nearest(found: PatientQuerySet, terms: list[Term], limit: int) -> list[int]:
    """Return the ids of the first `limit`, those first whose names are fewest letters away from what was typed."""
    words = [term.word for term in terms if term.word]

    def apart(name: str) -> int:
        return sum(min(distance(word, other) for other in name.split()) for word in words)

    rows = found.values_list("pk", "given_name", "family_name")[: 2 * CANDIDATES]
    rated = [(apart(fold(f"{given} {family}") or " "), at, pk) for at, (pk, given, family) in enumerate(rows)]
    return [pk for _, _, pk in sorted(rated)[:limit]]
