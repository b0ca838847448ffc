"""Who may open which page, and at which branch."""

from django.urls import URLPattern, URLResolver, get_resolver

from clinic.demo.factories import AppointmentFactory, ChairFactory, PatientFactory, UserFactory
from clinic.staff.abilities import ABILITIES, EVERYTHING
from clinic.staff.models import User
from tests.desk.practice import HTMX


def _views(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, pattern.namespace or namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}:{pattern.name}", pattern.callback


def test_every_page_of_the_clinic_says_what_ability_it_asks_for():
    mine = {"desk", "appointments", "patients", "hours", "invoices"}
    pages = {name: view for name, view in _views(get_resolver().url_patterns) if name.split(":")[0] in mine}
    assert len(pages) > 20
    assert [name for name, view in pages.items() if getattr(view, "ability", None) not in EVERYTHING] == []


def test_every_role_has_its_row_in_the_table():
    assert set(ABILITIES) == set(User.Role.values)
    assert all(abilities <= set(EVERYTHING) for abilities in ABILITIES.values())


def test_an_accountant_reads_the_money_and_changes_nothing(practice):
    visit = practice.visit(9)
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    assert accountant.get("/invoices/").status_code == 200
    for path in ("/appointments/book/", "/patients/new/", f"/checkout/{visit.pk}/"):
        assert accountant.get(path).status_code == 403
    assert accountant.post(f"/appointments/{visit.pk}/step/", {"status": "arrived"}).status_code == 403
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_an_accountant_sees_no_alert_and_no_clinical_note(practice):
    practice.ana.clinical_notes = "Anxious about needles"
    practice.ana.save()
    visit = practice.visit(9, note="Call the daughter")
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    for path in (
        "/?day=2030-01-15",
        f"/patients/{practice.ana.pk}/",
        "/patients/",
        "/search/?q=silva",
        "/patients/pick/?pick=silva",
        f"/appointments/{visit.pk}/",
    ):
        page = accountant.get(path).content.decode()
        assert "Ana" in page or "Silva" in page
        for secret in ("warfarin", "needles", "daughter"):
            assert secret not in page


def test_a_receptionist_sees_alerts_but_not_clinical_notes(practice, desk):
    practice.ana.clinical_notes = "Anxious about needles"
    practice.ana.save()
    page = desk.get(f"/patients/{practice.ana.pk}/").content.decode()
    assert "warfarin" in page
    assert "needles" not in page


def test_editing_without_seeing_the_notes_leaves_them_alone(practice, desk):
    practice.ana.clinical_notes = "Anxious about needles"
    practice.ana.save()
    form = {"family_name": "Silva", "given_name": "Ana", "language": "en", "contact_by": "phone", "alerts": ""}
    desk.post(f"/patients/{practice.ana.pk}/edit/", form | {"branch": practice.branch.pk, "is_active": "on"})
    practice.ana.refresh_from_db()
    assert practice.ana.clinical_notes == "Anxious about needles"
    assert not practice.ana.alerts.exists()


def test_what_belongs_to_another_branch_is_not_found(practice, desk):
    patient = PatientFactory(branch=practice.elsewhere)
    visit = AppointmentFactory(chair=ChairFactory(branch=practice.elsewhere), patient=patient)
    for path in (
        f"/patients/{patient.pk}/",
        f"/patients/{patient.pk}/edit/",
        f"/appointments/{visit.pk}/",
        f"/appointments/{visit.pk}/move/",
        f"/checkout/{visit.pk}/",
        f"/?branch={practice.elsewhere.pk}",
    ):
        assert desk.get(path).status_code == 404, path
    assert desk.post(f"/appointments/{visit.pk}/step/", {"status": "arrived"}).status_code == 404


def test_a_patient_of_another_branch_who_has_a_visit_here_can_be_opened(practice, desk):
    patient = PatientFactory(branch=practice.elsewhere)
    practice.visit(9, patient=patient)
    assert desk.get(f"/patients/{patient.pk}/").status_code == 200


def test_a_manager_without_branches_sees_all_of_them(practice):
    page = practice.somebody(User.Role.MANAGER, branches=[]).get("/").content.decode()
    assert "North" in page
    assert "South" in page


def test_the_branch_chosen_is_remembered_but_not_changed_by_a_page_left_open(practice):
    user = practice.somebody(branches=[practice.branch, practice.elsewhere])
    user.get(f"/?branch={practice.elsewhere.pk}")
    user.get(f"/day/visits/?branch={practice.branch.pk}", headers=HTMX)
    assert user.get("/").context["request"].branch == practice.elsewhere


def test_an_error_page_names_no_patient(practice, desk):
    answer = desk.get(f"/patients/{practice.ana.pk + 1000}/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "Silva" not in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_plain_words(practice):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(branches=[practice.branch]))
    answer = browser.post("/patients/new/", {})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()
