"""The fee schedule from a file: nothing changes before it was seen, and nothing of a file with a mistake in it."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinic.demo.factories import ProcedureFactory
from clinic.fees.importing import exported, headings, read_schedule, take_over
from clinic.patients.csvs import Unreadable, write_table
from clinic.practice.models import Procedure, Tax
from clinic.staff.models import User

pytestmark = pytest.mark.django_db


def schedule():
    return {one.code: (one.name, one.fee, list(one.taxes.all()), one.is_active) for one in Procedure.objects.all()}


def file(*rows):
    return "\n".join(rows).encode()


@pytest.fixture
def vat(db):
    Tax.objects.all().delete()
    return Tax.objects.create(name="VAT", rate="13.5")


@pytest.fixture
def branch(practice):
    practice.filling.taxes.clear()
    Procedure.objects.exclude(pk=practice.filling.pk).delete()
    return practice.branch


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("separator", "fee"), [(",", "850.50"), (";", "850,50"), ("\t", "850,5")])
def test_a_file_is_read_however_a_spreadsheet_writes_it(branch, vat, encoding, separator, fee):
    rows = [["Código", "Nombre", "Precio", "IVA"], ["K1", "Corona cerámica", fee, "13,5 %"]]
    if separator == ",":
        rows[1][3] = "13.5%"
    reading = take_over("\r\n".join(separator.join(row) for row in rows).encode(encoding), branch)
    assert reading.problems == []
    assert schedule()["K1"] == ("Corona cerámica", Decimal("850.50"), [vat], True)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("D2140,Filling,1.005,,yes", "Fee", "at most 2 decimals"),
        ("D2140,Filling,-1,,yes", "Fee", "greater than or equal to 0"),
        ("D2140,Filling,,,yes", "Fee", "required"),
        ("D2140,Filling,ten,,yes", "Fee", "digits"),
        ("D2140,,110,,yes", "Name", "blank"),
        (",Crown,850,,yes", "Code", "blank"),
        ("D2140000000000,Crown,850,,yes", "Code", "at most 12"),
        ("D2140,Filling,110,GST,yes", "Tax", "no tax with this name"),
        ("D2140,Filling,110,9%,yes", "Tax", "no tax with this name"),
        ("D2140,Filling,110,21,yes", "Tax", "several taxes"),
        ("D2140,Filling,110,Reduced + Standard,yes", "Tax", "Two of these taxes"),
        ("D2140,Filling,110,,perhaps", "Offered", "yes or no"),
        ("US1,Crown,850,,yes", "Code", "in use with a fee in USD"),
    ],
)
def test_each_mistake_is_told_by_row_and_column_and_nothing_changes(branch, vat, row, column, says):
    for name in ("Reduced", "Standard"):
        Tax.objects.create(name=name, rate=21)
    ProcedureFactory(code="US1", currency="USD")
    before = schedule()
    reading = take_over(file("Code,Name,Fee,Tax,Offered", "NEW1,Good row,10,VAT,yes", row), branch)
    [(number, heading, sentence)] = reading.problems
    assert (number, heading) == (3, column)
    assert says in sentence
    assert schedule() == before


def test_a_code_that_comes_twice_is_told_with_its_first_row(branch):
    reading = read_schedule(file("Code,Name,Fee", "A,One,1", "B,Two,2", "A,Three,3"), branch)
    assert [(row, heading) for row, heading, _ in reading.problems] == [(4, "Code")]
    assert "row 2" in reading.problems[0][2]


def test_a_new_code_needs_a_name_and_a_fee(branch):
    assert [row for row, _, _ in read_schedule(file("Code,Fee", "A,1"), branch).problems] == [2]
    assert [row for row, _, _ in read_schedule(file("Code,Name", "A,One"), branch).problems] == [2]


def test_columns_that_are_missing_leave_what_they_would_hold(branch, vat):
    procedure = Procedure.objects.get()
    procedure.save()
    procedure.taxes.set([vat])
    [change] = take_over(file("Code;Fee", "D2140;120"), branch).changes
    assert change.told == [("Fee", "110.00", "120.00")]
    assert schedule()["D2140"] == ("Filling", Decimal(120), [vat], True)


def test_a_file_retires_and_brings_back(branch):
    take_over(file("Code,Active", "D2140,no"), branch)
    assert schedule()["D2140"][3] is False
    take_over(file("Code,Active", "D2140,"), branch)
    assert schedule()["D2140"][3] is False, "an empty cell says nothing"
    take_over(file("Code,Active", "D2140,Yes"), branch)
    assert schedule()["D2140"][3] is True


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar"])
def test_importing_the_export_changes_nothing_and_no_cell_of_it_is_a_formula(branch, vat, language):
    odd = Procedure.objects.create(code="-1", name="=HYPERLINK(0)", fee=Decimal("0.10"), category="@x")
    odd.taxes.set([vat])
    ProcedureFactory(code="OLD", is_active=False)
    with translation.override(language):
        data = b"".join(write_table(headings(), exported(branch)))
    reading = read_schedule(data, branch)
    assert (reading.changes, reading.problems, reading.same) == ([], [], 3)
    cells = [cell for line in data.decode("utf-8-sig").splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_what_is_exported_is_in_the_language_of_who_asked_to_its_last_row(practice):
    manager = practice.somebody(User.Role.MANAGER)
    User.objects.update(language="es")
    content = b"".join(manager.get("/fees/export/").streaming_content).decode()
    assert content.rstrip().endswith(",Sí")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"Name,Fee\nFilling,1", b"Code\n" + b"1\n" * 600_000])
def test_what_is_no_schedule_is_refused_whole(branch, data):
    with pytest.raises(Unreadable):
        read_schedule(data, branch)


def test_reading_costs_the_same_number_of_queries_however_long_the_file_is(branch, vat):
    counts = []
    for size in (2, 200):
        with CaptureQueriesContext(connection) as queries:
            read_schedule(file("Code,Name,Fee,Tax", *(f"N{n},New,10,VAT" for n in range(size))), branch)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_manager_sees_what_would_change_and_then_changes_it(practice, branch):
    manager = practice.somebody(User.Role.MANAGER)
    sent = SimpleUploadedFile("fees.csv", "Code;Fee\nD2140;120,50\n".encode("utf-16"))
    shown = manager.post("/fees/import/", {"file": sent})
    assert "120.50" in shown.content.decode()
    assert Procedure.objects.get().fee == Decimal(110)
    assert manager.post("/fees/import/", {"table": shown.context["table"]}).url == "/fees/"
    assert Procedure.objects.get().fee == Decimal("120.50")
    again = manager.post("/fees/import/", {"file": SimpleUploadedFile("fees.csv", b"Code,Fee\nD2140,120.5\n")})
    assert "changes nothing" in again.content.decode()
    wrong = manager.post("/fees/import/", {"file": SimpleUploadedFile("fees.csv", b"Code,Fee\nD2140,x\n")})
    assert wrong.status_code == 422
    assert 'name="table"' not in wrong.content.decode()
    assert manager.post("/fees/import/", {"table": "Code,Fee\nD2140,x"}).status_code == 422
    assert manager.post("/fees/import/", {"table": ""}).url == "/fees/import/"


def test_whoever_sees_the_schedule_exports_it_and_only_a_manager_imports(practice, branch):
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    exported_file = b"".join(accountant.get("/fees/export/").streaming_content).decode("utf-8-sig")
    assert exported_file.splitlines()[1] == "D2140,Filling,Restorative,110.00,,Yes"
    assert accountant.post("/fees/import/", {"table": "Code,Fee\nD2140,1"}).status_code == 403
    assert Procedure.objects.get().fee == Decimal(110)
