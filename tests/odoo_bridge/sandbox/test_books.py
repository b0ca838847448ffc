"""Invoices, payments and what ties them together."""

from __future__ import annotations

import pytest

from odoo_bridge.sandbox import OdooError, Sandbox
from tests.odoo_bridge.sandbox.conftest import Clock, User

FIELDS = ("state", "payment_state", "amount_residual")


def posted(user: User, **more: object) -> int:
    move = user.invoice(**more)
    assert user("account.move", "action_post", [move]) is False
    return move


def pay(user: User, move: int, amount: float) -> int:
    context = {"active_model": "account.move", "active_ids": [move]}
    wizard = user("account.payment.register", "create", {"amount": amount}, context=context)
    made: int = user("account.payment.register", "action_create_payments", [wizard])["res_id"]
    return made


def standing(user: User, move: int) -> tuple[str, str, float]:
    row = user.one("account.move", move, *FIELDS)
    return row["state"], row["payment_state"], row["amount_residual"]


def load_payment(user: User, partner: int, amount: str, note: str = "ref") -> int:
    head = ["id", "payment_type", "partner_type", "partner_id/.id", "amount", "date", "journal_id/.id", note]
    row = ["c.pay", "inbound", "customer", partner, amount, "2026-11-21", user.journal("BNK1"), "OUR-1"]
    (made,) = user("account.payment", "load", head, [row])["ids"]
    return made


def open_line(user: User, payment: int) -> int:
    domain = [["payment_id", "=", payment], ["account_type", "=", "asset_receivable"]]
    return user("account.move.line", "search", domain)[0]


def test_posting_twice_is_refused(bridge: User) -> None:
    move = posted(bridge)
    with pytest.raises(OdooError, match="must be in draft"):
        bridge("account.move", "action_post", [move])


def test_posting_a_list_is_all_or_nothing(bridge: User) -> None:
    good, bad = bridge.invoice(), bridge("account.move", "create", {"move_type": "out_invoice"})
    with pytest.raises(OdooError, match="add a line"):
        bridge("account.move", "action_post", [good, bad])
    assert standing(bridge, good)[0] == "draft"


@pytest.mark.parametrize("version", (16, 17, 18, 19))
def test_a_given_number_is_kept_and_continued(version: int, bridge: User) -> None:
    north = bridge.journal("NORTH")
    move = posted(bridge, name="NORTH/2026/34674", journal_id=north)
    row = bridge.one("account.move", move, "name", "payment_reference")
    assert (row["name"], row["payment_reference"]) == ("NORTH/2026/34674", "NORTH/2026/34674")
    following = posted(bridge, journal_id=north)
    assert bridge.one("account.move", following, "name")["name"] == "NORTH/2026/34675"


def test_a_number_of_another_year_is_not_kept(bridge: User) -> None:
    north = bridge.journal("NORTH")
    posted(bridge, name="NORTH/2026/00007", journal_id=north)
    move = posted(bridge, name="NORTH/2025/00001", journal_id=north)
    assert bridge.one("account.move", move, "name")["name"] == "NORTH/2026/00008"


def test_a_taken_number_is_refused_at_posting_only(bridge: User) -> None:
    north = bridge.journal("NORTH")
    posted(bridge, name="NORTH/2026/00007", journal_id=north)
    second = bridge.invoice(name="NORTH/2026/00007", journal_id=north)
    with pytest.raises(OdooError, match="same name"):
        bridge("account.move", "action_post", [second])


def test_the_first_draft_of_a_period_is_numbered_at_once_on_17(bridge: User) -> None:
    first, second = bridge.invoice(), bridge.invoice()
    names = [row["name"] for row in bridge("account.move", "read", [first, second], ["name"])]
    assert names == ["INV/2026/00001", "/"]


@pytest.mark.parametrize("version", (19,))
def test_drafts_have_no_number_on_19(version: int, bridge: User) -> None:
    assert bridge.one("account.move", bridge.invoice(), "name")["name"] is False


def test_a_new_year_starts_at_one(bridge: User) -> None:
    posted(bridge)
    move = posted(bridge, invoice_date="2027-01-02")
    assert bridge.one("account.move", move, "name")["name"] == "INV/2027/00001"


def test_the_number_survives_draft_and_posting_again(bridge: User) -> None:
    move = posted(bridge)
    name = bridge.one("account.move", move, "name")["name"]
    assert bridge("account.move", "button_draft", [move]) is None
    bridge("account.move", "action_post", [move])
    assert bridge.one("account.move", move, "name")["name"] == name


def test_a_part_payment_and_the_rest(bridge: User) -> None:
    move = posted(bridge)
    pay(bridge, move, 40.0)
    assert standing(bridge, move) == ("posted", "partial", 150.9)
    pay(bridge, move, 150.9)
    assert standing(bridge, move) == ("posted", "paid", 0.0)


def test_the_wizard_twice_makes_two_payments(bridge: User) -> None:
    move = posted(bridge)
    context = {"active_model": "account.move", "active_ids": [move]}
    wizard = bridge("account.payment.register", "create", {"amount": 4.0}, context=context)
    made = [bridge("account.payment.register", "action_create_payments", [wizard])["res_id"] for _ in "ab"]
    assert len(set(made)) == 2
    assert standing(bridge, move)[2] == 182.9


