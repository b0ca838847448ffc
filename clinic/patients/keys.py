"""The keys that patients are found by, and the spellings of the words among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Q

from clinic.patients.searching import LONGEST, Term, keys_of, may_be_misspelt, words_of
from clinic.patients.spelling import SHORTEST, spellings

if TYPE_CHECKING:
    from clinic.patients.models import Patient

PART = 200
LAST = "\U0010ffff"


class KeyField(models.CharField):
    """A text that the database compares letter by letter, so that what begins alike lies together in an index.

    SQLite does so by itself; PostgreSQL compares as its language does, unless a column says otherwise.
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        collation = "C" if connection.vendor == "postgresql" else None
        return super().db_parameters(connection) | {"collation": collation}


class SearchKey(models.Model):
    """One key of one patient (see `searching.keys_of`)."""

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey("patients.Patient", models.CASCADE, related_name="keys", db_index=False)
    text = KeyField(max_length=LONGEST)

    class Meta:
        indexes = [
            models.Index(fields=["text", "patient"], name="patients_by_key"),
            models.Index(fields=["patient", "text"], name="patients_keys"),
        ]

    def __str__(self) -> str:
        return self.text


class Spelling(models.Model):
    """A word that some patient is or was called, under one of the ways to misspell it (see `spelling`).

    It names nobody. A word that nobody is called any more does no harm: it finds nobody.
    """

    key = KeyField(max_length=LONGEST + 1)
    word = KeyField(max_length=LONGEST)

    class Meta:
        constraints = [models.UniqueConstraint("key", "word", name="one_spelling_per_key_and_word")]

    def __str__(self) -> str:
        return self.word


def begins(field: str, start: str) -> Q:
    """Return the condition that a `KeyField` begins with `start`: a range, which any database finds in an index."""
    return Q(**{f"{field}__gte": start, f"{field}__lt": start + LAST})


def fits(term: Term, instead: Iterable[str] = (), *, whole: bool = False) -> Q:
    """Return the condition on keys that a term makes; `instead` are words that count too, `whole` asks for the word."""
    if whole and term.word:
        return Q(text=term.word)
    condition = Q(text__in=list(instead)) if instead else Q()
    for start in term.starts:
        condition |= begins("text", start)
    return condition


def keep_findable(patients: Iterable[Patient], using: str = "default") -> None:
    """Write the keys that the patients are found by as they are now, in a fixed number of statements for many."""
    patients = list(patients)
    for start in range(0, len(patients), PART):
        some = patients[start : start + PART]
        wanted = {(patient.pk, key) for patient in some for key in keys_of(patient)}
        with transaction.atomic(using=using):
            keys = SearchKey.objects.using(using).filter(patient__in=[patient.pk for patient in some])
            there = {(patient, text): pk for pk, patient, text in keys.values_list("pk", "patient_id", "text")}
            if gone := [pk for row, pk in there.items() if row not in wanted]:
                keys.filter(pk__in=gone).delete()
            fresh = sorted(wanted - there.keys())
            SearchKey.objects.using(using).bulk_create(SearchKey(patient_id=pk, text=text) for pk, text in fresh)
            texts = {text for _, text in fresh}
            _learn({word for patient in some for word in words_of(patient)} & texts, using)


def _learn(words: set[str], using: str) -> None:
    """Keep the spellings of words that nobody had so far, in one order, so that two who do so wait and never block."""
    words = {word for word in words if len(word) >= SHORTEST - 1 and may_be_misspelt(word)}
    known = Spelling.objects.using(using).filter(key__in=words, key=F("word"))
    words -= set(known.values_list("word", flat=True))
    rows = sorted((key, word) for word in words for key in spellings(word))
    Spelling.objects.using(using).bulk_create(
        (Spelling(key=key, word=word) for key, word in rows), ignore_conflicts=True
    )
