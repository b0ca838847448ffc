"""The page of the fee schedule: who sees it, who changes it, and what a change leaves alone."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.demo.factories import ProcedureFactory
from clinic.invoices.actions import draft_from, issue, record_treatment
from clinic.practice.models import Procedure
from clinic.staff.models import User

pytestmark = pytest.mark.django_db
CROWN = {"code": "D2740", "name": "Crown", "category": "Crowns", "fee": "850,50", "is_active": "on"}


@pytest.fixture
def manager(practice):
    return practice.somebody(User.Role.MANAGER)


def test_a_manager_adds_a_procedure_in_the_branchs_currency(practice, manager):
    assert manager.post("/fees/new/", CROWN).url == "/fees/"
    crown = Procedure.objects.get(code="D2740")
    assert (crown.fee, crown.currency, list(crown.taxes.all())) == (Decimal("850.50"), "EUR", [])
    listed = manager.get("/fees/?q=crown").content.decode()
    assert "D2740" in listed
    assert "€850.50" in listed
    assert "D2140" not in listed


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"fee": "1.005"}, "fee"), ({"fee": "-1"}, "fee"), ({"fee": "12345678901"}, "fee"), ({"code": "D2140"}, "code")],
)
def test_what_cannot_be_a_fee_is_refused_and_nothing_is_kept(practice, manager, wrong, field):
    answer = manager.post("/fees/new/", CROWN | wrong)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Procedure.objects.filter(name="Crown").exists()


def test_a_currency_without_decimals_takes_none(practice, manager):
    practice.branch.currency = "JPY"
    practice.branch.save()
    assert manager.post("/fees/new/", CROWN).status_code == 422
    assert manager.post("/fees/new/", CROWN | {"fee": "85000"}).status_code == 302
    assert Procedure.objects.get(code="D2740").currency == "JPY"
    listed = manager.get("/fees/").content.decode()
    assert "D2740" in listed
    assert "D2140" not in listed, "its fee is in euros"


def test_a_changed_fee_changes_nothing_that_was_done_or_invoiced(practice, manager):
    invoiced = practice.visit(9)
    record_treatment(invoiced, practice.filling)
    before = issue(draft_from(invoiced)).total
    done = record_treatment(practice.visit(10), practice.filling)
    form = {"code": "D2140", "name": "Filling", "fee": "999", "is_active": "on"}
    assert manager.post(f"/fees/{practice.filling.pk}/", form).status_code == 302
    practice.filling.refresh_from_db()
    done.refresh_from_db()
    assert (practice.filling.fee, done.fee) == (Decimal(999), Decimal(110))
    assert invoiced.invoices.get().total == before


def test_what_is_retired_is_no_longer_offered_and_stays_on_what_was_done(practice, manager):
    visit = practice.visit(9)
    treatment = record_treatment(visit, practice.filling)
    form = {"code": "D2140", "name": "Filling", "fee": "110"}
    assert manager.post(f"/fees/{practice.filling.pk}/", form).status_code == 302
    assert "D2140" not in manager.get("/fees/").content.decode()
    assert "D2140" in manager.get("/fees/?show=retired").content.decode()
    offered = practice.somebody().get(f"/checkout/{visit.pk}/").context["form"].fields["procedure"].queryset
    assert practice.filling not in offered
    treatment.refresh_from_db()
    assert treatment.procedure == practice.filling


@pytest.mark.parametrize("role", [User.Role.RECEPTIONIST, User.Role.ACCOUNTANT, User.Role.PRACTITIONER])
def test_others_read_the_schedule_and_change_nothing(practice, role):
    somebody = practice.somebody(role)
    listed = somebody.get("/fees/").content.decode()
    assert "D2140" in listed
    assert "/fees/new/" not in listed
    assert f"/fees/{practice.filling.pk}/" not in listed
    assert somebody.post(f"/fees/{practice.filling.pk}/", CROWN).status_code == 403
    assert somebody.post("/fees/new/", CROWN).status_code == 403


def test_a_page_costs_the_same_however_long_the_schedule_is(practice, manager):
    counts = []
    for more in (2, 60):
        ProcedureFactory.create_batch(more)
        with CaptureQueriesContext(connection) as queries:
            manager.get("/fees/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
