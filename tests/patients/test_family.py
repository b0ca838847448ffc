"""Who is who in a family, told from either side."""

import pytest
from django.db import IntegrityError, transaction

from clinic.demo.factories import PatientFactory
from clinic.patients.family import family_of, relate
from clinic.patients.models import Kinship

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "label", "inverse"),
    [
        ("parent", "Parent", "Child"),
        ("child", "Child", "Parent"),
        ("partner", "Partner", "Partner"),
        ("sibling", "Brother or sister", "Brother or sister"),
        ("guardian", "Guardian", "In their care"),
        ("ward", "In their care", "Guardian"),
    ],
)
def test_a_kinship_is_seen_from_both_sides(kind, label, inverse):
    ana, zoe = PatientFactory(), PatientFactory()
    relate(ana, zoe, kind)
    assert [(one.patient, one.kind) for one in family_of(ana)] == [(zoe, label)]
    assert [(one.patient, one.kind) for one in family_of(zoe)] == [(ana, inverse)]


def test_two_people_have_one_kinship(django_assert_num_queries):
    ana, zoe = PatientFactory(), PatientFactory(date_of_birth=None)
    relate(ana, zoe, "child")
    relate(zoe, ana, "guardian")
    relate(PatientFactory(), ana, "partner")
    with django_assert_num_queries(1):
        assert [one.kind for one in family_of(ana)] == ["Partner", "In their care"]
    for patient, other in ((ana, zoe), (zoe, ana), (ana, ana)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Kinship.objects.create(patient=patient, other=other, kind="child")
