"""From a visit to an invoice with a number."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from clinic.demo.factories import (
    AppointmentFactory,
    BranchFactory,
    ChairFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    ProcedureFactory,
    TaxFactory,
    TreatmentFactory,
)
from clinic.invoices import actions
from clinic.invoices.actions import InvoiceError
from clinic.invoices.models import Invoice, NumberSeries
from clinic.invoices.queries import tab_of
from clinic.practice.models import Tax
from clinic.totals import Rounding
from tests.provision.racing import race


@pytest.fixture
def visit(db):
    parent = PatientFactory()
    return AppointmentFactory(patient=PatientFactory(payer=parent, branch=parent.branch))


def test_a_visit_becomes_a_draft_with_a_line_for_each_treatment(visit):
    tax = TaxFactory(name="VAT 13.5%", rate=Decimal("13.5"))
    actions.record_treatment(visit, ProcedureFactory(fee=Decimal("349.00"), taxes=[tax]))
    actions.record_treatment(visit, ProcedureFactory(fee=Decimal("6.50"), taxes=[]), quantity=2)
    draft = actions.draft_from(visit)
    assert (draft.untaxed, draft.tax, draft.total) == (Decimal("362.00"), Decimal("47.12"), Decimal("409.12"))
    assert (draft.payer, draft.patient, draft.number) == (visit.patient.payer, visit.patient, None)


def test_a_later_treatment_joins_the_draft_and_is_billed_once(visit):
    TreatmentFactory(appointment=visit)
    draft = actions.draft_from(visit)
    TreatmentFactory(appointment=visit)
    again = actions.draft_from(visit)
    assert (again, again.lines.count()) == (draft, 2)
    assert actions.draft_from(visit).lines.count() == 2


def test_a_visit_with_nothing_left_to_bill_is_refused(visit):
    with pytest.raises(InvoiceError, match="nothing to invoice"):
        actions.draft_from(visit)
    TreatmentFactory(appointment=visit)
    actions.issue(actions.draft_from(visit))
    with pytest.raises(InvoiceError, match="nothing to invoice"):
        actions.draft_from(visit)


def test_a_fee_in_another_currency_is_refused(visit):
    actions.record_treatment(visit, ProcedureFactory(currency="USD"))
    with pytest.raises(InvoiceError, match="not in EUR"):
        actions.draft_from(visit)


def test_an_issued_invoice_has_a_number_a_date_and_a_due_date(visit):
    TreatmentFactory(appointment=visit)
    invoice = actions.issue(actions.draft_from(visit), on=date(2026, 3, 1), days=30)
    assert invoice.number == f"{invoice.branch.code}/2026/00001"
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 3, 1), date(2026, 3, 31))


def test_issuing_twice_gives_one_number(make_issued, db):
    invoice = make_issued()
    assert actions.issue(invoice).number == invoice.number
    assert NumberSeries.objects.get().last == 1


def test_an_invoice_without_lines_is_not_issued(db):
    with pytest.raises(InvoiceError, match="at least one line"):
        actions.issue(InvoiceFactory())


def test_each_branch_and_year_counts_for_itself(db):
    north, south = BranchFactory(), BranchFactory()
    numbers = []
    for branch, year in [(north, 2025), (north, 2026), (north, 2026), (south, 2026)]:
        draft = InvoiceLineFactory(invoice__branch=branch).invoice
        numbers.append(actions.issue(draft, on=date(year, 6, 1)).number)
    assert numbers == [
        f"{north.code}/2025/00001",
        f"{north.code}/2026/00001",
        f"{north.code}/2026/00002",
        f"{south.code}/2026/00001",
    ]


def test_the_date_is_the_one_on_the_branchs_wall(db):
    far = BranchFactory(time_zone="Pacific/Kiritimati")
    behind = BranchFactory(time_zone="Pacific/Pago_Pago")
    days = [actions.issue(InvoiceLineFactory(invoice__branch=branch).invoice).issued_on for branch in (far, behind)]
    assert days == [far.today(), behind.today()]
    assert days[0] - days[1] >= timedelta(days=1)


class Abandoned(Exception):
    """Somebody's transaction ends badly after the number was given."""


def issue_or_abandon(draft, abandon):
    with transaction.atomic():
        invoice = actions.issue(draft, on=date(2026, 5, 4))
        if abandon:
            raise Abandoned
    return invoice


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_after_32_parallel_issues_some_of_which_are_abandoned():
    branch = BranchFactory()
    drafts = [InvoiceLineFactory(invoice__branch=branch).invoice for _ in range(32)]

    results = race(partial(issue_or_abandon, draft, number % 4 == 3) for number, draft in enumerate(drafts))

    assert sum(isinstance(result, Abandoned) for result in results) == 8, results
    issued = Invoice.objects.issued().order_by("number").values_list("number", flat=True)
    assert list(issued) == [f"{branch.code}/2026/{number:05d}" for number in range(1, 25)]


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_check_out_one_visit_bill_it_once():
    visit = AppointmentFactory(chair=ChairFactory())
    TreatmentFactory(appointment=visit)
    results = race([partial(actions.draft_from, visit)] * 8)
    assert {result.pk for result in results} == {Invoice.objects.get().pk}
    assert Invoice.objects.get().lines.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_issue_one_draft_give_it_one_number():
    draft = InvoiceLineFactory().invoice
    numbers = {result.number for result in race([partial(actions.issue, draft)] * 8)}
    assert numbers == {Invoice.objects.get().number}
    assert NumberSeries.objects.get().last == 1


def test_several_taxes_are_copied_to_the_line_and_stay_as_they_were(visit):
    taxes = [TaxFactory(name="VAT", rate=Decimal("13.5")), TaxFactory(name="Levy", rate=Decimal("2.5"))]
    actions.record_treatment(visit, ProcedureFactory(fee=Decimal("10.01"), taxes=taxes))
    invoice = actions.issue(actions.draft_from(visit))
    Tax.objects.update(rate=50)
    line = Invoice.objects.get(pk=invoice.pk).lines.get()
    assert line.tax_rates == [Decimal("2.5"), Decimal("13.5")]
    assert (invoice.tax, line.amounts.tax) == (Decimal("1.60"), Decimal("1.60"))


def test_the_tab_and_the_invoice_are_rounded_as_the_branch_is(visit):
    tax = TaxFactory(rate=Decimal("13.5"))
    for _ in range(3):
        actions.record_treatment(visit, ProcedureFactory(fee=Decimal("0.05"), taxes=[tax]))
    assert tab_of(visit).amounts.tax == Decimal("0.03")
    actions.round_as(visit.branch, Rounding.TOTAL_16)
    assert tab_of(visit).amounts.tax == Decimal("0.02")
    invoice = actions.issue(actions.draft_from(visit))
    assert (invoice.tax, invoice.rounding) == (Decimal("0.02"), "total-16")
    actions.round_as(visit.branch, Rounding.LINE_19)
    assert Invoice.objects.get(pk=invoice.pk).rounding == "total-16"
