"""Which patients somebody may open, and who of them a search text means."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from clinic.patients import finding
from clinic.patients.models import Patient, PatientQuerySet
from clinic.patients.searching import is_enough
from clinic.practice.models import Branch


def patients_at(branches: Iterable[Branch]) -> PatientQuerySet:
    """Return the patients who are registered at one of the branches."""
    return Patient.objects.filter(branch__in=list(branches))


def patients_seen_at(branches: Iterable[Branch]) -> PatientQuerySet:
    """Return the patients who are registered at one of the branches, or have a visit or an invoice there."""
    branches = list(branches)
    visits = Patient.appointments.rel.related_model.objects.filter(patient=OuterRef("pk"), chair__branch__in=branches)
    invoices = Patient.invoices.rel.related_model.objects.filter(patient=OuterRef("pk"), branch__in=branches)
    return Patient.objects.filter(Q(branch__in=branches) | Q(Exists(visits)) | Q(Exists(invoices)))


def standing(patient: Patient, *, hold: bool = False) -> Patient:
    """Return the patient, or whom their record was merged into.

    `hold` waits for a merge that is under way and keeps others from beginning one until the transaction ends.
    """
    patients = Patient.objects.select_for_update(of=("self",), no_key=True) if hold else Patient.objects
    while into := patients.filter(pk=patient.pk).values_list("merged_into", flat=True).first():
        patient = Patient.objects.get(pk=into)
    return patient


def matching(text: str, branches: Iterable[Branch]) -> PatientQuerySet:
    """Return the patients of the branches that `text` may mean, those who are not active too."""
    return finding.matching(patients_at(branches), text)


def search(text: str, branches: Iterable[Branch], limit: int) -> list[Patient]:
    """Return the first `limit` active patients that `text` may mean, with their alerts, the likeliest first.

    `text` is any of, or several of: words of a name in any order and script, misspelt too; a phone number or either
    end of it; a date of birth or its year; an e-mail address. Who is only called nearly so has `is_nearly` set.
    """
    if not is_enough(text):
        return []
    nearly = finding.find(patients_at(branches).active(), text, limit)
    found = Patient.objects.with_alerts().in_bulk(list(nearly))
    for pk, patient in found.items():
        patient.is_nearly = nearly[pk]
    return [found[pk] for pk in nearly if pk in found]


def records_of(patient: Patient) -> list[int]:
    """Return the ids of a patient's record and of those that were merged into it."""
    return [patient.pk, *patient.merged_from.values_list("pk", flat=True)]
