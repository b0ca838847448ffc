"""Who may be registered already is said with the reason."""

from datetime import date

import pytest

from clinic.demo.factories import BranchFactory, PatientFactory
from clinic.patients.duplicates import alike, likely_duplicates

pytestmark = pytest.mark.django_db
BORN = date(1984, 5, 12)


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture(autouse=True)
def siobhan(branch):
    facts = {"mobile": "+353861234567", "email": "siobhan@post.example", "date_of_birth": BORN, "branch": branch}
    PatientFactory(given_name="Ana", family_name="Silva", branch=branch, date_of_birth=date(1990, 1, 1))
    return PatientFactory(given_name="Siobhán", family_name="Kavanagh", **facts)


SAME_BOTH, SIMILAR = "the same name and date of birth", "a similar name and the same date of birth"
PHONE, EMAIL, NAME = "the same phone number", "the same e-mail address", "the same name"


@pytest.mark.parametrize(
    ("given", "family", "born", "phone", "email", "reasons"),
    [
        ("Siobhan", "Kavanagh", BORN, "", "", [SAME_BOTH]),
        ("Kavanagh", "Siobhan", BORN, "", "", [SAME_BOTH]),
        ("Siobahn", "Kavangh", BORN, "", "", [SIMILAR]),
        ("Siobahn", "Kavangh", None, "", "", []),
        ("Siobhan", "Kavanagh", None, "", "", [NAME]),
        ("Siobhan", "Kavanagh", date(1999, 1, 1), "", "", []),
        ("Siobhan", "Kavanagh", date(1999, 1, 1), "086 123 4567", "", [PHONE]),
        ("Tom", "Kavanagh", None, "086 123 4567", "", [PHONE]),
        ("", "", None, "+353 86 123 4567", "", [PHONE]),
        ("", "", None, "", "SIOBHAN@post.example ", [EMAIL]),
        ("Siobhan", "Kavanagh", BORN, "0861234567", "siobhan@post.example", [SAME_BOTH, PHONE, EMAIL]),
        ("Maria", "Lopez", BORN, "086 123", "", []),
        ("Siobhan", "", None, "", "", []),
        ("", "", None, "", "", []),
    ],
)
def test_a_likely_duplicate_comes_with_its_reasons(branch, siobhan, given, family, born, phone, email, reasons):
    found = likely_duplicates(given, family, born, phone, email, [branch])
    assert [(one.patient, one.reasons) for one in found] == ([(siobhan, reasons)] if reasons else [])


def test_the_likeliest_comes_first_and_nobody_of_another_branch(branch, siobhan):
    PatientFactory(given_name="Tom", family_name="Kavanagh", mobile=siobhan.mobile, branch=branch)
    PatientFactory(given_name="Siobhán", family_name="Kavanagh", date_of_birth=BORN)
    found = likely_duplicates("Siobhan", "Kavanagh", BORN, siobhan.mobile, "", [branch])
    assert [(one.patient.given_name, one.same_name) for one in found] == [("Siobhán", True), ("Tom", False)]
    assert not likely_duplicates("Siobhan", "Kavanagh", BORN, "", "", [branch], but=siobhan)


def test_who_is_not_active_is_told_too_but_not_who_was_merged(branch, siobhan):
    siobhan.is_active = False
    siobhan.save()
    assert likely_duplicates("Siobhan", "Kavanagh", BORN, "", "", [branch])
    siobhan.merged_into = PatientFactory(branch=branch)
    siobhan.save()
    assert not likely_duplicates("Siobhan", "Kavanagh", BORN, "", "", [branch])


def test_the_number_of_queries_is_fixed(branch, django_assert_max_num_queries):
    for _ in range(30):
        PatientFactory(given_name="Siobhán", family_name="Kavanagh", mobile="+353861234567", branch=branch)
    with django_assert_max_num_queries(7):
        assert len(likely_duplicates("Siobhan", "Kavanagh", BORN, "0861234567", "", [branch])) == 5


def test_names_are_alike_in_any_script_and_order():
    assert alike("Олена Шевченко", "Shevchenko Olena") == 100
    assert alike("Seán O'Brien", "Sean Obrien") == 100
    assert alike("Ana Silva", "Tom Kavanagh") < 50
    assert alike("", "") == 0
