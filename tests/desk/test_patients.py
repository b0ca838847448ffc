"""Finding patients, registering them, their page."""

import uuid

import pytest
from lxml import html

from clinic.demo.factories import AlertFactory, AppointmentFactory, InvoiceLineFactory, PatientFactory
from clinic.invoices import actions
from clinic.patients.models import Patient
from tests.desk.practice import HTMX


def search(desk, text):
    return desk.get("/search/", {"q": text}, headers=HTMX).content.decode()


@pytest.fixture
def debt(practice):
    invoice = InvoiceLineFactory(
        invoice__branch=practice.branch, invoice__patient=practice.ana, unit_price="80.50"
    ).invoice
    return actions.issue(invoice)


@pytest.mark.parametrize("text", ["silva", "ana sil", "088 123 4567", "+353 88 123 4567", "29/2/1984"])
def test_a_patient_is_found_with_age_phone_alert_and_balance(practice, desk, debt, text):
    page = search(desk, text)
    for words in ("Ana Silva", "years", "+353 88 123 4567", "Takes warfarin", "Owes €80.50"):
        assert words in page


def test_who_owes_nothing_is_shown_without_a_balance(practice, desk, debt):
    actions.take_payment(debt, debt.total, "card")
    assert "Owes" not in search(desk, "silva")


def test_a_search_that_finds_nobody_offers_a_new_patient(practice, desk):
    page = search(desk, "José Núñez")
    assert "Nobody at your branches matches" in page
    assert "/patients/new/?q=Jos%C3%A9%20N%C3%BA%C3%B1ez" in page


@pytest.fixture
def form(practice):
    return {
        "uid": uuid.uuid4(),
        "family_name": "Núñez",
        "given_name": "José",
        "mobile": "088 765 4321",
        "language": "es",
        "contact_by": "phone",
        "branch": practice.branch.pk,
        "alerts": "Latex allergy\n\n Pacemaker ",
    }


def test_a_patient_is_registered_with_alerts_and_a_number_in_e164(practice, desk, form):
    answer = desk.post("/patients/new/", form)
    patient = Patient.objects.get(family_name="Núñez")
    assert answer.url == f"/patients/{patient.pk}/"
    assert patient.mobile.as_e164 == "+353887654321"
    assert [alert.text for alert in patient.alerts.all()] == ["Latex allergy", "Pacemaker"]


