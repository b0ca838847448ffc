"""The day of those who treat patients, and what they note of a visit."""

from __future__ import annotations

import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from clinic.appointments.models import Appointment
from clinic.demo.factories import AlertFactory, PatientFactory, UserFactory
from clinic.invoices import actions
from clinic.invoices.queries import tab_of
from clinic.staff.models import User
from clinic.treatments import actions as plans
from clinic.treatments.models import ClinicalNote, Treatment
from tests.desk.practice import HTMX


@pytest.fixture(autouse=True)
def morning(practice):
    practice.okafor.user = UserFactory(role=User.Role.PRACTITIONER, branches=[practice.branch])
    practice.okafor.save()
    with time_machine.travel(practice.at(9), tick=False):
        yield


@pytest.fixture
def okafor(practice, morning):
    browser = Client()
    browser.force_login(practice.okafor.user)
    return browser


def names(page):
    return [" ".join(one.text_content().split()) for one in html.fromstring(page).find_class("mine-name")]


def test_those_who_treat_begin_with_their_own_day(practice):
    for user, at in [(practice.okafor.user, "/mine/"), (UserFactory(branches=[practice.branch]), "/")]:
        user.set_password("open wide please")
        user.save()
        known = {"username": user.username, "password": "open wide please"}
        opened = Client().get("/", follow=True)
        assert Client().post(opened.redirect_chain[-1][0], known).url == at, "the clinic's address, as it is on a card"
        assert Client().post("/sign-in/?next=/today/", known).url == "/today/", "a page that was asked for"


def test_the_day_holds_ones_own_visits_in_order_with_what_matters(practice, okafor):
    practice.visit(11, patient=PatientFactory(given_name="Tom", family_name="Byrne"), note="Late, by bus")
    practice.visit(9)
    practice.visit(10, practitioner=practice.lindqvist)
    practice.visit(14, status="cancelled", patient=PatientFactory(given_name="Una", family_name="Daly"))
    page = okafor.get("/mine/").content.decode()
    assert names(page) == ["Ana Silva", "Tom Byrne"]
    for words in ("Takes warfarin", "Late, by bus", "Not coming:", "Una Daly", "Chair 1"):
        assert words in page


def test_whoever_is_in_the_chair_comes_first_then_whoever_waits(practice, okafor):
    first, second = practice.visit(9), practice.visit(10, patient=PatientFactory())
    shown = lambda: html.fromstring(okafor.get("/mine/").content).find_class("is-next")[0].get("data-visit")  # noqa: E731
    assert shown() == str(first.pk)
    Appointment.objects.filter(pk=second.pk).update(status="arrived", arrived_at=practice.at(8))
    assert shown() == str(second.pk)
    Appointment.objects.filter(pk=first.pk).update(status="in_chair", in_chair_at=practice.at(8))
    assert shown() == str(first.pk)


