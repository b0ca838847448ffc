"""What is done with patients: register one, change one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from clinic.patients.models import Alert, Patient


def register(patient: Patient, alerts: Iterable[str] = ()) -> Patient:
    """Save a new patient and return them. A patient whose uid is known already is returned as they are.

    The form carries the uid of the patient it is going to make, so that sending it twice makes one.
    """
    if known := Patient.objects.filter(uid=patient.uid).first():
        return known
    try:
        return change(patient, alerts)
    except IntegrityError:
        # Its own twin may have been quicker.
        if twin := Patient.objects.filter(uid=patient.uid).first():
            return twin
        raise


@transaction.atomic
def change(patient: Patient, alerts: Iterable[str] | None = None) -> Patient:
    """Save a patient, and the list of their alerts unless it is None."""
    patient.save()
    if alerts is not None:
        wanted = list(dict.fromkeys(alerts))
        kept = set(patient.alerts.filter(text__in=wanted).values_list("text", flat=True))
        patient.alerts.exclude(text__in=wanted).delete()
        Alert.objects.bulk_create(Alert(patient=patient, text=text) for text in wanted if text not in kept)
    return patient