def test_a_registration_sent_twice_registers_once(desk, form):
    assert desk.post("/patients/new/", form).url == desk.post("/patients/new/", form).url
    assert Patient.objects.filter(family_name="Núñez").count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mobile": "12"}, "This is not a phone number."),
        ({"date_of_birth": "2999-01-01"}, "This date of birth is in the future."),
        ({"family_name": ""}, "This field is required."),
        ({"alerts": "x" * 121}, "An alert has at most 120 characters."),
        ({"email": "nobody"}, "valid email"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(desk, form, wrong, words):
    answer = desk.post("/patients/new/", form | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "José" in answer.content.decode()
    assert not Patient.objects.filter(given_name="José").exists()


def test_a_number_is_read_as_it_is_dialled_at_the_branch(practice, form):
    practice.branch.country = "ES"
    practice.branch.save()
    practice.somebody().post("/patients/new/", form | {"mobile": "612 345 678"})
    assert Patient.objects.get(family_name="Núñez").mobile.as_e164 == "+34612345678"


def test_editing_changes_the_patient_and_the_alerts(practice, desk, form):
    desk.post(f"/patients/{practice.ana.pk}/edit/", form | {"is_active": "on", "alerts": "Takes warfarin\nPacemaker"})
    practice.ana.refresh_from_db()
    assert practice.ana.full_name == "José Núñez"
    assert [alert.text for alert in practice.ana.alerts.all()] == ["Takes warfarin", "Pacemaker"]


def fields(page):
    """Return what a browser sends of the form of a patient on a page, as it stands there."""
    [form] = [form for form in html.fromstring(page).forms if "data-once" in form.attrib]
    empty = {one.name: "" for one in form.inputs if one.name and getattr(one, "type", "") != "checkbox"}
    filled = {name: value.removeprefix("\n").replace("\n", "\r\n") for name, value in form.form_values()}
    return empty | filled


def as_opened(desk, patient):
    """Return what a browser sends of a patient's form that somebody has opened, and changed nothing in."""
    return fields(desk.get(f"/patients/{patient.pk}/edit/").content.decode())


def test_whoever_saves_second_undoes_nothing_of_what_was_saved_first(practice, desk):
    AlertFactory(patient=practice.ana, text="Latex")
    practice.ana.clinical_notes = "One\nTwo"
    practice.ana.save()
    payer = PatientFactory(branch=practice.branch)
    mine = as_opened(desk, practice.ana)
    theirs = {"mobile": "087 765 4321", "alerts": "Takes warfarin\r\nLatex\r\nPenicillin", "payer": payer.pk}
    theirs |= {"usual_practitioner": practice.okafor.pk, "date_of_birth": "1990-05-04"}
    assert desk.post(f"/patients/{practice.ana.pk}/edit/", as_opened(desk, practice.ana) | theirs).status_code == 302
    answer = desk.post(f"/patients/{practice.ana.pk}/edit/", mine | {"city": "Cork"})
    assert answer.status_code == 302
    ana = Patient.objects.get(pk=practice.ana.pk)
    assert (ana.city, ana.clinical_notes) == ("Cork", "One\nTwo")
    assert (ana.mobile.as_e164, ana.payer, ana.usual_practitioner) == ("+353877654321", payer, practice.okafor)
    assert [alert.text for alert in ana.alerts.all()] == ["Takes warfarin", "Latex", "Penicillin"]


def test_where_both_changed_the_same_the_second_is_told_and_decides(practice, desk):
    mine = as_opened(desk, practice.ana)
    assert mine["is_active"] == "on"
    Patient.objects.filter(pk=practice.ana.pk).update(mobile="+353877654321", is_active=False, city="Sligo")
    typed = {"mobile": "086 111 2222", "city": "Cork"}
    answer = desk.post(f"/patients/{practice.ana.pk}/edit/", mine | typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody has changed this to “Sligo” since you opened it" in page
    assert page.count("Somebody has changed this to") == 2
    assert Patient.objects.get(pk=practice.ana.pk).city == "Sligo"
    assert fields(page)["city"] == "Cork"
    assert desk.post(f"/patients/{practice.ana.pk}/edit/", fields(page)).status_code == 302
    ana = Patient.objects.get(pk=practice.ana.pk)
    assert (ana.city, ana.mobile.as_e164, ana.is_active) == ("Cork", "+353861112222", False)


def test_what_both_typed_alike_is_no_contradiction(practice, desk):
    mine = as_opened(desk, practice.ana)
    Patient.objects.filter(pk=practice.ana.pk).update(city="Cork")
    assert desk.post(f"/patients/{practice.ana.pk}/edit/", mine | {"city": "Cork"}).status_code == 302


def test_the_page_shows_visits_invoices_and_what_is_owed(practice, desk, debt):
    practice.visit(9)
    page = desk.get(f"/patients/{practice.ana.pk}/").content.decode()
    for words in ("Ana Silva", "Takes warfarin", "Owes €80.50", "Tue 15 Jan 2030", debt.number):
        assert words in page


def test_an_answer_to_a_hostile_name_is_escaped(practice, desk):
    PatientFactory(given_name="<script>", family_name="Alert(1)", branch=practice.branch)
    assert "<script>" not in search(desk, "alert")
    assert "<script>" not in search(desk, "<script>x")


def test_the_number_of_queries_does_not_grow_with_what_is_found(practice, desk, django_assert_max_num_queries):
    for n in range(12):
        patient = PatientFactory(family_name=f"Silva {n}", branch=practice.branch)
        AppointmentFactory(patient=practice.ana, chair=practice.chairs[0], practitioner=practice.okafor)
        actions.issue(InvoiceLineFactory(invoice__branch=practice.branch, invoice__patient=patient).invoice)
        actions.issue(InvoiceLineFactory(invoice__branch=practice.branch, invoice__patient=practice.ana).invoice)
    with django_assert_max_num_queries(11):
        search(desk, "silva")
    with django_assert_max_num_queries(9):
        desk.get("/patients/")
    with django_assert_max_num_queries(23):
        desk.get(f"/patients/{practice.ana.pk}/")
