"""Teeth on the pages: typed and shown in the branch's notation, kept in one."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from clinic.demo.factories import AppointmentFactory, ChairFactory
from clinic.invoices import actions as billing
from clinic.invoices.models import Invoice
from clinic.invoices.pdf import estimate_says
from clinic.practice.models import Notation
from clinic.staff.models import User
from clinic.treatments import actions
from clinic.treatments.models import PlanItem, Treatment

pytestmark = pytest.mark.django_db


@pytest.fixture
def universal(practice):
    """The branch, which counts teeth as the ADA does."""
    practice.branch.notation = Notation.UNIVERSAL
    practice.branch.save()
    return practice


def planned(practice, tooth="36", **values):
    plan = actions.draw_up(practice.ana, practice.okafor, practice.branch, "Crown")
    actions.add_item(plan.phases.get(), practice.filling, tooth=tooth, **values)
    return plan


def form_for(practice, **values):
    return {"procedure": practice.filling.pk, "quantity": 1, "form_uid": uuid.uuid4()} | values


def says(answer):
    return " ".join(html.fromstring(answer.content.decode()).text_content().split())


def test_what_is_typed_in_the_branchs_notation_is_kept_in_fdi_and_shown_as_typed(universal):
    visit = universal.visit(9, status="in_chair")
    manager = universal.somebody(User.Role.MANAGER)
    for page in (f"/mine/{visit.pk}/", f"/checkout/{visit.pk}/"):
        assert "e.g. 19" in manager.get(page).content.decode()
        assert manager.post(f"{page}add/", form_for(universal, tooth="19", surfaces="om")).status_code == 302
        assert "Filling on 19 MO" in says(manager.get(page))
    kept = set(Treatment.objects.values_list("tooth", "surfaces"))
    assert kept == {("36", "MO")}
    invoice = billing.bill(visit)
    assert {line.description for line in invoice.lines.all()} == {"Filling on 19 MO"}


def test_a_plan_is_written_in_the_branchs_notation_on_the_page_and_on_paper(universal):
    dentist = universal.somebody(User.Role.PRACTITIONER)
    plan = planned(universal)
    item = {"procedure": universal.filling.pk, "tooth": "t", "quantity": "1"}
    answer = dentist.post(f"/treatments/phases/{plan.phases.get().pk}/items/", item, follow=True)
    for words in ("Filling on 19", "Filling on T"):
        assert words in says(answer)
    assert [item.tooth for item in PlanItem.objects.all()] == ["36", "85"]
    [table] = estimate_says(plan).tables
    assert [row[0] for row in table.rows] == ["Filling on 19", "Filling on T"]


def test_what_was_issued_stays_when_the_notation_changes(practice, desk):
    visit = practice.visit(9, status="in_chair")
    billing.record_treatment(visit, practice.filling, tooth="36")
    billing.bill(visit)
    practice.branch.notation = Notation.UNIVERSAL
    practice.branch.save()
    assert "Filling on 36" in says(desk.get(f"/invoices/{Invoice.objects.get().pk}/"))
    assert "Filling on 19" in says(desk.get(f"/checkout/{visit.pk}/"))


def test_what_another_branch_did_is_told_in_the_notation_of_the_one_that_reads(universal):
    chair = ChairFactory(branch=universal.elsewhere)
    old = AppointmentFactory(
        patient=universal.ana, chair=chair, status="completed", starts_at=universal.at(9).replace(year=2029)
    )
    assert str(billing.record_treatment(old, universal.filling, tooth="26")) == "Filling on 26"
    manager = universal.somebody(User.Role.MANAGER, branches=[universal.branch, universal.elsewhere])
    page = says(manager.get(f"/mine/{universal.visit(9).pk}/"))
    assert "Filling on 14" in page, "26 would be no tooth here, and 14 a different one"
    assert "Filling on 26" not in page


@pytest.mark.parametrize(
    ("notation", "typed", "why"),
    [
        ("fdi", {"tooth": "19"}, "A tooth in FDI notation: 11–18"),
        ("fdi", {"tooth": "T"}, "A tooth in FDI notation: 11–18"),
        ("fdi", {"tooth": "1111"}, "A tooth in FDI notation: 11–18"),
        ("universal", {"tooth": "36"}, "A tooth in Universal notation: 1 to 32"),
        ("universal", {"tooth": "8", "surfaces": "MO"}, "has no occlusal surface (O)"),
        ("fdi", {"tooth": "36", "surfaces": "MI"}, "Only incisors and canines"),
        ("fdi", {"surfaces": "MO"}, "Say which tooth these surfaces are of"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_wherever_it_was_typed(practice, notation, typed, why):
    practice.branch.notation = notation
    practice.branch.save()
    visit = practice.visit(9, status="in_chair")
    plan = planned(practice)
    manager = practice.somebody(User.Role.MANAGER)
    phase = f"/treatments/phases/{plan.phases.get().pk}/items/"
    wrong = "surfaces" if "surfaces" in typed else "tooth"
    for address in (f"/mine/{visit.pk}/add/", f"/checkout/{visit.pk}/add/", phase):
        answer = manager.post(address, form_for(practice, **typed))
        assert answer.status_code == 422, address
        [field] = html.fromstring(answer.content.decode()).xpath(f"//input[@name='{wrong}'][@aria-invalid]")
        assert why in field.getparent().text_content()
        assert field.value == typed[wrong]
    assert not Treatment.objects.exists()


def marks(answer):
    [found] = html.fromstring(answer.content.decode()).xpath("//*[@data-teeth-marks]")
    return found.get("data-done").split(), found.get("data-planned").split()


def test_the_chart_marks_what_was_done_and_what_is_planned(practice):
    visit, old = practice.visit(9, status="in_chair"), practice.visit(8, status="completed")
    for tooth in ("16", "16", "", "55"):
        billing.record_treatment(old, practice.filling, tooth=tooth)
    draft, over = planned(practice, "47"), planned(practice, "11")
    actions.decline(actions.propose(over))
    manager = practice.somebody(User.Role.MANAGER)
    for page in (f"/mine/{visit.pk}/", f"/checkout/{visit.pk}/", draft.get_absolute_url()):
        assert marks(manager.get(page)) == (["16", "55"], ["47"])
    actions.accept(actions.propose(draft), "Ana")
    actions.carry_out(PlanItem.objects.get(tooth="47"), visit)
    assert marks(manager.get(f"/mine/{visit.pk}/")) == (["16", "47", "55"], [])


def test_the_chart_tells_nothing_of_branches_that_one_does_not_see(practice, desk):
    elsewhere = AppointmentFactory(patient=practice.ana, chair=ChairFactory(branch=practice.elsewhere))
    billing.record_treatment(elsewhere, practice.filling, tooth="16")
    visit = practice.visit(9, status="in_chair")
    assert marks(desk.get(f"/checkout/{visit.pk}/")) == ([], [])


def test_the_marks_cost_the_same_however_much_is_on_record(practice):
    visit = practice.visit(9, status="in_chair")
    manager = practice.somebody(User.Role.MANAGER)

    def asked(page):
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(page).status_code == 200
        return len(queries)

    draft = planned(practice)
    pages = [f"/mine/{visit.pk}/", f"/checkout/{visit.pk}/", draft.get_absolute_url()]
    billing.record_treatment(visit, practice.filling, tooth="16")
    actions.accept(actions.propose(planned(practice, "21")), "Ana")
    before = [asked(page) and asked(page) for page in pages]
    for tooth in ("11", "12", "13"):
        billing.record_treatment(visit, practice.filling, tooth=tooth)
        actions.add_item(draft.phases.get(), practice.filling, tooth=tooth)
    assert [asked(page) for page in pages] == before
