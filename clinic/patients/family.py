"""The family of a patient: who they are to one another, and who pays."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from clinic.patients.models import INVERSE, Kinship, Patient


@dataclass(frozen=True)
class Relative:
    """Somebody of a patient's family; `kind` says in a word what they are to the patient."""

    patient: Patient
    kind: str
    kinship: Kinship


def family_of(patient: Patient) -> list[Relative]:
    """Return the relatives of a patient, in one query."""
    found = []
    for row in Kinship.of(patient):
        kind = Kinship.Kind(row.kind)
        if row.patient_id == patient.pk:
            found.append(Relative(row.other, kind.label, row))
        else:
            found.append(Relative(row.patient, INVERSE.get(kind, kind).label, row))
    return sorted(found, key=lambda relative: (relative.patient.date_of_birth is None, relative.patient.date_of_birth))


@transaction.atomic
def relate(patient: Patient, other: Patient, kind: str) -> Kinship:
    """Say that `other` is the `kind` of `patient`, in place of what was said of the two before."""
    for row in Kinship.of(patient).filter(patient__in=[patient, other], other__in=[patient, other]):
        row.delete()
    return Kinship.objects.create(patient=patient, other=other, kind=kind)
