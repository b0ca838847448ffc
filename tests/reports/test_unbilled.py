"""What was done and not invoiced, the oldest first, one press from its checkout."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.demo.factories import TreatmentFactory
from clinic.invoices import actions
from clinic.reports import unbilled


def _done(practice, hour, fee="50.00", **facts):
    visit = practice.visit(hour)
    return TreatmentFactory(appointment=visit, fee=Decimal(fee), done_at=practice.at(hour), **facts)


def test_only_what_no_issued_invoice_has_is_listed_the_oldest_first(practice):
    late, early, draft, billed = (_done(practice, hour) for hour in (15, 9, 10, 11))
    actions.draft_from(draft.appointment)
    actions.issue(actions.draft_from(billed.appointment))
    assert list(unbilled.unbilled([practice.branch])) == [early, draft, late]
    assert list(unbilled.unbilled([practice.elsewhere])) == []


def test_a_treatment_without_a_visit_is_its_patients_branchs(practice):
    alone = _done(practice, 9)
    type(alone).objects.filter(pk=alone.pk).update(appointment=None)
    assert list(unbilled.unbilled([practice.branch])) == [alone]
    assert list(unbilled.unbilled([practice.elsewhere])) == []


def test_it_comes_to_the_fees_less_discounts(practice):
    _done(practice, 9, "33.35", discount=Decimal("50"))
    _done(practice, 10, "33.35", discount=Decimal("50"))
    _done(practice, 11, "10.00", quantity=3)
    # Half of 33.35 is 16.675, and each of the two is rounded on its own.
    assert [one.amount for one in unbilled.worth_together(unbilled.unbilled([practice.branch]))] == [Decimal("63.36")]


def test_the_page_leads_to_the_checkout(practice, manager, lines):
    treatment = _done(practice, 9)
    actions.draft_from(treatment.appointment)
    page = manager.get("/reports/unbilled/").text
    assert f'href="{reverse("desk:checkout", args=[treatment.appointment_id])}">Check out</a>' in page
    assert "on a draft" in page and "€50.00" in page
    (row,) = lines(manager.get("/reports/unbilled/?as=csv"))
    assert row.startswith("2030-01-15,Ana Silva,") and row.endswith("NORTH,EUR,50.00,yes")


def test_the_page_asks_as_often_whatever_was_done(practice, manager, django_assert_num_queries):
    _done(practice, 9)
    manager.get("/reports/unbilled/")
    with CaptureQueriesContext(connection) as few:
        manager.get("/reports/unbilled/")
    for hour in (10, 11, 14):
        _done(practice, hour)
    with django_assert_num_queries(len(few)):
        manager.get("/reports/unbilled/")
