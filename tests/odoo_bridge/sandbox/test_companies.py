"""Several companies in one sandbox, as they were observed on Odoo 17."""

from __future__ import annotations

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from odoo_bridge.sandbox.errors import AccessError, UserError
from odoo_bridge.sandbox.seed import Seed


@pytest.fixture(params=[16, 17, 18, 19])
def user(request):
    """The bridge's user of a sandbox with two companies."""
    sandbox = Sandbox(version=request.param, seed=Seed(companies=(("Clinic West", (("WEST", "West branch"),)),)))
    uid = sandbox.authenticate("sandbox", "bridge", BRIDGE_KEY)

    def call(model, method, *args, **kwargs):
        return sandbox.execute_kw("sandbox", uid, BRIDGE_KEY, model, method, list(args), kwargs)

    yield call
    sandbox.close()


def journal(user, code, company):
    return user("account.journal", "search", [["code", "=", code], ["company_id", "=", company]])[0]


def tax(user, company):
    domain = [["amount", "=", 23.0], ["company_id", "=", company], ["type_tax_use", "=", "sale"]]
    return user("account.tax", "search", domain)[0]


def invoice(user, code, company, taxed=None, **more):
    line = {"name": "Visit", "price_unit": 100.0, "tax_ids": [[6, 0, [taxed or tax(user, company)]]]}
    vals = {
        "move_type": "out_invoice",
        "partner_id": user("res.partner", "create", {"name": "Ann Lee"}),
        "journal_id": journal(user, code, company),
        "invoice_line_ids": [[0, 0, line]],
    }
    return user("account.move", "create", vals, **more)


def test_without_a_company_in_the_context_the_records_of_all_are_seen(user):
    found = user("account.journal", "search_read", [["type", "=", "cash"]], ["company_id"])
    assert sorted(row["company_id"][1] for row in found) == ["Clinic Sandbox", "Clinic West"]


def test_the_context_hides_the_records_of_the_others(user):
    only = {"allowed_company_ids": [2]}
    found = user("account.journal", "search_read", [], ["company_id"], context=only)
    assert {row["company_id"][1] for row in found} == {"Clinic West"}
    first = journal(user, "NORTH", 1)
    with pytest.raises(AccessError, match="doesn't have 'read' access"):
        user("account.journal", "read", [first], ["name"], context=only)


def test_a_company_that_the_user_does_not_work_for_is_refused(user):
    with pytest.raises(AccessError, match="unauthorized or invalid companies"):
        user("res.partner", "search", [], context={"allowed_company_ids": [1, 99]})


def test_the_journal_says_whose_an_invoice_is_and_whose_accounts_it_uses(user):
    there = invoice(user, "WEST", 2)
    user("account.move", "action_post", [there])

    [move] = user("account.move", "read", [there], ["company_id", "state", "amount_total"])
    assert (move["company_id"][1], move["state"], move["amount_total"]) == ("Clinic West", "posted", 123.0)
    lines = user("account.move.line", "search_read", [["move_id", "=", there]], ["account_id", "company_id"])
    used = {line["account_id"][0] for line in lines}
    assert {line["company_id"][0] for line in lines} == {2}
    here = invoice(user, "NORTH", 1)
    lines = user("account.move.line", "search_read", [["move_id", "=", here]], ["account_id"])
    assert used.isdisjoint({line["account_id"][0] for line in lines})


def test_a_tax_of_another_company_is_refused(user):
    with pytest.raises(UserError, match="Incompatible companies on records"):
        invoice(user, "WEST", 2, taxed=tax(user, 1))


def test_a_payment_of_another_company_is_not_counted_and_nobody_says_so(user):
    there = invoice(user, "WEST", 2)
    user("account.move", "action_post", [there])
    partner = user("account.move", "read", [there], ["partner_id"])[0]["partner_id"][0]
    residuals = []
    for company in (1, 2):
        vals = {"payment_type": "inbound", "partner_type": "customer", "partner_id": partner, "amount": 40.0}
        paid = user("account.payment", "create", vals | {"journal_id": journal(user, "CSH1", company)})
        user("account.payment", "action_post", [paid])
        domain = [["payment_id", "=", paid], ["account_id.account_type", "=", "asset_receivable"]]
        [line] = user("account.move.line", "search", domain)
        user("account.move", "js_assign_outstanding_line", [there], line)
        residuals.append(user("account.move", "read", [there], ["amount_residual"])[0]["amount_residual"])
    assert residuals == [123.0, 83.0]
