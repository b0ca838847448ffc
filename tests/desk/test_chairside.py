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
from clinic.demo.factories import AlertFactory, ChairFactory, PatientFactory, UserFactory
from clinic.invoices import actions
from clinic.invoices.queries import tab_of
from clinic.recalls.models import Recall
from clinic.staff.models import User
from clinic.treatments import actions as plans
from clinic.treatments.models import ClinicalNote, Treatment
from tests.desk.practice import HTMX, TUESDAY


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


def test_somebody_who_works_at_two_branches_sees_the_visits_of_both_on_their_own_clocks(practice, okafor):
    practice.okafor.user.branches.add(practice.elsewhere)
    there = ChairFactory(branch=practice.elsewhere, name="Surgery A")
    practice.visit(9)
    practice.visit(11, chair=there, patient=PatientFactory(given_name="Tom", family_name="Byrne"))
    practice.visit(23, chair=there, patient=PatientFactory())  # Midnight has passed in Madrid.
    page = html.fromstring(okafor.get("/mine/").content)
    assert [" ".join(one.text_content().split()) for one in page.find_class("mine-name")] == ["Ana Silva", "Tom Byrne"]
    assert [one.text_content() for one in page.find_class("mine-time")] == ["09:00", "12:00"]
    assert "Surgery A, South" in page.text_content()
    visit = Appointment.objects.get(chair=there, starts_at=practice.at(11))
    assert "12:00–12:30" in okafor.get(f"/mine/{visit.pk}/").content.decode()


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
    asked()  # what seldom changes is read once
    before = asked()
    for hour in (9, 10, 11):
        AlertFactory(patient=practice.visit(hour, patient=PatientFactory()).patient)
    assert asked() == before


def test_a_visit_that_is_open_learns_what_others_did_and_nothing_else(practice, okafor):
    visit = practice.visit(9, status="in_chair", in_chair_at=practice.at(9))
    address = f"/mine/{visit.pk}/"

    def again():
        return re.search(r'data-live hidden[^>]* hx-get="([^"]+)"', page)[1]

    page = okafor.get(address).content.decode()
    assert okafor.get(again(), headers=HTMX).status_code == 204
    AlertFactory(patient=practice.ana, text="Latex")
    page = okafor.get(again(), headers=HTMX).content.decode()
    assert "Latex" in page
    assert okafor.get(again(), headers=HTMX).status_code == 204
    actions.record_treatment(visit, practice.filling, tooth="36")
    page = okafor.get(again(), headers=HTMX).content.decode()
    assert "Filling on 36" in page
    ClinicalNote.objects.create(appointment=visit, text="Seen by Dr Lindqvist")
    page = okafor.get(again(), headers=HTMX).content.decode()
    assert "Seen by Dr Lindqvist" in page
    assert okafor.get(again(), headers=HTMX).status_code == 204


def test_a_visit_costs_the_same_however_long_its_history_is(practice, okafor):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert okafor.get(f"/mine/{visit.pk}/").status_code == 200
        return len(queries)

    def earlier(year):
        old = practice.visit(8, starts_at=practice.at(8).replace(year=year), status="completed")
        actions.record_treatment(old, practice.filling, tooth="11")
        ClinicalNote.objects.create(appointment=old, text="Caries at 11", written_by=practice.okafor.user)
        plan = plans.draw_up(practice.ana, practice.okafor, practice.branch, f"Plan of {year}")
        plans.add_item(plan.phases.get(), practice.filling, tooth="36")
        plans.accept(plans.propose(plan), "Ana Silva")

    visit = practice.visit(9, status="in_chair")
    earlier(2028)
    asked()
    before = asked()
    for year in (2025, 2026, 2027):
        earlier(year)
    assert asked() == before


