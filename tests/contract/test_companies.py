"""A connection whose user works for several companies: each branch's books are in its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clinic.demo.factories import BranchFactory, TaxFactory
from clinic.invoices.models import NumberSeries
from odoo_bridge import doctor
from odoo_bridge.models import BranchBooks
from tests.contract.test_every_mapping import settle


@pytest.fixture
def elsewhere(practice, connection, accountant):
    """A branch whose journal is another company's; the company has the taxes and journals that a clinic needs."""
    if len(connection.companies) < 2:
        pytest.skip("The user works for one company only: let it work for a second one with a sales journal WEST.")
    own = BranchBooks.objects.get(branch=practice.branch).company_id
    wanted = [["type", "=", "sale"], ["company_id", "!=", own], ["code", "=", "WEST"]]
    [journal] = accountant.search_read("account.journal", wanted, ["code", "company_id"], limit=1)
    branch = BranchFactory(code="WEST", name="Clinic West", currency="EUR")
    year = branch.today().year
    taken = accountant.search_read("account.move", [["name", "=like", f"WEST/{year}/%"]], ["name"])
    last = max((int(row["name"].rpartition("/")[2]) for row in taken), default=0)
    NumberSeries.objects.create(branch=branch, year=year, last=last)
    TaxFactory(rate=Decimal("13.5"))
    doctor.examine(connection)
    assert BranchBooks.objects.get(branch=branch).company_id == journal["company_id"][0] != own
    return branch


def test_invoices_and_payments_of_two_companies_go_in_one_batch_each_to_its_own(practice, connection, books, elsewhere):
    patient = practice.patient()
    here = practice.invoice(patient=patient)
    practice.branch = elsewhere
    there = practice.invoice(patient=patient)
    paid = {invoice.pk: practice.payment("40.00", invoice) for invoice in (here, there)}

    settle(connection)

    companies = {}
    for invoice in (here, there):
        move = books.of(invoice, "company_id", "state", "amount_residual", "name", "partner_id")
        assert (move["state"], move["name"]) == ("posted", invoice.number)
        assert Decimal(str(move["amount_residual"])) == invoice.total - 40
        assert move["partner_id"][0] == books.odoo_id(patient)
        assert books.of(paid[invoice.pk], "company_id")["company_id"] == move["company_id"]
        companies[invoice.pk] = move["company_id"][0]
    assert companies[here.pk] != companies[there.pk]
