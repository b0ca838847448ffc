"""Who the demo clinic's patients are."""

from random import Random

import pytest

from clinic.demo.factories import BranchFactory, PractitionerFactory
from clinic.demo.seeding import PATIENTS
from clinic.demo.seeding.patients import Register
from clinic.patients.models import Patient


@pytest.mark.django_db
def test_names_come_in_several_scripts_and_children_have_a_payer():
    patients = Register(Random(1), [BranchFactory()], [PractitionerFactory()]).fill(PATIENTS)
    letters = "".join(patient.family_name for patient in patients)
    for begin, end in (("\u0400", "\u04ff"), ("\u0600", "\u06ff"), ("\u4e00", "\u9fff"), ("\u0100", "\u017f")):
        assert any(begin <= letter <= end for letter in letters)
    children = [patient for patient in patients if patient.age() < 18]
    assert children
    assert all(child.payer for child in children)
    assert Patient.objects.count() == PATIENTS
