"""Receipts, statements and estimates as files."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.demo.factories import (
    BranchFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    UserFactory,
)
from clinic.invoices import actions, paper, pdf
from clinic.invoices.statements import statement
from clinic.staff.models import User
from clinic.treatments.actions import accept, add_item, draw_up, propose

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "es", "fr", "ar"]


@pytest.fixture
def branch():
    return BranchFactory(code="NORTH", name="Northside", currency="EUR")


@pytest.fixture
def payer(branch):
    return PatientFactory(branch=branch, given_name="Ana", family_name="Silva", language="en")


@pytest.fixture
def billed(branch, payer):
    """A factory of invoices of the payer, issued a number of days ago."""

    def make(price="120.00", days_ago=0):
        draft = InvoiceFactory(branch=branch, patient=payer, payer=payer)
        InvoiceLineFactory(invoice=draft, unit_price=Decimal(price))
        return actions.issue(draft, on=branch.today() - timedelta(days=days_ago), days=0)

    return make


@pytest.fixture
def plan(branch, payer):
    drawn = draw_up(payer, PractitionerFactory(branches=[branch]), branch, "Crown")
    crown = ProcedureFactory(name="Crown", fee=Decimal("600.00"), currency="EUR", taxes=[])
    add_item(drawn.phases.get(), crown, tooth="36")
    return propose(drawn)


def content(said, reader, *args):
    with paper.in_the_language_of(reader):
        return said(*args).content()


def test_a_receipt_says_what_was_paid_and_what_is_left(billed, payer):
    invoice = billed("120.00")
    payment = actions.take_payment(invoice, Decimal("50.00"), "cash")
    said = content(pdf.receipt_says, payer, payment)
    assert said["tables"][0]["rows"] == [[invoice.number, "€120.00", "€50.00", "€70.00"]]
    assert said["sums"] == [["Received", "€50.00"]]
    assert said["party"][0] == "Ana Silva"


def test_a_statement_leads_from_the_opening_balance_to_the_closing_one(billed, payer, branch):
    old, new = billed("100.00", days_ago=40), billed("80.00", days_ago=5)
    paid = actions.take_payment(old, Decimal("30.00"), "cash", on=branch.today() - timedelta(days=3))
    today = branch.today()
    (account,) = statement(payer, branch, today - timedelta(days=10), today)
    assert account.opening == Decimal(100)
    assert [(entry.of, entry.amount, entry.balance) for entry in account.entries] == [
        (new, Decimal(80), Decimal(180)),
        (paid, Decimal(-30), Decimal(150)),
    ]
    assert account.closing == Decimal(150)
    assert account.ages == [0, 80, 70, 0, 0]


def test_what_another_person_or_branch_was_billed_is_on_no_statement_of_mine(billed, payer, branch, make_issued):
    billed("100.00")
    make_issued("70.00", branch=branch, patient=payer, payer=PatientFactory(branch=branch))
    make_issued("60.00", branch=BranchFactory(currency="EUR"), patient=payer, payer=payer)
    (account,) = statement(payer, branch, branch.today(), branch.today())
    assert account.closing == Decimal(100)


def test_a_statement_of_nothing_says_nothing_is_owed(payer, branch):
    said = content(pdf.statement_says, payer, payer, branch, date(2026, 1, 1), date(2026, 12, 31))
    assert [row[-1] for row in said["tables"][0]["rows"]] == ["€0.00", "€0.00"]


def test_a_statement_takes_as_many_queries_for_many_invoices_as_for_one(
    billed, payer, branch, django_assert_max_num_queries
):
    for _ in range(6):
        billed("10.00")
    with django_assert_max_num_queries(8):
        pdf.of_statement(payer, branch, branch.today(), branch.today())


def test_an_estimate_says_what_it_would_cost_until_when_and_where_to_sign(plan, payer):
    said = content(pdf.estimate_says, payer, plan)
    assert said["tables"][0]["rows"] == [["Crown on 36", "1", "€600.00", "–", "€600.00"]]
    assert said["sums"][-1] == ["Total", "€600.00"]
    assert "Valid until" in dict(said["facts"])
    assert said["to_sign"] == ["Name", "Date", "Signature"]


def test_an_accepted_estimate_says_who_accepted_and_asks_for_no_signature(plan, payer):
    accept(plan, "Ana Silva")
    plan.refresh_from_db()
    said = content(pdf.estimate_says, payer, plan)
    assert "Accepted by Ana Silva on" in said["notes"][-1]
    assert (said["to_sign"], "Valid until" in dict(said["facts"])) == ([], False)


def test_an_estimate_that_was_signed_shows_the_signature(plan, payer):
    before = pdf.of_estimate(accepted := accept(plan, "Ana Silva"))
    assert content(pdf.estimate_says, payer, accepted)["signature"] == ""
    accepted.signature = "M10 20L30 40"
    accepted.save()
    assert 'd="M10 20L30 40"' in content(pdf.estimate_says, payer, accepted)["signature"]
    assert pdf.of_estimate(accepted) != before


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_is_set_in_every_language_and_gives_the_same_bytes_again(language, billed, plan, payer, branch):
    payer.language = language
    payer.save()
    payment = actions.take_payment(billed("120.00"), Decimal("50.00"), "cash")
    payment.payer = plan.payer = payer
    first = branch.today() - timedelta(days=10)
    for make in (
        lambda: pdf.of_receipt(payment),
        lambda: pdf.of_statement(payer, branch, first, branch.today()),
        lambda: pdf.of_estimate(plan),
    ):
        made = make()
        assert made.startswith(b"%PDF-")
        assert made == make()


def test_the_desk_opens_the_papers_and_nobody_keeps_them(client, billed, plan, payer, branch):
    payment = actions.take_payment(billed("120.00"), Decimal("50.00"), "cash")
    client.force_login(UserFactory(branches=[branch]))
    pages = [f"payments/{payment.pk}/pdf", f"statements/{payer.pk}", f"estimates/{plan.pk}"]
    for page in pages:
        answer = client.get(f"/invoices/{page}/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf"), page
        assert answer["Content-Disposition"].startswith("inline; ")
        assert answer["Cache-Control"] == "private, no-store"
        assert "Silva" not in answer["Content-Disposition"]
    client.force_login(UserFactory(branches=[BranchFactory()], role=User.Role.MANAGER))
    assert {client.get(f"/invoices/{page}/").status_code for page in pages} == {404}


@pytest.mark.parametrize("asked", ["from=2026-05-01&to=2026-04-01", "from=x&to=y", "from=0001-01-01", "to=9999-12-31"])
def test_whatever_period_is_asked_for_there_is_a_statement(client, payer, branch, asked):
    client.force_login(UserFactory(branches=[branch]))
    assert client.get(f"/invoices/statements/{payer.pk}/?{asked}").status_code == 200


def test_the_pages_lead_to_their_papers(client, billed, plan, payer, branch):
    payment = actions.take_payment(billed("120.00"), Decimal("50.00"), "cash")
    client.force_login(UserFactory(branches=[branch]))
    assert f"/invoices/payments/{payment.pk}/pdf/" in client.get(f"/invoices/payments/{payment.pk}/").text
    assert f"/invoices/statements/{payer.pk}/" in client.get(f"/patients/{payer.pk}/").text
    assert f"/invoices/estimates/{plan.pk}/" in client.get(plan.get_absolute_url()).text