def test_what_was_done_is_on_the_checkout_and_is_recorded_once(practice, okafor):
    visit = practice.visit(9, status="in_chair")
    where = {"tooth": "36", "surfaces": "mod"}
    form = {"procedure": practice.filling.pk, "quantity": 1, "form_uid": uuid.uuid4()} | where
    for _ in range(2):
        assert okafor.post(f"/mine/{visit.pk}/add/", form).status_code == 302
    assert "Filling on 36 MOD" in okafor.get(f"/mine/{visit.pk}/").content.decode()
    assert [str(treatment) for treatment, _ in tab_of(visit).treatments] == ["Filling on 36 MOD"]
    for wrong, says in [({"tooth": "99"}, "A tooth in FDI notation"), ({"surfaces": "X"}, "Surfaces like MOD")]:
        answer = okafor.post(f"/mine/{visit.pk}/add/", form | wrong)
        assert (answer.status_code, says in answer.content.decode()) == (422, True)
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
    plans.propose(_plan(practice, "Crown on 36"))
    plans.decline(plans.propose(_plan(practice, "Whitening")), "")
    Recall.objects.create(
        branch=practice.branch, patient=practice.ana, kind=practice.exam, practitioner=practice.okafor, due_on=TUESDAY
    )
    visit = practice.visit(9)
    for address in (f"/mine/{visit.pk}/", f"/mine/{visit.pk}/?part=side"):
        page = okafor.get(address).content.decode()
        told = ("Takes warfarin", "Gags easily", "Caries at 11", "Filling on 11", "Crown on 36", "+353 88 123 4567")
        for words in (*told, "due 15 Jan 2030"):
            assert words in page, (address, words)
        assert "Whitening" not in page, "what was declined is not open"


def _plan(practice, name):
    plan = plans.draw_up(practice.ana, practice.okafor, practice.branch, name)
    plans.add_item(plan.phases.get(), practice.filling)
    return plan


def test_what_people_wrote_is_escaped(practice, okafor):
    nasty = "<script>alert(1)</script>"
    practice.ana.given_name = practice.ana.clinical_notes = nasty
    practice.ana.save()
    AlertFactory(patient=practice.ana, text=nasty)
    visit = practice.visit(9, note=nasty, status="in_chair", in_chair_at=practice.at(9))
    ClinicalNote.objects.create(appointment=visit, text=f"</textarea>{nasty}")
    plans.accept(plans.propose(_plan(practice, nasty)), nasty)
    addresses = ["/mine/", f"/mine/{visit.pk}/", f"/mine/{visit.pk}/?part=side", "/sheet/"]
    for address, headers in [(one, how) for one in addresses for how in ({}, HTMX)]:
        page = okafor.get(address, headers=headers).content.decode()
        assert "&lt;script&gt;" in page, address
        assert nasty not in page, address


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
    tapped = okafor.post(f"/appointments/{visit.pk}/step/", known | {"status": "completed"}, headers=HTMX)
    assert "somebody else was quicker" in tapped.headers["HX-Trigger"], "a page that saw an older status"
    seen = known | {"status": "completed", "seen": "in_chair"}
    page = okafor.post(f"/appointments/{visit.pk}/step/", seen, headers=HTMX).content.decode()
    ticket = re.findall(r'data-undo="([^"]+)"', page)[-1]
    assert okafor.post("/appointments/undo/", {"ticket": ticket}).status_code == 302
    assert Appointment.objects.get(pk=visit.pk).status == "in_chair"


def test_others_patients_are_not_found_and_a_manager_sees_anybodys_day(practice, okafor):
    visit = practice.visit(9, practitioner=practice.lindqvist)
    treatment = actions.record_treatment(visit, practice.filling)
    for path in ("note/", "add/", f"strike/{treatment.pk}/"):
        assert okafor.post(f"/mine/{visit.pk}/{path}", {"text": "Mine now"}).status_code == 404
    for address in (f"/mine/{visit.pk}/", f"/mine/{visit.pk}/?part=side"):
        assert okafor.get(address).status_code == 404
        assert okafor.get(address, headers=HTMX).status_code == 404
    mine = practice.visit(11, patient=PatientFactory(given_name="Tom", family_name="Byrne"))
    okafor.post(f"/mine/{mine.pk}/strike/{treatment.pk}/")
    assert Treatment.objects.filter(pk=treatment.pk).exists(), "nor is anything of them struck by way of one's own"
    assert not ClinicalNote.objects.exists()
    manager = practice.somebody(User.Role.MANAGER)
    assert names(manager.get("/mine/", {"who": practice.lindqvist.pk}).content) == ["Ana Silva"]
    assert manager.get(f"/mine/{visit.pk}/").status_code == 200
    assert names(okafor.get("/mine/", {"who": practice.lindqvist.pk}).content) == ["Tom Byrne"], "one's own day"


@pytest.mark.parametrize("role", ["receptionist", "accountant", "administrator"])
def test_whoever_does_not_treat_has_no_such_page(practice, role):
    assert practice.somebody(role).get("/mine/").status_code == 403


def test_a_sign_in_without_a_practitioner_is_told_so(practice):
    page = practice.somebody(User.Role.HYGIENIST).get("/mine/").content.decode()
    assert "An administrator links your sign-in to a practitioner" in page
