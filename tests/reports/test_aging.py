"""What is owed agrees with the balance of every invoice to the cent, whoever paid what and whatever the books say."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory, PatientFactory
from clinic.invoices import actions
from clinic.invoices.models import Invoice, Standing
from clinic.reports import aging

TODAY = date(2030, 1, 16)


def _issued(price, due=TODAY, **facts):
    draft = InvoiceFactory(**facts)
    InvoiceLineFactory(invoice=draft, unit_price=Decimal(price))
    return actions.issue(draft, on=due, days=0)


def _somebody_owes(practice, random, number):
    """Make invoices of which some are paid, partly paid, cancelled, or known to the books, in three currencies."""
    payers = [PatientFactory(branch=practice.branch) for _ in range(4)]
    for _ in range(number):
        invoice = _issued(
            Decimal(random.randrange(1, 99_999)) / 100,
            TODAY - timedelta(days=random.randrange(-20, 130)),
            branch=random.choice([practice.branch, practice.elsewhere]),
            patient=random.choice(payers),
            payer=random.choice(payers),
            currency=random.choice(["EUR", "EUR", "JPY", "KWD"]),
        )
        if invoice.total and random.random() < 0.5:
            share = aging.round_money(invoice.total * Decimal(random.random()), invoice.currency)
            if share:
                actions.take_payment(invoice, share, "card")
        if random.random() < 0.3:
            state = random.choice([Standing.State.PARTIAL, Standing.State.CANCELLED, Standing.State.REVERSED])
            residual = aging.round_money(invoice.total / 2, invoice.currency)
            Standing.objects.create(invoice=invoice, state=state, residual=residual)


def _column(due):
    late = (TODAY - due).days
    return next(at for at, most in enumerate([0, 30, 60, 90, 10_000]) if late <= most)


def _by_balances(branches):
    sums = defaultdict(lambda: [Decimal(0)] * 5)
    for invoice in Invoice.objects.filter(branch__in=branches).select_related("standing"):
        if invoice.state(TODAY) not in {"cancelled", "credited"} and invoice.balance > 0:
            who = invoice.payer_id, invoice.patient_id, invoice.branch_id, invoice.currency
            sums[who][_column(invoice.due_on)] += invoice.balance
    return {who: tuple(amounts) for who, amounts in sums.items()}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_owed_is_the_sum_of_the_balances_to_the_cent(practice, seed):
    _somebody_owes(practice, Random(seed), 40)
    branches = [practice.branch, practice.elsewhere]
    expected = _by_balances(branches)
    assert len(expected) > 8
    rows = aging.read(aging.owing(branches), branches)
    assert {(one.payer.pk, one.patient.pk, one.branch.pk, one.currency): one.amounts for one in rows} == expected
    totals = defaultdict(Decimal)
    for (_, _, branch, currency), amounts in expected.items():
        totals[branch, currency] += sum(amounts)
    assert {(one.branch.pk, one.currency): one.total for one in aging.totals(branches)} == totals


@pytest.mark.parametrize(
    ("late", "column"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (400, 4)]
)
def test_days_past_due_choose_the_column(practice, late, column):
    _issued("10.00", TODAY - timedelta(days=late), branch=practice.branch)
    (row,) = aging.totals([practice.branch])
    assert [bool(amount) for amount in row.amounts] == [at == column for at in range(5)]


def test_a_day_is_over_when_it_is_over_at_the_branch(practice, time_machine):
    time_machine.move_to("2030-01-16T23:30:00+00:00")
    _issued("10.00", TODAY, branch=practice.branch)
    _issued("10.00", TODAY, branch=practice.elsewhere)
    rows = {row.branch: row.amounts for row in aging.totals([practice.branch, practice.elsewhere])}
    # In Madrid it is the seventeenth already.
    assert rows[practice.branch][0] == rows[practice.elsewhere][1] == Decimal("10.00")


def test_what_a_merged_record_owes_is_owed_by_the_one_that_is_left(practice):
    loser, survivor = PatientFactory(), PatientFactory()
    _issued("10.00", branch=practice.branch, patient=loser, payer=loser)
    _issued("15.00", branch=practice.branch, patient=survivor, payer=survivor)
    type(loser).objects.filter(pk=loser.pk).update(merged_into=survivor)
    (row,) = aging.read(aging.owing([practice.branch]), [practice.branch])
    assert (row.payer, row.total) == (survivor, Decimal("25.00"))


def test_the_page_and_its_file_tell_who_owes_and_where_to_call(practice, manager, lines):
    child = PatientFactory(given_name="Tiny", family_name="=Silva", branch=practice.branch)
    _issued("80.00", TODAY - timedelta(days=40), branch=practice.branch, patient=child, payer=practice.ana)
    page = manager.get("/reports/").text
    assert "Ana Silva" in page and "+353 88 123 4567" in page and "€80.00" in page
    (row,) = lines(manager.get("/reports/?as=csv"))
    assert row.startswith("Ana Silva,Tiny =Silva,") and row.endswith("NORTH,EUR,0.00,0.00,80.00,0.00,0.00,80.00")
    assert lines(manager.get(f"/reports/?as=csv&branch={practice.elsewhere.pk}")) == []
    assert len(lines(manager.get("/reports/?as=csv&branch=all"))) == 1


def test_the_page_asks_as_often_whatever_is_owed(practice, manager, django_assert_num_queries):
    _issued("80.00", branch=practice.branch, patient=practice.ana, payer=practice.ana)
    manager.get("/reports/?branch=all")
    with CaptureQueriesContext(connection) as few:
        manager.get("/reports/?branch=all")
    _somebody_owes(practice, Random(1), 30)
    with django_assert_num_queries(len(few)):
        manager.get("/reports/?branch=all")
