"""What the demo clinic's dentists and hygienists wrote of the visits gone by."""

from __future__ import annotations

from random import Random

from django.db.models import OuterRef, Subquery

from clinic.appointments.models import Appointment, Status
from clinic.staff.models import Practitioner
from clinic.treatments.models import ClinicalNote

_Profession = Practitioner.Profession
NOTES = {
    _Profession.DENTIST: [
        "No caries. Wear on 36 and 46, nothing to do yet.",
        "Deep filling, close to the pulp. Review in six weeks; ring earlier if it aches at night.",
        "Two X-rays taken. Early lesion distal of 15, watch.",
        "Tolerated well, one cartridge. Home with advice in writing.",
        "Margin of the old crown is open. Plan discussed, thinks it over.",
    ],
    _Profession.HYGIENIST: [
        "Bleeding on probing at 16 and 26, pockets of 4 mm. Interdental brushes shown, size 0.5.",
        "Calculus behind the lower front teeth, otherwise clean. Six months.",
        "Gums much better than last time. Keep going with the brushes.",
    ],
}
WRITTEN = 0.6
"""How many of the completed visits have a note."""


def write_notes(random: Random, visits: list[Appointment]) -> None:
    """Write a note of most of the completed visits, each by the one who treated."""
    completed = [visit for visit in visits if visit.status == Status.COMPLETED and random.random() < WRITTEN]
    ClinicalNote.objects.bulk_create(
        ClinicalNote(
            appointment=visit,
            text=random.choice(NOTES[_Profession(visit.practitioner.profession)]),
            written_by=visit.practitioner.user,
        )
        for visit in completed
    )
    when = Appointment.objects.filter(pk=OuterRef("appointment")).values("completed_at")
    ClinicalNote.objects.filter(appointment__in=completed).update(written_at=Subquery(when))
