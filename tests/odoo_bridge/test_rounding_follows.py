"""How a branch rounds is what its books in Odoo say, found by the check of the connection."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

import pytest

from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory
from clinic.invoices import actions
from clinic.invoices.models import Invoice
from clinic.practice.models import Tax
from clinic.practice.taxes import copied
from odoo_bridge import doctor
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_method(peer):
    """Lets the company round another way, as its administrator does, until the test ends."""

    def set_to(method):
        odoo = sqlite3.connect(peer.file, timeout=30)
        with odoo:
            odoo.execute("UPDATE res_company SET tax_calculation_rounding_method = ?", (method,))
        odoo.close()

    yield set_to
    set_to("round_per_line")


@pytest.fixture
def draft(practice):
    """Three lines with a third of a cent of tax each: by line they are taxed one cent, together two."""
    tax = Tax.objects.create(name="13.5 %", rate=Decimal("13.5"))
    draft = InvoiceFactory(branch=practice.branch, patient=practice.patient())
    for position in range(3):
        InvoiceLineFactory(invoice=draft, position=position, unit_price=Decimal("0.05"), taxes=copied([tax]))
    return draft


def rounding_findings(connection):
    return [finding for finding in doctor.examine(connection) if finding.check == "rounding"]


def test_a_branch_and_its_drafts_follow_what_the_books_say(practice, connection, set_method, draft):
    issued = practice.invoice("1.00")
    set_method("round_globally")
    [finding] = rounding_findings(connection)
    assert finding.ok and "once per invoice" in finding.says and "drafts" in finding.fix
    practice.branch.refresh_from_db()
    assert practice.branch.rounding == "total-16"
    draft.refresh_from_db()
    assert (draft.rounding, draft.tax) == ("total-16", Decimal("0.02"))
    assert Invoice.objects.get(pk=issued.pk).rounding == "line-16"
    [finding] = rounding_findings(connection)
    assert finding.ok and not finding.fix


@pytest.mark.parametrize(("method", "tax"), [("round_per_line", "0.03"), ("round_globally", "0.02")])
def test_what_the_desk_shows_is_what_odoo_posts(practice, connection, books, set_method, draft, method, tax):
    set_method(method)
    doctor.examine(connection)
    practice.branch.refresh_from_db()
    invoice = actions.issue(Invoice.objects.get(pk=draft.pk))
    assert invoice.tax == Decimal(tax)
    settle(connection)
    move = books.of(invoice, "state", "amount_tax", "amount_total")
    assert move["state"] == "posted"
    assert (Decimal(str(move["amount_tax"])), Decimal(str(move["amount_total"]))) == (invoice.tax, invoice.total)


def test_several_taxes_of_a_line_reach_odoo(practice, connection, books):
    rates = ("13.5", "15")
    taxes = [Tax.objects.create(name=rate, rate=Decimal(rate)) for rate in rates]
    draft = InvoiceFactory(branch=practice.branch, patient=practice.patient())
    InvoiceLineFactory(invoice=draft, unit_price=Decimal("10.01"), taxes=copied(taxes))
    invoice = actions.issue(draft)
    assert (invoice.untaxed, invoice.tax) == (Decimal("10.01"), Decimal("2.85"))
    settle(connection)
    move = books.of(invoice, "state", "amount_tax", "invoice_line_ids")
    assert (move["state"], move["amount_tax"]) == ("posted", 2.85)
    [line] = books.odoo.read("account.move.line", move["invoice_line_ids"], ["tax_ids"])
    assert len(line["tax_ids"]) == 2
