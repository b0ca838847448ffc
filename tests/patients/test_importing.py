"""Patients from a file: looked at first, imported once, and gone on with after any interruption."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from clinic.demo.factories import AlertFactory, PatientFactory
from clinic.patients import importing
from clinic.patients.imports import Import
from clinic.patients.models import Patient
from tests.desk.practice import open_practice

pytestmark = pytest.mark.django_db

FILE = """Surname;First name;Date of birth;Mobile;E-mail;Alerts
Kavanagh;Siobhán;12/5/1984;086 123 4567;siobhan@post.example;Penicillin; Latex
Núñez;José;28.2.1990;087 765 4321;;
Kelly;Ann;31/2/1990;12;nobody;

Kavanagh;Siobhan;12/5/1984;086 123 4567;siobhan@post.example;
"""
FILE = FILE.replace("Penicillin; Latex", '"Penicillin; Latex"')


@pytest.fixture
def practice():
    return open_practice()


@pytest.fixture
def manager(practice):
    return practice.somebody("manager")


def upload(manager, text=FILE, name="patients.csv"):
    answer = manager.post("/patients/import/", {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(pk=answer.url.split("/")[-2])


def check(manager, file, **mapping):
    columns = {name: str(at) for name, at in (file.mapping | mapping).items()}
    assert manager.post(f"/patients/import/{file.pk}/", {"check": "1", **columns}).status_code == 302
    file.refresh_from_db()
    return manager.get(f"/patients/import/{file.pk}/").content.decode()


def bring(manager, file, known="skip"):
    assert manager.post(f"/patients/import/{file.pk}/", {"import": "1", "known": known}).status_code == 302
    file.refresh_from_db()
    return importing.counts(file)


def test_a_file_is_checked_before_anything_is_imported(manager, practice):
    before = Patient.objects.count()
    file = upload(manager)
    assert file.mapping == {
        "family_name": 0,
        "given_name": 1,
        "date_of_birth": 2,
        "mobile": 3,
        "email": 4,
        "alerts": 5,
    }
    page = check(manager, file)
    assert Patient.objects.count() == before
    assert importing.counts(file) == {"good": 2, "bad": 2}
    for words in ("Import 2 patients", "not a date", "not a phone number", "valid email", "same patient is in row 2"):
        assert words in page, words


def test_what_is_ready_is_imported_with_alerts_and_the_rest_is_a_file_to_correct(manager, practice):
    file = upload(manager)
    check(manager, file)
    assert bring(manager, file) == {"created": 2, "bad": 2}
    siobhan = Patient.objects.get(given_name="Siobhán")
    assert (siobhan.date_of_birth, siobhan.mobile.as_e164) == (date(1984, 5, 12), "+353861234567")
    assert (siobhan.branch, file.state) == (practice.branch, Import.State.DONE)
    assert [alert.text for alert in siobhan.alerts.all()] == ["Penicillin", "Latex"]
    answer = manager.get(f"/patients/import/{file.pk}/problems/")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0][:4] == ["Row", "State", "What to do", "Surname"]
    assert [row[0] for row in rows[1:]] == ["4", "6"]
    assert "Mobile: This is not a phone number." in rows[1][2]


def test_the_same_file_imports_nothing_twice(manager):
    file = upload(manager)
    check(manager, file)
    bring(manager, file)
    before = Patient.objects.count()
    again = upload(manager, name="renamed.csv")
    assert again == file
    check(manager, again)
    assert bring(manager, again, "create") == {"created": 2, "bad": 2}
    assert Patient.objects.count() == before
    more = upload(manager, FILE + "Byrne;Tom;;;;\n")
    check(manager, more)
    assert importing.counts(more) == {"known": 2, "bad": 2, "good": 1}
    bring(manager, more)
    assert Patient.objects.count() == before + 1


@pytest.mark.parametrize(
    ("known", "made", "email"), [("skip", 0, ""), ("fill", 0, "ana@post.example"), ("create", 1, "")]
)
def test_who_is_here_already_is_left_or_filled_in_or_made_again(manager, practice, known, made, email):
    Patient.objects.filter(pk=practice.ana.pk).update(email="", city="Cork", date_of_birth=date(1990, 2, 28))
    file = upload(manager, "Name,DOB,Email,City,Alerts\nAna Silva,28/2/1990,ana@post.example,Sligo,Latex\n")
    page = check(manager, file)
    assert "Ana Silva is registered here already: the same name and date of birth" in page
    before = Patient.objects.count()
    bring(manager, file, known)
    practice.ana.refresh_from_db()
    assert (Patient.objects.count() - before, practice.ana.email, practice.ana.city) == (made, email, "Cork")
    alerts = {alert.text for alert in practice.ana.alerts.all()}
    assert alerts == ({"Takes warfarin", "Latex"} if known == "fill" else {"Takes warfarin"})


def test_a_family_that_shares_a_phone_is_not_one_patient(manager, practice):
    file = upload(
        manager, f"First name,Surname,Mobile\nTom,Silva,{practice.ana.mobile}\nEva,Silva,{practice.ana.mobile}\n"
    )
    check(manager, file)
    assert importing.counts(file) == {"good": 2}


def test_a_large_file_is_left_to_a_worker_and_goes_on_where_somebody_was_stopped(manager, practice, monkeypatch):
    rows = "".join(f"Byrne{n},Tom,+35388{n + 1000000:07d}\n" for n in range(230))
    file = upload(manager, "Surname,First name,Mobile\n" + rows)
    page = check(manager, file)
    assert file.state == Import.State.CHECKING
    assert "0 of 230 rows" in page
    assert "HX-Refresh" not in manager.get(f"/patients/import/{file.pk}/progress/").headers
    assert importing._part(file) == importing.PART
    assert "50 of 230 rows" in manager.get(f"/patients/import/{file.pk}/progress/").content.decode()
    assert list(importing.abandoned()) == []
    Import.objects.update(worked_at=file.created_at - 2 * importing.SILENCE)
    assert list(importing.abandoned()) == [file.pk]
    assert importing.work(file, 60)
    assert manager.get(f"/patients/import/{file.pk}/progress/").headers["HX-Refresh"] == "true"
    bring(manager, file)

    def stop(*args, **options):
        raise KeyboardInterrupt

    importing._part(file)
    with monkeypatch.context() as patch:
        patch.setattr(importing.ImportRow, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            importing._part(file)
    assert Patient.objects.filter(given_name="Tom").count() == importing.PART
    assert importing.work(file, 60)
    assert Patient.objects.filter(given_name="Tom").count() == 230


def test_a_row_that_was_imported_without_its_being_noted_is_not_imported_again(manager):
    file = upload(manager)
    check(manager, file)
    importing.start_importing(file, "skip")
    importing._part(file)
    before = Patient.objects.count()
    assert file.rows.filter(state="created").update(state="good") == 2
    assert importing.work(file, 10)
    assert (Patient.objects.count(), importing.counts(file)) == (before, {"created": 2, "bad": 2})


def test_what_became_a_patient_is_not_kept_a_second_time(manager):
    file = upload(manager)
    check(manager, file)
    bring(manager, file)
    assert {row.number: bool(row.cells) for row in file.rows.all()} == {2: False, 3: False, 4: True, 6: True}
    assert manager.get(f"/patients/import/{file.pk}/").status_code == 200


def test_columns_may_be_said_by_hand_and_have_to_name_somebody(manager):
    file = upload(manager, "a,b\nKelly,Ann\n")
    answer = manager.post(f"/patients/import/{file.pk}/", {"check": "1", "family_name": "0"})
    assert (answer.status_code, "which columns hold the surname" in answer.content.decode()) == (422, True)
    check(manager, file, family_name=0, given_name=1)
    assert importing.counts(file) == {"good": 1}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04\n1", b"just,headings"])
def test_what_is_no_table_is_refused_on_the_page(manager, data):
    answer = manager.post("/patients/import/", {"file": SimpleUploadedFile("patients.csv", data)})
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_file_of_another_branch_is_not_found(manager, practice):
    file = upload(manager)
    Import.objects.update(branch=practice.elsewhere)
    for page in ("", "progress/", "problems/"):
        assert manager.get(f"/patients/import/{file.pk}/{page}").status_code == 404


def test_the_command_does_what_the_page_does(practice, tmp_path, capsys):
    path = tmp_path / "patients.csv"
    path.write_text(FILE)
    with pytest.raises(CommandError, match="--branch: NORTH, SOUTH"):
        call_command("import_patients", str(path))
    before = Patient.objects.count()
    call_command("import_patients", str(path), branch="NORTH", dry_run=True)
    assert "row 4: Mobile: This is not a phone number." in capsys.readouterr().out
    assert Patient.objects.count() == before
    call_command("import_patients", str(path), branch="NORTH")
    assert "Registered: 2" in capsys.readouterr().out
    call_command("import_patients", str(path), branch="NORTH")
    assert "imported already" in capsys.readouterr().out
    assert Patient.objects.count() == before + 2


def test_what_is_exported_is_harmless_and_is_imported_elsewhere_as_it_was(manager, practice):
    evil = PatientFactory(given_name="=cmd|' /C calc'!A0", family_name="@SUM(A1)", city="-2+3", branch=practice.branch)
    AlertFactory(patient=evil, text="+1")
    AlertFactory(patient=evil, text="Latex")
    PatientFactory(given_name="Not", family_name="Mine", branch=practice.elsewhere)
    answer = manager.post("/patients/export/")
    written = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written)))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    practice.branch = practice.elsewhere
    other = practice.somebody("manager", branches=[practice.elsewhere])
    file = upload(other, written)
    check(other, file)
    assert bring(other, file) == {"created": 2}
    twin = Patient.objects.exclude(pk=evil.pk).get(city="-2+3")
    fields = (
        "given_name",
        "family_name",
        "date_of_birth",
        "mobile",
        "email",
        "street",
        "country",
        "language",
        "contact_by",
    )
    assert [getattr(twin, name) for name in fields] == [getattr(evil, name) for name in fields]
    assert [alert.text for alert in twin.alerts.all()] == ["+1", "Latex"]


def test_an_export_does_not_cost_a_query_for_each_patient(manager, practice, django_assert_max_num_queries):
    for _ in range(20):
        AlertFactory(patient__branch=practice.branch)
    with django_assert_max_num_queries(8):
        assert manager.post("/patients/export/").getvalue().count(b"\n") == 22