def test_a_page_that_is_open_learns_what_changed_and_nothing_else(practice, okafor):
    visit = practice.visit(9)
    page = okafor.get("/mine/").content.decode()
    again = re.search(r'data-live hidden hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    assert okafor.get(f"/mine/{again}", headers=HTMX).status_code == 204
    Appointment.objects.filter(pk=visit.pk).update(status="arrived", arrived_at=practice.at(8, 50))
    assert "To chair" in okafor.get(f"/mine/{again}", headers=HTMX).content.decode()


def test_it_costs_the_same_however_many_visits_there_are(practice, okafor):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            okafor.get("/mine/")
        return len(queries)

    practice.visit(8)
    asked()  # What seldom changes is kept from now on.
    before = asked()
    for hour in (9, 10, 11):
        AlertFactory(patient=practice.visit(hour, patient=PatientFactory()).patient)
    assert asked() == before


def test_what_was_done_is_on_the_checkout_and_is_recorded_once(practice, okafor):
    visit = practice.visit(9, status="in_chair")
    form = {"procedure": practice.filling.pk, "tooth": "36", "quantity": 1, "form_uid": uuid.uuid4()}
    for _ in range(2):
        assert okafor.post(f"/mine/{visit.pk}/add/", form).status_code == 302
    assert "Filling on 36" in okafor.get(f"/mine/{visit.pk}/").content.decode()
    assert [str(treatment) for treatment, _ in tab_of(visit).treatments] == ["Filling on 36"]
    answer = okafor.post(f"/mine/{visit.pk}/add/", form | {"tooth": "99"})
    assert (answer.status_code, "A tooth in FDI notation" in answer.content.decode()) == (422, True)
    okafor.post(f"/mine/{visit.pk}/strike/{Treatment.objects.get().pk}/")
    assert not Treatment.objects.exists()


def test_what_was_invoiced_is_not_taken_back(practice, okafor):
    visit = practice.visit(9, status="in_chair")
    treatment = actions.record_treatment(visit, practice.filling)
    actions.bill(visit)
    page = okafor.post(f"/mine/{visit.pk}/strike/{treatment.pk}/", follow=True).content.decode()
    assert "invoice" in html.fromstring(page).text_content()
    assert Treatment.objects.filter(pk=treatment.pk).exists()


def test_what_was_planned_is_done_with_one_tap(practice, okafor):
    visit = practice.visit(9, status="in_chair")
    plan = plans.draw_up(practice.ana, practice.okafor, practice.branch, "Crown")
    item = plans.add_item(plan.phases.get(), practice.filling, tooth="36")
    plans.accept(plans.propose(plan), "Ana Silva")
    assert "Planned and accepted" in okafor.get(f"/mine/{visit.pk}/").content.decode()
    answer = okafor.post(f"/treatments/items/{item.pk}/done/", {"visit": visit.pk, "from": "chairside"})
    assert answer.url == f"/mine/{visit.pk}/"
    assert "Filling on 36" in okafor.get(answer.url).content.decode()


def test_the_patient_is_there_at_a_glance(practice, okafor):
    old = practice.visit(8, starts_at=practice.at(8).replace(year=2029), status="completed")
    actions.record_treatment(old, practice.filling, tooth="11")
    ClinicalNote.objects.create(appointment=old, text="Caries at 11")
    practice.ana.clinical_notes = "Gags easily"
    practice.ana.save()
    page = okafor.get(f"/mine/{practice.visit(9).pk}/").content.decode()
    for words in ("Takes warfarin", "Gags easily", "Caries at 11", "Filling on 11"):
        assert words in page


def note_fields(page):
    [form] = [form for form in html.fromstring(page).forms if form.get("id") == "note"]
    filled = {name: value.removeprefix("\n") for name, value in form.form_values()}
    return filled | {"initial-text": form.fields["initial-text"] or ""}


def test_two_who_write_the_note_of_one_visit_lose_neithers_words(practice, okafor):
    visit = practice.visit(9)
    mine = note_fields(okafor.get(f"/mine/{visit.pk}/").content)
    assert okafor.post(f"/mine/{visit.pk}/note/", mine | {"text": "Caries at 36"}).status_code == 302
    answer = okafor.post(f"/mine/{visit.pk}/note/", mine | {"text": "Pulpitis at 36"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody has changed this to “Caries at 36” since you opened it" in page
    assert "Pulpitis at 36" in page
    assert ClinicalNote.objects.get().text == "Caries at 36"
    assert okafor.post(f"/mine/{visit.pk}/note/", note_fields(page)).status_code == 302
    note = ClinicalNote.objects.get()
    assert (note.text, note.written_by) == ("Pulpitis at 36", practice.okafor.user)


def test_a_step_is_one_tap_and_leads_back(practice, okafor):
    visit = practice.visit(9, status="arrived", arrived_at=practice.at(8))
    known = {"status": "in_chair", "seen": "arrived", "from": "chairside"}
    answer = okafor.post(f"/appointments/{visit.pk}/step/", known)
    assert answer.url == f"/mine/{visit.pk}/"
    assert Appointment.objects.get(pk=visit.pk).status == "in_chair"


def test_others_patients_are_not_found_and_a_manager_sees_anybodys_day(practice, okafor):
    visit = practice.visit(9, practitioner=practice.lindqvist)
    for path in ("", "note/", "add/"):
        assert okafor.post(f"/mine/{visit.pk}/{path}").status_code in {404, 405}
    assert okafor.get(f"/mine/{visit.pk}/").status_code == 404
    manager = practice.somebody(User.Role.MANAGER)
    assert names(manager.get("/mine/", {"who": practice.lindqvist.pk}).content) == ["Ana Silva"]
    assert manager.get(f"/mine/{visit.pk}/").status_code == 200
    assert names(okafor.get("/mine/", {"who": practice.lindqvist.pk}).content) == [], "it shows one's own day"


@pytest.mark.parametrize("role", ["receptionist", "accountant", "administrator"])
def test_whoever_does_not_treat_has_no_such_page(practice, role):
    assert practice.somebody(role).get("/mine/").status_code == 403


def test_a_sign_in_without_a_practitioner_is_told_so(practice):
    page = practice.somebody(User.Role.HYGIENIST).get("/mine/").content.decode()
    assert "An administrator links your sign-in to a practitioner" in page
