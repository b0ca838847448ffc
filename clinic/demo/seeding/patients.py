"""The demo clinic's patients: single people, and families in which a parent pays for the children."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from clinic.demo.factories import AlertFactory, PatientFactory, nobodys_mobile
from clinic.demo.seeding.names import ALERTS, COMMUNITIES, STREETS, Community
from clinic.patients.models import Alert, Patient
from clinic.practice.models import Branch
from clinic.staff.models import Practitioner


class Register:
    """Draws up patients until there are enough; the same random numbers draw up the same ones."""

    def __init__(self, random: Random, branches: list[Branch], practitioners: list[Practitioner]) -> None:
        self._random, self._branches, self._practitioners = random, branches, practitioners
        self._today = branches[0].today()
        self._drawn = 0

    def fill(self, wanted: int) -> list[Patient]:
        """Create `wanted` patients and some of their alerts, and return the patients."""
        patients: list[Patient] = []
        while len(patients) < wanted:
            patients += self._household()
        patients = patients[:wanted]
        # Payers first: the others refer to them.
        Patient.objects.bulk_create([one for one in patients if one.payer is None])
        Patient.objects.bulk_create([one for one in patients if one.payer is not None])
        careful = self._random.sample(patients, wanted // 8)
        Alert.objects.bulk_create(
            AlertFactory.build(patient=patient, text=text)
            for patient in careful
            for text in self._random.sample(ALERTS, self._random.choice([1, 1, 1, 2]))
        )
        return patients

    def _household(self) -> Iterator[Patient]:
        random = self._random
        community = random.choices(COMMUNITIES, [one.share for one in COMMUNITIES])[0]
        branch, family = random.choice(self._branches), random.choice(community.family)
        home = {
            "branch": branch,
            "usual_practitioner": random.choice(self._practitioners),
            "language": community.language,
            "street": f"{random.randint(1, 180)} {random.choice(STREETS)}",
            "postcode": f"D{random.choice(['03', '06', '09', '11'])} X{random.randint(100, 999)}",
        }
        parent = self._person(community, family, age=random.randint(24, 86), **home)
        yield parent
        if random.random() < 0.22:
            for _ in range(random.randint(1, 3)):
                child = self._person(community, family, age=random.randint(4, 17), **home)
                child.payer, child.mobile, child.email = parent, "", ""
                yield child

    def _person(self, community: Community, family: str, *, age: int, **home: object) -> Patient:
        random = self._random
        self._drawn += 1
        days = age * 365 + random.randint(0, 364)
        return PatientFactory.build(
            given_name=random.choice(community.given),
            family_name=family,
            date_of_birth=self._today - timedelta(days=days),
            # Odd steps, so that neighbours in the list do not have neighbouring numbers.
            mobile=nobodys_mobile(self._drawn * 104_729),
            email=f"patient{self._drawn}@post.example" if random.random() < 0.8 else "",
            contact_by=random.choices(Patient.ContactBy.values, [40, 40, 15, 5])[0],
            clinical_notes=random.choice(["", "", "", "Sensitive upper left.", "Prefers treatment in the morning."]),
            **home,
        )


def is_adult(patient: Patient, on: date) -> bool:
    """Tell whether a patient is of age on a date."""
    return (patient.age(on) or 0) >= 18
