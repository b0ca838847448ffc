"""Which recalls a patient has, and who is to be called."""

from __future__ import annotations

from datetime import date, timedelta

from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.recalls.models import Recall, RecallQuerySet

AHEAD = timedelta(days=30)


def recalls_of(patient: Patient) -> list[Recall]:
    """Return a patient's recalls that are in force, the next one first."""
    return list(patient.recalls.active().select_related("kind", "visit__chair__branch"))


def call_list(branch: Branch, which: str, today: date) -> RecallQuerySet:
    """Return the recalls of a branch that are `due` within a month, `overdue`, put off (`later`) or `booked`."""
    found = Recall.objects.at([branch]).active()
    if which == "overdue":
        return found.to_call(today).filter(due_on__lt=today)
    if which == "later":
        return found.resting(today)
    if which == "booked":
        return found.booked()
    return found.to_call(today).filter(due_on__lte=today + AHEAD)
