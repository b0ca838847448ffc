"""Treatment plans: drawn up, proposed, answered, carried out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clinic.demo.factories import (
    AppointmentFactory,
    BranchFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    TaxFactory,
)
from clinic.invoices import actions as billing
from clinic.journal.models import Change
from clinic.treatments import actions
from clinic.treatments.actions import PlanError
from clinic.treatments.models import PlanItem, Treatment, TreatmentPlan
from clinic.treatments.queries import left_to_do

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> TreatmentPlan:
    """A draft with one item of 200.00 less 10 %, and 23 % tax on top, twice."""
    branch = BranchFactory(currency="EUR")
    drawn = actions.draw_up(PatientFactory(branch=branch), PractitionerFactory(), branch, "Crown")
    crown = ProcedureFactory(name="Crown", fee="200.00", currency="EUR", taxes=[TaxFactory(rate=Decimal(23))])
    actions.add_item(drawn.phases.get(), crown, tooth="36", surfaces="MO", quantity=2, discount=Decimal(10))
    return drawn


def fresh(plan: TreatmentPlan) -> TreatmentPlan:
    return TreatmentPlan.objects.get(pk=plan.pk)


def visit_of(plan: TreatmentPlan):
    return AppointmentFactory(patient=plan.patient, chair__branch=plan.branch, status="in_chair")


def test_a_plan_comes_to_the_sum_of_its_items_with_discount_and_tax(plan):
    amounts = fresh(plan).amounts
    assert (amounts.untaxed, amounts.tax, amounts.total) == (Decimal("360.00"), Decimal("82.80"), Decimal("442.80"))


def test_a_plan_is_drawn_up_once_for_each_form(plan):
    facts = (plan.patient, plan.practitioner, plan.branch, "Bridge", TreatmentPlan().uid)
    assert actions.draw_up(*facts) == actions.draw_up(*facts)
    assert TreatmentPlan.objects.get(name="Bridge").phases.count() == 1


def test_the_plan_is_made_out_to_whoever_pays_for_the_patient(plan):
    child = PatientFactory(payer=plan.patient, branch=plan.branch)
    assert actions.draw_up(child, plan.practitioner, plan.branch, "Sealants").payer == plan.patient


def test_what_was_proposed_no_longer_changes(plan):
    actions.propose(plan)
    phase, item = plan.phases.get(), PlanItem.objects.get()
    for change in (
        lambda: actions.add_item(phase, ProcedureFactory(currency="EUR")),
        lambda: actions.remove_item(item),
        lambda: actions.add_phase(plan),
        lambda: actions.rename_phase(phase, "Later"),
        lambda: actions.discard(plan),
    ):
        with pytest.raises(PlanError, match="no longer changes"):
            change()
    assert fresh(plan).amounts.total == Decimal("442.80")


def test_a_later_fee_leaves_the_plan_as_it_was_offered(plan):
    procedure = PlanItem.objects.get().procedure
    procedure.fee = 999
    procedure.save()
    procedure.taxes.update(rate=5)
    assert fresh(plan).amounts.total == Decimal("442.80")


def test_an_empty_plan_is_not_proposed(plan):
    actions.remove_item(PlanItem.objects.get())
    with pytest.raises(PlanError, match="nothing in this plan"):
        actions.propose(plan)


def test_a_fee_in_another_currency_has_no_place_in_a_plan(plan):
    with pytest.raises(PlanError, match="not in EUR"):
        actions.add_item(plan.phases.get(), ProcedureFactory(currency="GBP"))


def test_the_last_phase_stays(plan):
    second = actions.add_phase(plan)
    assert second.name == "Phase 2"
    actions.remove_phase(second)
    with pytest.raises(PlanError, match="at least one phase"):
        actions.remove_phase(plan.phases.get())


def test_accepting_keeps_who_and_when_and_is_done_once(plan):
    with pytest.raises(PlanError, match="Only a plan that was proposed"):
        actions.accept(plan, "Ann")
    actions.propose(plan)
    accepted = actions.accept(plan, "Ann")
    again = actions.accept(plan, "Somebody else")
    assert (again.status, again.accepted_by, again.accepted_at) == ("accepted", "Ann", accepted.accepted_at)


def test_the_database_refuses_a_plan_that_nobody_accepted(plan):
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentPlan.objects.filter(pk=plan.pk).update(status="accepted")


def test_an_item_done_is_billed_at_the_fee_and_discount_that_were_offered(plan):
    actions.accept(actions.propose(plan), "Ann")
    visit = visit_of(plan)
    treatment = actions.carry_out(PlanItem.objects.get(), visit)
    assert actions.carry_out(PlanItem.objects.get(), visit) == treatment
    assert fresh(plan).status == "done"
    invoice = billing.bill(visit)
    assert invoice.total == Decimal("442.80")
    assert invoice.lines.get().description == "Crown on 36 MO"


def test_only_what_was_accepted_is_done_and_only_in_a_visit_of_the_patient(plan):
    item = PlanItem.objects.get()
    with pytest.raises(PlanError, match="what the patient accepted"):
        actions.carry_out(item, visit_of(plan))
    actions.accept(actions.propose(plan), "Ann")
    with pytest.raises(PlanError, match="not one for this plan"):
        actions.carry_out(item, AppointmentFactory(chair__branch=plan.branch))
    assert not Treatment.objects.exists()


def test_a_plan_that_is_begun_cannot_be_declined_and_is_open_again_when_the_treatment_is_struck(plan):
    actions.accept(actions.propose(plan), "Ann")
    treatment = actions.carry_out(PlanItem.objects.get(), visit_of(plan))
    with pytest.raises(PlanError, match="done already"):
        actions.decline(plan)
    billing.strike_treatment(treatment)
    assert fresh(plan).status == "accepted"
    assert actions.decline(plan, "Moved away").declined_because == "Moved away"


def test_a_change_of_an_item_is_a_change_of_its_plan(plan):
    item = PlanItem.objects.get()
    for change in (
        lambda: item.save(),
        lambda: PlanItem.objects.filter(pk=item.pk).update(quantity=3),
        lambda: item.phase.save(),
        lambda: item.delete(),
    ):
        Change.objects.all().delete()
        change()
        assert set(Change.objects.values_list("model", "uid")) == {("treatments.treatmentplan", plan.uid)}


def test_what_is_left_to_do_is_priced_without_a_query_for_each_item(plan, django_assert_num_queries):
    for _ in range(3):
        actions.add_item(plan.phases.get(), ProcedureFactory(fee="10.00", currency="EUR"))
    actions.accept(actions.propose(plan), "Ana")
    with django_assert_num_queries(2):
        left = left_to_do(plan.patient, plan.branch)
        assert [item.amounts.total for item in left] == [Decimal("442.80"), *[Decimal("10.00")] * 3]
