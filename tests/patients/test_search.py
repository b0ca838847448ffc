"""Patients are found by whatever the receptionist happens to know."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinic.demo.factories import AppointmentFactory, BranchFactory, PatientFactory
from clinic.patients.keys import SearchKey, Spelling
from clinic.patients.models import Patient
from clinic.patients.queries import matching, search
from clinic.patients.searching import fold, read_date, read_digits
from clinic.patients.spelling import sound


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ó Súilleabháin", "o suilleabhain"),
        ("  Ní   Bhriain ", "ni bhriain"),
        ("ŁUKASZ Żak", "lukasz zak"),
        ("O'Brien-Smith", "o brien smith"),
        ("Straße", "strasse"),
        ("Bjørn Þór Æsir Œuvre", "bjorn thor aesir oeuvre"),
        ("Ștefan Țurcanu", "stefan turcanu"),
        ("Nguyễn", "nguyen"),
        ("Олена КОВАЛЕНКО", "олена коваленко"),
        ("محمد الحسن", "محمد الحسن"),
        ("王 伟", "王 伟"),
        ("", ""),
    ],
)
def test_folding_takes_away_accents_and_capitals(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-02-28", date(1990, 2, 28)),
        ("28/2/1990", date(1990, 2, 28)),
        ("28.02.1990", date(1990, 2, 28)),
        ("28.2.90", date(1990, 2, 28)),
        ("28-2-90", date(1990, 2, 28)),
        ("2/28/1990", date(1990, 2, 28)),
        ("28 Feb 1990", date(1990, 2, 28)),
        ("28feb1990", date(1990, 2, 28)),
        ("28th February 1990", date(1990, 2, 28)),
        ("February 28, 1990", date(1990, 2, 28)),
        ("28 de febrero de 1990", date(1990, 2, 28)),
        ("28 févr. 1990", date(1990, 2, 28)),
        ("1 Sept 2001", date(2001, 9, 1)),
        ("1/9/01", date(2001, 9, 1)),
        ("30/2/1990", None),
        ("28 Kelly 1990", None),
        ("28/2.90", None),
        ("06.12.34.56.78", None),
        ("Murphy", None),
    ],
)
def test_dates_are_read_in_the_usual_spellings_the_day_first(text, day):
    assert read_date(text) == day


def test_a_year_of_two_digits_is_never_in_the_future():
    year = timezone.localdate().year
    assert read_date(f"1/1/{year % 100:02d}") == date(year, 1, 1)
    assert read_date(f"1/1/{(year + 1) % 100:02d}") == date(year - 99, 1, 1)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("088 123 4567", "881234567"),
        ("+353 88 123 4567", "353881234567"),
        ("00353 (0)88 123 4567", "353881234567"),
        ("(01) 837-0190", "18370190"),
        ("12", None),
        ("Flat 12", None),
    ],
)
def test_digits_are_read_without_the_trunk_prefix(text, digits):
    assert read_digits(text) == digits


@pytest.fixture
def branch(db):
    return BranchFactory()


@pytest.fixture
def register(branch):
    """Registers somebody at the branch: `register("Niamh", "Kelly")`."""

    def register(given, family, **facts):
        facts = {"mobile": "", "email": "", "date_of_birth": None, "branch": branch} | facts
        return PatientFactory(given_name=given, family_name=family, **facts)

    return register


@pytest.fixture
def names(branch):
    """Searches, and returns the names found in their order."""
    return lambda text, limit=8: [patient.full_name for patient in search(text, [branch], limit)]


@pytest.mark.parametrize(
    "query",
    [
        "sull",
        "niamh suilleabhain",
        "Ó SÚILLEABHÁIN",
        "O'Suilleabhain",
        "osuilleabhain",
        "suilleabhain niamh",
        "Sullivan, Niamh",
        "088 123",
        "0881234567",
        "+353881234567",
        "00353 88 123 4567",
        "(088) 123-4567",
        "353 88 12",
        "4567",
        "123 4567",
        "7/6/1985",
        "7.6.85",
        "1985-06-07",
        "7 June 1985",
        "niamh@",
        "NIAMH@post.example",
        "sullivan 088",
        "088 sullivan",
        "niamh 1985",
        "sullivan 7/6/1985",
        "1985 0881234567",
        "niamh 4567 7/6/85",
        "niam suilleabain",
        "Neamh Sulivan",
        "nimah sulli",
    ],
)
def test_a_patient_is_found_by_any_of_it(register, branch, query):
    wanted = register(
        "Niamh",
        "Ó Súilleabháin Sullivan",
        mobile="+353881234567",
        email="niamh@post.example",
        date_of_birth=date(1985, 6, 7),
    )
    register("Paweł", "Wójcik", mobile="+353887654321", date_of_birth=date(1986, 7, 6), email="pawel@post.example")
    assert search(query, [branch], 8) == [wanted]
    assert list(matching(query, [branch])) == [wanted]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Siobahn Kavangh", "Siobhan Kavanagh"),
        ("kavangh", "Siobhan Kavanagh"),
        ("lindqui", "Astrid Lindqvist"),
        ("Siobahn 1990", "Siobhan Kavanagh"),
        ("Lindquist", "Astrid Lindqvist"),
        ("Muller", "Jürgen Müller"),
        ("Mueller", "Jürgen Müller"),
        ("McCarthy", "Tadhg Mac Cárthaigh"),
        ("maccarthy", "Tadhg Mac Cárthaigh"),
        ("obrien", "Róisín O'Brien"),
        ("O’Brien", "Róisín O'Brien"),
        ("O Brein", "Róisín O'Brien"),
        ("Anna Moreau", "Ana Moreau"),
        ("Katherine", "Catherine Moore"),
        ("Шевченко", "Олена Шевченко"),
        ("Шевчнко", "Олена Шевченко"),
        ("shevchenko", "Олена Шевченко"),
        ("szewczenko", "Олена Шевченко"),
        ("Παπαδοπουλος", "Γιώργος Παπαδόπουλος"),
        ("giorgos", "Γιώργος Παπαδόπουλος"),
        ("محمد", "محمد الحسن"),
        ("الحسن محمد", "محمد الحسن"),
        ("王", "伟 王"),
        ("王伟", "伟 王"),
        ("王 伟", "伟 王"),
        ("伟", "伟 王"),
        ("晓明", "晓明 欧阳"),
        ("阳晓", "晓明 欧阳"),
        ("wang wei", "伟 王"),
        ("wangwei", "伟 王"),
        ("शर्मा", "अनन्या शर्मा"),
    ],
)
def test_a_misspelt_name_and_one_of_any_script_is_found(register, names, query, name):
    register("Siobhan", "Kavanagh", date_of_birth=date(1990, 2, 28))
    register("Astrid", "Lindqvist")
    register("Jürgen", "Müller")
    register("Tadhg", "Mac Cárthaigh")
    register("Róisín", "O'Brien")
    register("Catherine", "Moore")
    register("Ana", "Moreau")
    register("Олена", "Шевченко")
    register("Γιώργος", "Παπαδόπουλος")
    register("محمد", "الحسن")
    register("伟", "王")
    register("晓明", "欧阳")
    register("अनन्या", "शर्मा")
    assert names(query) == ([name] if name else [])


def test_whole_words_come_before_beginnings_and_those_before_misspellings(register, names):
    for first, family in [("Ana", "Silveira"), ("Ana", "Selva"), ("Ana", "Silvano"), ("Zoe", "Silva")]:
        register(first, family)
    assert names("silva") == ["Zoe Silva", "Ana Silvano", "Ana Selva"]
    assert names("silva", 2) == ["Zoe Silva", "Ana Silvano"]
    assert names("silva ana") == ["Ana Silvano", "Ana Selva"]


def test_who_is_only_called_nearly_so_is_marked(register, branch):
    register("Ana", "Selva")
    register("Zoe", "Silva")
    assert [(one.family_name, one.is_nearly) for one in search("silva", [branch], 8)] == [
        ("Silva", False),
        ("Selva", True),
    ]


def test_who_comes_soon_is_shown_before_others_of_the_name(register, names):
    for name in ("Ana", "Bea", "Cia"):
        register(name, "Silva")
    now = timezone.now()
    AppointmentFactory(patient=Patient.objects.get(given_name="Cia"), starts_at=now + timedelta(days=3))
    AppointmentFactory(patient=Patient.objects.get(given_name="Ana"), starts_at=now + timedelta(days=300))
    assert names("silva") == ["Cia Silva", "Ana Silva", "Bea Silva"]


def test_digits_and_dates_have_to_be_right(register, names):
    register("Ana", "Silva", mobile="+353881234567", date_of_birth=date(1990, 2, 28))
    for text in ("silva 089", "silva 1991", "1234568", "29/2/1992", "0881234568", "silva 28/2/1991"):
        assert names(text) == [], text


def test_only_active_patients_of_ones_own_branches_are_found(register, names):
    register("Ana", "Silva", is_active=False)
    register("Ana", "Silva", branch=BranchFactory())
    assert names("silva") == names("selva") == []


@pytest.mark.parametrize(
    "text", ["iana", "renna", "n", "", " ", "%", "'", "@@", "\x00", "-", "()", "+", "é" * 3000, "9" * 400]
)
def test_what_means_nothing_finds_nobody(register, names, text):
    register("Diana", "Brennan", mobile="+353881234567")
    assert names(text) == []
    assert names("bren") == ["Diana Brennan"]


@pytest.mark.parametrize("write", ["save", "bulk_create", "update_fields", "bulk_update", "update"])
def test_the_search_follows_the_record_however_it_is_written(branch, names, write):
    patient = PatientFactory.build(
        given_name="Ewa", family_name="Żak", mobile="+353881234567", date_of_birth=None, branch=branch, email=""
    )
    if write == "bulk_create":
        Patient.objects.bulk_create([patient])
    else:
        patient.save()
    assert names("zak") == names("4567") == ["Ewa Żak"]
    new = {
        "family_name": "Ćwikła",
        "mobile": "+353887654321",
        "date_of_birth": date(1990, 2, 28),
        "email": "e@post.example",
    }
    if write == "update":
        Patient.objects.update(**new)
    else:
        for field, value in new.items():
            setattr(patient, field, value)
        if write == "bulk_update":
            Patient.objects.bulk_update([patient], list(new))
        else:
            patient.save(update_fields=list(new) if write == "update_fields" else None)
    for text in ("cwikla", "cwickla", "4321", "28/2/1990", "e@post"):
        assert names(text) == ["Ewa Ćwikła"], text
    for text in ("zak", "4567"):
        assert names(text) == [], text


def test_what_is_written_without_a_name_costs_no_look_at_the_keys(register):
    patient = register("Ana", "Silva")
    with CaptureQueriesContext(connection) as queries:
        patient.city = "Sligo"
        patient.save(update_fields=["city"])
        Patient.objects.update(city="Cork")
        Patient.objects.bulk_update([patient], ["city"])
    assert not [query for query in queries.captured_queries if "searchkey" in query["sql"]]


def test_the_keys_of_many_cost_no_more_statements_than_those_of_few(branch):
    costs = []
    for many in (2, 12):
        patients = [PatientFactory.build(branch=branch, family_name=f"Silva{many}") for _ in range(many)]
        with CaptureQueriesContext(connection) as queries:
            Patient.objects.bulk_create(patients)
        costs.append(len(queries.captured_queries))
    assert costs[0] == costs[1]


def test_a_deleted_patient_leaves_no_key(register):
    register("Ana", "Silva", mobile="+353881234567").delete()
    assert not SearchKey.objects.exists()
    assert not Spelling.objects.filter(word__contains="353").exists()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kavanagh", "kavangh"),
        ("lindqvist", "lindquist"),
        ("stephen", "stefan"),
        ("catherine", "kathryn"),
        ("mccarthy", "maccarthy"),
        ("шевченко", "szewczenko"),
    ],
)
def test_what_sounds_alike_has_the_same_sound(one, other):
    assert sound(one) == sound(other)


@given(st.text())
def test_any_text_can_be_searched_for(text):
    from clinic.patients.searching import best_first, read

    assert all(term.starts for term in best_first(read(text)))
