"""The pages of treatment plans, and who may do what on them."""

from __future__ import annotations

import pytest

from clinic.demo.factories import AppointmentFactory, ChairFactory, PractitionerFactory
from clinic.staff.models import User
from clinic.treatments import actions
from clinic.treatments.models import PlanItem, TreatmentPlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(practice) -> TreatmentPlan:
    drawn = actions.draw_up(practice.ana, practice.okafor, practice.branch, "Crown on 36")
    actions.add_item(drawn.phases.get(), practice.filling, tooth="36")
    return drawn


@pytest.fixture
def dentist(practice):
    return practice.somebody(User.Role.PRACTITIONER)


def text(answer) -> str:
    return answer.content.decode()


def test_a_practitioner_draws_up_a_plan_from_the_patients_page(practice, dentist):
    assert "New plan" in text(dentist.get(f"/patients/{practice.ana.pk}/"))
    form = dentist.get(f"/treatments/plans/new/{practice.ana.pk}/").context["form"]
    wanted = {"uid": form["uid"].value(), "name": "Bridge", "practitioner": practice.okafor.pk}
    for _ in range(2):  # a form that is sent twice makes one plan
        assert dentist.post(f"/treatments/plans/new/{practice.ana.pk}/", wanted).status_code == 302
    plan = TreatmentPlan.objects.get()
    phase = plan.phases.get()
    item = {"procedure": practice.filling.pk, "tooth": "36", "surfaces": "mod", "quantity": "1", "discount": "10"}
    answer = dentist.post(f"/treatments/phases/{phase.pk}/items/", item, follow=True)
    assert "Filling on 36 MOD" in text(answer)
    assert "€99.00" in text(answer)
    dentist.post(f"/treatments/plans/{plan.pk}/phases/")
    second = plan.phases.last()
    dentist.post(f"/treatments/phases/{second.pk}/rename/", {"name": "After healing"})
    assert [one.name for one in plan.phases.all()] == ["Phase 1", "After healing"]
    dentist.post(f"/treatments/phases/{second.pk}/remove/")
    dentist.post(f"/treatments/items/{PlanItem.objects.get().pk}/remove/")
    assert not PlanItem.objects.exists()
    assert dentist.post(f"/treatments/plans/{plan.pk}/discard/").url == f"/patients/{practice.ana.pk}/"
    assert not TreatmentPlan.objects.exists()


def test_what_was_mistyped_is_shown_again_with_the_reason(practice, plan, dentist):
    item = {"procedure": practice.filling.pk, "tooth": "99", "quantity": "1"}
    answer = dentist.post(f"/treatments/phases/{plan.phases.get().pk}/items/", item)
    assert answer.status_code == 422
    assert "FDI notation" in text(answer)
    assert 'value="99"' in text(answer)


def test_the_desk_proposes_and_notes_the_answer_and_draws_up_nothing(practice, plan, desk):
    page = f"/treatments/plans/{plan.pk}/"
    assert "Propose to the patient" in text(desk.get(page))
    assert "Another phase" not in text(desk.get(page))
    assert desk.post(f"/treatments/phases/{plan.phases.get().pk}/items/", {}).status_code == 403
    assert desk.get(f"/treatments/plans/new/{practice.ana.pk}/").status_code == 403
    desk.post(f"{page}answer/propose/")
    assert "Say who accepted" in text(desk.post(f"{page}answer/accept/", {"name": " "}, follow=True))
    answer = desk.post(f"{page}answer/accept/", {"name": "Ana Silva"}, follow=True)
    assert "Accepted by" in text(answer)
    plan.refresh_from_db()
    assert (plan.status, plan.accepted_by) == ("accepted", "Ana Silva")