def test_paying_a_paid_invoice_is_refused(bridge: User) -> None:
    move = posted(bridge)
    pay(bridge, move, 190.9)
    with pytest.raises(OdooError, match="nothing left to pay"):
        pay(bridge, move, 1.0)


@pytest.mark.parametrize("version", (16, 17, 18, 19))
def test_a_loaded_payment_is_assigned_exactly_once(version: int, sandbox: Sandbox, bridge: User) -> None:
    partner = bridge("res.partner", "create", {"name": "Ann"})
    move = posted(bridge, partner_id=partner)
    note = sandbox.profile.payment_note
    payment = load_payment(bridge, partner, "40", note)
    assert load_payment(bridge, partner, "40", note) == payment
    assert bridge("account.payment", "action_post", [payment]) is None
    assert load_payment(bridge, partner, "40", note) == payment
    line = open_line(bridge, payment)
    assert bridge("account.move", "js_assign_outstanding_line", move, line) is None
    if version < 18:
        with pytest.raises(OdooError, match="already reconciled"):
            bridge("account.move", "js_assign_outstanding_line", move, line)
    else:
        assert bridge("account.move", "js_assign_outstanding_line", move, line) is None
    assert standing(bridge, move) == ("posted", "partial", 150.9)
    assert bridge("account.payment", "search_count", [[note, "=", "OUR-1"]]) == 1


def test_taking_a_payment_back_opens_the_invoice_and_is_seen(bridge: User, office: User, clock: Clock) -> None:
    move = posted(bridge)
    payment = pay(bridge, move, 190.9)
    clock.advance(60)
    assert office("account.payment", "action_draft", [payment]) is None
    assert standing(bridge, move) == ("posted", "not_paid", 190.9)
    row = bridge.one("account.move", move, "write_date", "write_uid")
    assert (row["write_date"], row["write_uid"][0]) == ("2026-11-22 08:01:00", office.uid)


def test_resetting_a_paid_invoice_lets_its_payments_go(bridge: User) -> None:
    move = posted(bridge)
    payment = pay(bridge, move, 40.0)
    bridge("account.move", "button_draft", [move])
    assert standing(bridge, move) == ("draft", "not_paid", 190.9)
    assert bridge.one("account.payment", payment, "is_reconciled")["is_reconciled"] is False


@pytest.mark.parametrize("version", (19,))
def test_a_reset_invoice_still_claims_to_be_paid_on_19(version: int, bridge: User) -> None:
    move = posted(bridge)
    pay(bridge, move, 190.9)
    bridge("account.move", "button_draft", [move])
    assert standing(bridge, move) == ("draft", "paid", 0.0)


def test_a_posted_invoice_can_be_changed_on_17(bridge: User) -> None:
    move = posted(bridge)
    line = bridge.one("account.move", move, "invoice_line_ids")["invoice_line_ids"][0]
    bridge("account.move", "write", [move], {"invoice_line_ids": [[1, line, {"price_unit": 10.0}]]})
    assert bridge.one("account.move", move, "amount_total")["amount_total"] == 100.9


@pytest.mark.parametrize("version", (19,))
def test_a_posted_invoice_is_protected_on_19(version: int, bridge: User) -> None:
    move = posted(bridge)
    with pytest.raises(OdooError, match="readonly fields on a posted move: invoice_date"):
        bridge("account.move", "write", [move], {"invoice_date": "2026-01-01"})
    bridge("account.move", "write", [move], {"ref": "fine"})


def test_an_entry_always_balances(sandbox: Sandbox, bridge: User) -> None:
    tax = bridge("account.tax", "search", [["amount", "=", 13.5]])
    lines = [[0, 0, {"name": "x", "quantity": 3, "price_unit": 33.333, "tax_ids": [[6, 0, tax]]}]]
    move = posted(bridge, invoice_line_ids=lines)
    pay(bridge, move, 50.0)
    assert (
        sandbox.query("SELECT move_id FROM account_move_line GROUP BY move_id HAVING ABS(SUM(balance)) > 0.001") == []
    )


def test_a_credit_note_settles_its_invoice_on_17(bridge: User) -> None:
    move = posted(bridge)
    context = {"active_model": "account.move", "active_ids": [move]}
    vals = {"reason": "mistake", "journal_id": bridge.journal("INV")}
    wizard = bridge("account.move.reversal", "create", vals, context=context)
    refund = bridge("account.move.reversal", "refund_moves", [wizard])["res_id"]
    assert standing(bridge, refund)[0] == "draft"
    bridge("account.move", "action_post", [refund])
    assert standing(bridge, move) == ("posted", "reversed", 0.0)
    assert bridge.one("account.move", refund, "name")["name"].startswith("RINV/2026/")


def test_a_used_contact_cannot_be_deleted(bridge: User) -> None:
    partner = bridge("res.partner", "create", {"name": "Ann"})
    bridge.invoice(partner_id=partner)
    with pytest.raises(OdooError, match="used in Accounting"):
        bridge("res.partner", "unlink", [partner])


def test_a_number_in_the_middle_cannot_be_deleted(bridge: User) -> None:
    first, _second = posted(bridge), posted(bridge)
    bridge("account.move", "button_draft", [first])
    with pytest.raises(OdooError, match="not the last one in the chain"):
        bridge("account.move", "unlink", [first])
