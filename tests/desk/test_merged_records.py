"""Pages of two records that became one."""

from uuid import uuid4

import pytest

from clinic.appointments.models import Appointment
from clinic.demo.factories import InvoiceLineFactory, PatientFactory
from clinic.invoices import actions
from clinic.patients.merging import merge
from tests.desk.practice import HTMX
from tests.desk.test_offers import keys


@pytest.fixture
def twin(practice):
    return PatientFactory(given_name="Anna", family_name="Silva", branch=practice.branch)


@pytest.fixture
def manager(practice):
    return practice.somebody("manager")


def test_both_are_shown_side_by_side_and_the_chosen_values_stay(practice, manager, twin):
    page = manager.get(f"/patients/{practice.ana.pk}/merge/").content.decode()
    assert "These may be the same person" in page
    address = f"/patients/{practice.ana.pk}/merge/"
    page = manager.get(address, {"with": twin.pk}).content.decode()
    for words in ("First name", "Anna", "What moves", "Merge the two records"):
        assert words in page
    answer = manager.post(address, {"with": twin.pk, "keep_given_name": "other", "keep_mobile": "this"})
    assert answer.url == f"/patients/{practice.ana.pk}/"
    practice.ana.refresh_from_db()
    assert (practice.ana.full_name, practice.ana.mobile.as_e164) == ("Anna Silva", "+353881234567")


def test_what_is_in_the_way_is_said_with_its_time(practice, manager, twin):
    practice.visit(9)
    practice.visit(9, patient=twin, practitioner=practice.lindqvist, chair=practice.chairs[1])
    for ask in (manager.get, manager.post):
        answer = ask(f"/patients/{practice.ana.pk}/merge/", {"with": twin.pk})
        assert "Both have appointments at the same time: Exam on 2030-01-15 09:00" in answer.content.decode()


def test_the_pages_of_both_lead_to_each_other_and_show_what_stayed(practice, manager, twin):
    line = InvoiceLineFactory(invoice__branch=practice.branch, invoice__patient=twin, unit_price="80.50")
    invoice = actions.issue(line.invoice)
    merge(practice.ana, twin)
    page = manager.get(f"/patients/{practice.ana.pk}/").content.decode()
    for words in ("was merged into this one", invoice.number, "Owes €80.50", "Undo this merge"):
        assert words in page
    page = manager.get(f"/patients/{twin.pk}/").content.decode()
    assert f'/patients/{practice.ana.pk}/">' in page
    assert "appointments/book" not in page
    assert manager.get(f"/patients/{twin.pk}/edit/").url == f"/patients/{twin.pk}/"
    assert "Owes €80.50" in manager.get("/search/", {"q": "ana silva"}, headers=HTMX).content.decode()
    answer = manager.post(f"/patients/{twin.pk}/separate/", follow=True).content.decode()
    assert "has a record of their own again" in answer
    assert manager.post(f"/patients/{twin.pk}/separate/").status_code == 404


def test_whoever_may_not_merge_is_told_whom_a_record_went_to_and_not_how_to_undo_it(practice, desk, twin):
    merge(practice.ana, twin)
    page = desk.get(f"/patients/{twin.pk}/").content.decode()
    assert "This record was merged into" in page
    assert "Undo this merge" not in page


def test_a_family_is_changed_on_a_page_of_its_own(practice, desk, twin):
    address = f"/patients/{practice.ana.pk}/family/"
    assert desk.post(address, {"other": "", "kind": "child"}).status_code == 422
    assert desk.post(address, {"other": practice.ana.pk, "kind": "child"}).status_code == 422
    assert desk.post(address, {"other": twin.pk, "kind": "parent", "pays": "on"}).status_code == 302
    page = desk.get(f"/patients/{practice.ana.pk}/").content.decode()
    for words in ("Anna Silva", "Parent", f"patient={twin.pk}", "Invoices go to"):
        assert words in page
    kinship = practice.ana.kin.get()
    assert desk.post(address, {"remove": "x"}).status_code == 404
    assert desk.post(address, {"remove": kinship.pk}).status_code == 302
    assert not practice.ana.kin.exists()


def test_a_visit_booked_for_a_record_that_was_merged_meanwhile_is_the_other_ones(practice, desk, twin):
    key = keys(desk.get("/search/glance/", {"patient": twin.pk}, headers=HTMX).content.decode())[0]
    merge(practice.ana, twin)
    known = {"uid": uuid4(), "from": "offer", "slot": key, "appointment_type": practice.exam.pk}
    answer = desk.post("/appointments/book/", known | {"patient": twin.pk}, headers=HTMX)
    assert "Booked: Ana Silva" in answer.content.decode()
    assert Appointment.objects.get().patient == practice.ana