def test_a_signature_that_was_drawn_is_kept_and_shown_and_another_thing_is_refused(plan, desk):
    actions.propose(plan)
    page, drawn = f"/treatments/plans/{plan.pk}/", "M10 20L30 40L50 20M5 5L9 9"
    for wrong, why in [("M1 2<script>", "This is no signature"), ("M0 0" + "L1 1" * 5001, "too long")]:
        answer = desk.post(f"{page}answer/accept/", {"name": "Ana Silva", "signature": wrong}, follow=True)
        assert why in text(answer)
        assert "script>" not in text(answer).partition("Estimate")[2].partition("</main>")[0]
        plan.refresh_from_db()
        assert (plan.status, plan.signature) == ("proposed", "")
    answer = desk.post(f"{page}answer/accept/", {"name": "Ana Silva", "signature": drawn}, follow=True)
    assert f'<path d="{drawn}"/>' in text(answer)
    assert "Signature of Ana Silva" in text(answer)
    plan.refresh_from_db()
    assert plan.signature == drawn


def test_the_desk_notes_that_a_patient_declines_and_why(plan, desk):
    actions.propose(plan)
    answer = desk.post(f"/treatments/plans/{plan.pk}/answer/decline/", {"reason": "Too dear"}, follow=True)
    assert "Too dear" in text(answer)
    assert desk.post(f"/treatments/plans/{plan.pk}/answer/shrug/").status_code == 404


def test_what_is_planned_is_done_with_one_click_at_the_checkout(practice, plan, desk):
    actions.accept(actions.propose(plan), "Ana")
    visit = practice.visit(9, status="in_chair")
    page = f"/checkout/{visit.pk}/"
    assert 'id="planned"' in text(desk.get(page))
    form = {"visit": visit.pk, "from": "checkout"}
    answer = desk.post(f"/treatments/items/{PlanItem.objects.get().pk}/done/", form)
    assert answer.url == page
    assert 'id="planned"' not in text(desk.get(page))
    assert visit.treatments.get().tooth == "36"
    assert "1 of 1 done" in text(desk.get(f"/treatments/plans/{plan.pk}/"))


def test_an_item_is_not_done_in_somebody_elses_visit(practice, plan, desk):
    actions.accept(actions.propose(plan), "Ana")
    item = PlanItem.objects.get()
    other = AppointmentFactory(chair=practice.chairs[1], practitioner=practice.lindqvist)
    answer = desk.post(f"/treatments/items/{item.pk}/done/", {"visit": other.pk}, follow=True)
    assert "not one for this plan" in text(answer)
    elsewhere = AppointmentFactory(chair=ChairFactory(branch=practice.elsewhere), patient=practice.ana)
    for visit in (elsewhere.pk, "", "x", "²"):
        assert desk.post(f"/treatments/items/{item.pk}/done/", {"visit": visit}).status_code == 404


def test_an_accountant_and_another_branch_see_no_plan(practice, plan):
    assert practice.somebody(User.Role.ACCOUNTANT).get(f"/treatments/plans/{plan.pk}/").status_code == 403
    assert "Crown on 36" not in text(practice.somebody(User.Role.ACCOUNTANT).get(f"/patients/{practice.ana.pk}/"))
    elsewhere = practice.somebody(User.Role.PRACTITIONER, branches=[practice.elsewhere])
    phase, item = plan.phases.get(), PlanItem.objects.get()
    assert elsewhere.get(f"/treatments/plans/{plan.pk}/").status_code == 404
    for path in (f"phases/{phase.pk}/items", f"phases/{phase.pk}/remove", f"items/{item.pk}/remove"):
        assert elsewhere.post(f"/treatments/{path}/", {"name": "x"}).status_code == 404


@pytest.mark.parametrize("phase", ["x", "9" * 40, "-1", "²"])
def test_an_address_that_makes_no_sense_still_shows_the_plan(plan, dentist, phase):
    assert dentist.get(f"/treatments/plans/{plan.pk}/?phase={phase}").status_code == 200


def test_a_practitioner_who_left_does_not_break_the_form(practice, dentist):
    practice.ana.usual_practitioner = PractitionerFactory(is_active=False)
    practice.ana.save()
    assert dentist.get(f"/treatments/plans/new/{practice.ana.pk}/").status_code == 200
