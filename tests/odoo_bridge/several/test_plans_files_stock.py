"""Plans, files and the stock, where there are several companies and several Odoos."""

from __future__ import annotations

import pytest

from clinic.invoices.models import InvoiceDocument
from clinic.supplies.models import Supply
from odoo_bridge import connecting
from odoo_bridge.models import BranchBooks, Connection
from tests.odoo_bridge.several.test_where_records_land import COMPANY, ODOO


def test_a_plan_is_the_order_of_its_branchs_company(chain):
    patient = chain.patient(chain.at_north)
    made = {branch.code: chain.plan(branch, patient) for branch in chain.branches}

    chain.settle()

    for code, plan in made.items():
        assert chain.where(plan) == {ODOO[code]}
        [connection] = [one for one in chain.connections() if one.name == ODOO[code]]
        order = chain.of(plan, connection, "company_id", "amount_total")
        assert (order["company_id"][1], order["amount_total"]) == (COMPANY[code], 964.75)


def test_a_plan_of_a_branch_whose_company_is_not_known_waits_for_a_person(chain):
    BranchBooks.objects.filter(branch=chain.at_west).update(journal_id=None, company_id=None)
    plan = chain.plan(chain.at_west, chain.patient(chain.at_west))

    chain.run(3)

    link = chain.link(plan)
    assert (link.needs_person, link.odoo_id) == (True, None)
    assert link.reason.startswith("No company in Odoo is known for branch WEST.")


def test_the_file_of_an_invoice_goes_where_the_invoice_is_though_its_branch_has_moved(chain):
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    chain.settle()

    connecting.assign(chain.far, [chain.at_far, chain.at_west])
    Connection.objects.update(disclosure=Connection.Disclosure.FULL)
    invoice.save()
    chain.settle()

    document = InvoiceDocument.objects.get(pk=invoice.pk)
    assert chain.where(document) == {"Near"}
    held = chain.of(document, chain.near, "res_id")
    assert held["res_id"] == chain.link(invoice).odoo_id


@pytest.mark.parametrize("code", ["GLV-M", "MSK-II"])
def test_each_odoo_has_a_stock_of_its_own(chain, code):
    chain.run()
    chain.run()
    keys = Supply.objects.filter(code=code).values_list("key", flat=True)
    assert {key.partition(":")[0] for key in keys} == {str(chain.near.pk), str(chain.far.pk)}
    assert len(keys) == 2
