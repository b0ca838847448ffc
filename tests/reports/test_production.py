"""Production and collection by practitioner: nothing counted twice, and not a cent lost in sharing."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.demo.factories import (
    AppointmentFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PractitionerFactory,
    TreatmentFactory,
)
from clinic.invoices import actions
from clinic.invoices.models import Allocation, Invoice, Standing
from clinic.reports import production
from clinic.reports.periods import Period

JANUARY = Period("", date(2030, 1, 1), date(2030, 1, 31))
CENT = Decimal("0.01")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cents=st.integers(-10_000_000, 10_000_000),
    weights=st.dictionaries(st.integers(), st.integers(0, 1_000_000).map(Decimal), min_size=1, max_size=20),
)
def test_parts_add_up_and_are_within_a_cent_of_their_share(cents, weights):
    amount = cents * CENT
    parts = production.split(amount, weights, CENT)
    assert sum(parts.values()) == amount and set(parts) == set(weights)
    whole = sum(weights.values())
    for key, weight in weights.items():
        share = amount * weight / whole if whole else amount / len(weights)
        assert abs(parts[key] - share) < CENT


def test_the_largest_remainder_gets_the_cent():
    parts = production.split(Decimal("0.10"), {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)}, CENT)
    assert parts == {"a": Decimal("0.04"), "b": Decimal("0.03"), "c": Decimal("0.03")}
    assert production.split(Decimal(10), {"a": Decimal(1), "b": Decimal(2)}, Decimal(1)) == {"a": 3, "b": 7}


def _treated(practice, practitioner, fee, **facts):
    visit = facts.pop("visit", None) or AppointmentFactory(chair__branch=practice.branch)
    facts = {"done_at": practice.at(10)} | facts
    return TreatmentFactory(appointment=visit, practitioner=practitioner, fee=Decimal(fee), **facts)


def _invoiced(practice, treatments, on=date(2030, 1, 15)):
    draft = InvoiceFactory(branch=practice.branch)
    for treatment in treatments:
        InvoiceLineFactory(invoice=draft, treatment=treatment, unit_price=treatment.fee, discount=treatment.discount)
    return actions.issue(draft, on=on)


def test_each_gets_their_lines_of_an_invoice_and_of_what_is_paid_for_it(practice):
    visit = practice.visit(9)
    mine = _treated(practice, practice.okafor, "100.00", visit=visit, discount=Decimal("10"))
    hers = _treated(practice, practice.lindqvist, "45.00", visit=visit)
    invoice = _invoiced(practice, [mine, hers])
    actions.take_payment(invoice, Decimal("10.00"), "card", on=date(2030, 1, 20))
    actions.take_payment(invoice, Decimal("5.00"), "card", on=date(2030, 2, 1))
    first, second = production.report([practice.branch], JANUARY)
    assert (second.practitioner, second.produced, second.invoiced) == (
        practice.okafor,
        Decimal("90.00"),
        Decimal("90.00"),
    )
    assert (first.practitioner, first.produced, first.invoiced) == (practice.lindqvist, 45, 45)
    assert (second.collected, first.collected) == (Decimal("6.67"), Decimal("3.33"))
    assert (second.ratio, first.ratio) == (Decimal("7.4"), Decimal("7.4"))


def test_what_was_sold_besides_treatments_is_nobodys(practice):
    draft = InvoiceFactory(branch=practice.branch)
    InvoiceLineFactory(invoice=draft, unit_price=Decimal("12.00"))
    actions.issue(draft, on=date(2030, 1, 15))
    (row,) = production.report([practice.branch], JANUARY)
    assert (row.practitioner, row.produced, row.invoiced, row.ratio) == (None, 0, 12, 0)


def test_what_is_outside_of_the_period_or_cancelled_does_not_count(practice):
    _treated(practice, practice.okafor, "10.00", done_at=practice.at(10, day=date(2030, 2, 1)))
    # Half an hour before midnight in Dublin is still January there.
    _treated(practice, practice.okafor, "7.00", done_at=practice.at(23, 30, day=date(2030, 1, 31)))
    cancelled = _invoiced(practice, [_treated(practice, practice.okafor, "20.00")])
    Standing.objects.create(invoice=cancelled, state=Standing.State.CANCELLED, residual=0)
    _invoiced(practice, [_treated(practice, practice.okafor, "30.00")], on=date(2029, 12, 31))
    (row,) = production.report([practice.branch], JANUARY)
    assert (row.produced, row.invoiced) == (Decimal("57.00"), 0)
    assert production.report([practice.elsewhere], JANUARY) == []


def _busy(practice, random, number):
    people = [practice.okafor, practice.lindqvist, PractitionerFactory(branches=[practice.branch])]
    for _ in range(number):
        visit = AppointmentFactory(chair__branch=practice.branch)
        some = [
            _treated(practice, random.choice(people), Decimal(random.randrange(1, 50_000)) / 100, visit=visit)
            for _ in range(random.randrange(1, 4))
        ]
        invoice = _invoiced(practice, some)
        for _ in range(random.randrange(3)):
            amount = (invoice.balance * Decimal(random.random())).quantize(CENT)
            if amount:
                actions.take_payment(invoice, amount, "cash")


@pytest.mark.parametrize("seed", range(3))
def test_all_shares_come_to_what_was_invoiced_and_paid_to_the_cent(practice, seed):
    _busy(practice, Random(seed), 25)
    (row,) = production.totals(production.report([practice.branch], JANUARY))
    invoiced = Invoice.objects.aggregate(sum=Sum("total"))["sum"]
    paid = Allocation.objects.aggregate(sum=Sum("amount"))["sum"]
    assert row.invoiced == row.produced == invoiced.quantize(CENT)
    assert row.collected == paid.quantize(CENT)


def test_the_page_asks_as_often_whatever_was_done(practice, manager, django_assert_num_queries):
    _busy(practice, Random(5), 3)
    manager.get("/reports/production/?period=year")
    with CaptureQueriesContext(connection) as few:
        manager.get("/reports/production/?period=year")
    _busy(practice, Random(6), 20)
    with django_assert_num_queries(len(few)):
        manager.get("/reports/production/?period=year")


def test_the_page_and_its_file_show_the_period_that_was_chosen(practice, manager, lines):
    _treated(practice, practice.okafor, "64.00")
    asked = "/reports/production/?from=2030-01-15&to=2030-01-15"
    assert "€64.00" in manager.get(asked).text
    assert lines(manager.get(asked + "&as=csv")) == ["Dr Okafor,EUR,64.00,0,0,"]
    assert "Nothing in this period" in manager.get("/reports/production/?from=2030-01-16&to=2030-01-16").text
