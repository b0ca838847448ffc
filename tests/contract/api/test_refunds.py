"""Credit notes, refunds and deposits: what every step of the bridge does, and what it does when it is repeated.

A credit note's amounts are positive, as an invoice's; only those that are called signed are negative.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Missing, Rejected

from .refunding import LINE, MOVE, PAYMENT, Desk

pytestmark = pytest.mark.over("jsonrpc")

OUTSTANDING = "invoice_outstanding_credits_debits_widget"


@pytest.fixture
def desk(odoo: Client) -> Desk:
    return Desk(odoo)


@pytest.fixture
def payer(desk: Desk) -> int:
    return desk.payer()


def refused_before_18(desk: Desk) -> Any:
    """Expect a refusal, where Odoo does not take a repeated step in silence."""
    return nullcontext() if desk.odoo.version().major > 17 else pytest.raises(Rejected)


def partial_of(desk: Desk, move: int) -> int:
    [item] = desk.shown(move)
    return int(item["partial_id"])


def test_a_credit_note_is_loaded_as_a_draft_however_often(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    columns, rows = desk.document("out_refund", payer, "30.00", of=invoice)

    refund = desk.enter(columns, rows)
    assert desk.enter(columns, rows) == refund

    [row] = desk.odoo.read(
        MOVE, [refund], ["name", "state", "reversed_entry_id", "amount_total", "amount_total_signed"]
    )
    assert (row["name"], row["state"]) == (rows[0][columns.index("name")], "draft")
    assert row["reversed_entry_id"][0] == invoice
    assert (row["amount_total"], row["amount_total_signed"]) == (30.0, -30.0)
    assert desk.stands(refund) == ("not_paid", 30.0)
    with pytest.raises(Rejected, match="only reconcile posted"):
        desk.assign(invoice, desk.due_line(refund))


def test_a_posted_credit_note_keeps_its_number_and_has_no_reference(desk: Desk, payer: int) -> None:
    columns, rows = desk.document("out_refund", payer, "30.00")
    refund = desk.enter(columns, rows)

    assert desk.post(refund) is False

    [row] = desk.odoo.read(MOVE, [refund], ["name", "state", "payment_reference", "amount_residual_signed"])
    assert (row["name"], row["state"]) == (rows[0][columns.index("name")], "posted")
    assert (row["payment_reference"], row["amount_residual_signed"]) == (False, -30.0)
    with pytest.raises(Rejected):
        desk.post(refund)


def test_what_is_loaded_again_after_posting_is_still_the_same(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    columns, rows = desk.document("out_refund", payer, "30.00")
    refund = desk.enter(columns, rows)
    desk.post(refund)

    for standing in (("not_paid", 30.0), ("paid", 0.0)):
        # From 18 on nothing of a posted document is loaded, not even what it says already.
        assert desk.load(MOVE, columns, rows)["ids"] == (desk.odoo.version().major < 18 and [refund])
        assert desk.stands(refund) == standing
        if standing[1]:
            desk.assign(invoice, desk.due_line(refund))


def test_a_credit_note_settles_its_invoice_at_posting_or_when_it_is_assigned(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit(payer, "80.00", of=invoice)

    if desk.settles_at_posting:
        with refused_before_18(desk):
            desk.assign(invoice, desk.due_line(refund))
    else:
        assert desk.stands(invoice) == ("not_paid", 80.0)
        assert desk.assign(invoice, desk.due_line(refund)) is None

    assert (desk.stands(invoice), desk.stands(refund)) == (("reversed", 0.0), ("paid", 0.0))


def test_an_invoice_shows_its_credit_note_and_the_other_way_round(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit_against(invoice, payer, "30.00")
    names = {row["id"]: row["name"] for row in desk.odoo.read(MOVE, [invoice, refund], ["name"])}

    [on_invoice], [on_refund] = desk.shown(invoice), desk.shown(refund)

    for item, move in ((on_invoice, refund), (on_refund, invoice)):
        assert (item["move_id"], item["ref"], item["amount"]) == (move, names[move], 30.0)
        assert (item["account_payment_id"], item["payment_method_name"]) == (False, False)
    assert (on_invoice["name"], on_refund["name"]) == ("", names[invoice])
    assert on_invoice["partial_id"] == on_refund["partial_id"]


def test_what_is_partly_credited_and_partly_paid_is_paid(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit_against(invoice, payer, "30.00")
    assert (desk.stands(invoice), desk.stands(refund)) == (("partial", 50.0), ("paid", 0.0))

    desk.assign(invoice, desk.money_line(desk.money(payer, "50.00")))

    assert desk.stands(invoice) == ("paid", 0.0)
    assert [bool(item["account_payment_id"]) for item in desk.shown(invoice)] == [False, True]


def test_the_rest_of_a_credit_note_is_credit_for_another_invoice(desk: Desk, payer: int) -> None:
    invoice, other = desk.invoice(payer, "80.00"), desk.invoice(payer, "10.00")
    desk.assign(invoice, desk.money_line(desk.money(payer, "50.00")))
    refund = desk.credit_against(invoice, payer, "80.00")
    line = desk.due_line(refund)
    assert (desk.stands(invoice), desk.stands(refund)) == (("paid", 0.0), ("partial", 50.0))

    for _again in range(2):
        # Nothing is open on the first invoice, and the line is not settled: nothing happens, and nothing is said.
        assert desk.assign(invoice, line) is None
        assert desk.assign(other, line) is None
        assert (desk.stands(other), desk.stands(refund)) == (("reversed", 0.0), ("partial", 40.0))

    assert [(item["move_id"], item["amount"]) for item in desk.shown(refund)] == [(invoice, 30.0), (other, 10.0)]


def test_a_credit_note_for_a_paid_invoice_stays_open(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    desk.assign(invoice, desk.money_line(desk.money(payer, "80.00")))
    refund = desk.credit(payer, "80.00", of=invoice)

    assert desk.assign(invoice, desk.due_line(refund)) is None

    assert (desk.stands(invoice), desk.stands(refund)) == (("paid", 0.0), ("not_paid", 80.0))
    assert desk.shown(refund) == []


def test_money_that_is_given_back_settles_the_credit_note(desk: Desk, payer: int) -> None:
    refund = desk.credit(payer, "80.00")
    slip = desk.slip(payer, "80.00", "outbound")
    payment = desk.enter_money(slip)
    desk.odoo.call(PAYMENT, "action_post", [payment])
    line = desk.money_line(payment)
    assert desk.odoo.read(LINE, [line], ["amount_residual"])[0]["amount_residual"] == 80.0

    assert desk.assign(refund, line) is None

    assert desk.stands(refund) == ("paid", 0.0)
    [item] = desk.shown(refund)
    assert (item["account_payment_id"], item["amount"]) == (payment, 80.0)
    with refused_before_18(desk):
        desk.assign(refund, line)
    with refused_before_18(desk):
        desk.odoo.call(PAYMENT, "action_post", [payment])
    assert desk.enter_money(slip) == payment
    assert desk.stands(refund) == ("paid", 0.0)


def test_money_that_did_not_go_out_after_all_is_assigned_anew(desk: Desk, payer: int) -> None:
    refund, payment = desk.credit(payer, "80.00"), desk.money(payer, "80.00", "outbound")
    desk.assign(refund, desk.money_line(payment))

    desk.odoo.call(PAYMENT, "action_draft", [payment])
    assert desk.stands(refund) == ("not_paid", 80.0)
    desk.odoo.call(PAYMENT, "action_post", [payment])

    assert desk.stands(refund) == ("not_paid", 80.0)
    desk.assign(refund, desk.money_line(payment))
    assert desk.stands(refund) == ("paid", 0.0)


def test_a_credit_note_that_is_cancelled_leaves_its_invoice_open(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit_against(invoice, payer, "30.00")

    desk.odoo.call(MOVE, "button_cancel", [refund])

    assert desk.stands(invoice) == ("not_paid", 80.0)


def test_money_is_given_back_for_what_is_left_of_a_credit_note(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "30.00")
    refund = desk.credit_against(invoice, payer, "80.00")

    desk.assign(refund, desk.money_line(desk.money(payer, "20.00", "outbound")))

    assert (desk.stands(invoice), desk.stands(refund)) == (("reversed", 0.0), ("partial", 30.0))
    assert [item["amount"] for item in desk.shown(refund)] == [30.0, 20.0]


def test_a_deposit_is_used_bit_by_bit(desk: Desk, payer: int) -> None:
    deposit = desk.money(payer, "100.00")
    line = desk.money_line(deposit)
    small, large = desk.invoice(payer, "60.00"), desk.invoice(payer, "80.00")

    for _again in range(2):
        assert desk.assign(small, line) is None
        assert desk.stands(small) == ("paid", 0.0)
        [left] = desk.odoo.read(LINE, [line], ["amount_residual", "reconciled"])
        assert (left["amount_residual"], left["reconciled"]) == (-40.0, False)
    assert desk.odoo.read(PAYMENT, [deposit], ["is_reconciled"])[0]["is_reconciled"] is False

    assert desk.assign(large, line) is None

    assert desk.stands(large) == ("partial", 40.0)
    assert desk.odoo.read(PAYMENT, [deposit], ["is_reconciled"])[0]["is_reconciled"] is True
    [item] = desk.shown(large)
    assert (item["account_payment_id"], item["amount"]) == (deposit, 40.0)
    with refused_before_18(desk):
        desk.assign(large, line)


def test_a_credit_note_that_names_no_invoice_waits_to_be_assigned(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit(payer, "80.00")
    assert (desk.stands(invoice), desk.stands(refund)) == (("not_paid", 80.0), ("not_paid", 80.0))

    desk.assign(invoice, desk.due_line(refund))

    assert (desk.stands(invoice), desk.stands(refund)) == (("reversed", 0.0), ("paid", 0.0))


def test_a_credit_note_for_somebody_else_settles_the_invoice_all_the_same(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit_against(invoice, desk.payer(), "30.00")

    assert (desk.stands(invoice), desk.stands(refund)) == (("partial", 50.0), ("paid", 0.0))


def test_sides_that_do_not_match_change_nothing_and_nothing_is_said(desk: Desk, payer: int) -> None:
    invoice, refund = desk.invoice(payer, "80.00"), desk.credit(payer, "30.00")
    lines = {
        invoice: [desk.due_line(desk.invoice(payer, "10.00")), desk.money_line(desk.money(payer, "5.00", "outbound"))],
        refund: [
            desk.due_line(desk.credit(payer, "10.00")),
            desk.money_line(desk.money(payer, "5.00")),
            desk.due_line(refund),
        ],
    }

    for move, of_one_side in lines.items():
        for line in of_one_side:
            assert desk.assign(move, line) is None

    assert (desk.stands(invoice), desk.stands(refund)) == (("not_paid", 80.0), ("not_paid", 30.0))
    # From the other end it is the same as ever.
    assert desk.assign(refund, desk.due_line(invoice)) is None
    assert (desk.stands(invoice), desk.stands(refund)) == (("partial", 50.0), ("paid", 0.0))


def test_a_line_that_nobody_owes_or_that_is_gone_is_refused(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    other = desk.invoice(payer, "10.00")
    [income] = desk.odoo.search(LINE, [["move_id", "=", other], ["display_type", "=", "product"]])

    with pytest.raises(Rejected):
        desk.assign(invoice, income)
    for missing in ((invoice, 999_999_999), (999_999_999, desk.due_line(invoice))):
        with pytest.raises(Missing):
            desk.assign(*missing)

    assert desk.stands(invoice) == ("not_paid", 80.0)


def test_each_side_is_offered_what_could_settle_it(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund, deposit = desk.credit(payer, "30.00"), desk.money(payer, "20.00")
    stranger = desk.credit(desk.payer(), "30.00")

    offered = {item["id"]: item for item in desk.shown(invoice, OUTSTANDING)}

    assert offered.keys() == {desk.due_line(refund), desk.money_line(deposit)}
    note = offered[desk.due_line(refund)]
    assert (note["move_id"], note["amount"], note["account_payment_id"]) == (refund, 30.0, False)
    assert offered[desk.money_line(deposit)]["account_payment_id"] == deposit
    assert [item["id"] for item in desk.shown(refund, OUTSTANDING)] == [desk.due_line(invoice)]
    assert desk.shown(stranger, OUTSTANDING) == []
    desk.assign(invoice, desk.due_line(refund))
    assert [item["id"] for item in desk.shown(invoice, OUTSTANDING)] == [desk.money_line(deposit)]
    assert desk.shown(refund, OUTSTANDING) == []


def test_a_person_undoes_it_and_it_is_done_anew(desk: Desk, payer: int) -> None:
    invoice = desk.invoice(payer, "80.00")
    refund = desk.credit_against(invoice, payer, "80.00")
    partial = partial_of(desk, invoice)

    assert desk.odoo.call(MOVE, "js_remove_outstanding_partial", [invoice], partial) is True

    assert (desk.stands(invoice), desk.stands(refund)) == (("not_paid", 80.0), ("not_paid", 80.0))
    assert desk.shown(invoice) == desk.shown(refund) == []
    with pytest.raises(Missing):
        desk.odoo.call(MOVE, "js_remove_outstanding_partial", [invoice], partial)
    assert desk.assign(invoice, desk.due_line(refund)) is None
    assert (desk.stands(invoice), desk.stands(refund)) == (("reversed", 0.0), ("paid", 0.0))


def test_credit_notes_are_numbered_apart_from_invoices(desk: Desk, payer: int) -> None:
    def unnamed(kind: str) -> str:
        line = {"name": "Visit", "price_unit": 5.0, "tax_ids": [[6, 0, []]]}
        values = {"move_type": kind, "partner_id": payer, "journal_id": desk.journal, "invoice_date": "2026-03-02"}
        move = desk.odoo.create(MOVE, {**values, "invoice_line_ids": [[0, 0, line]]})
        desk.post(move)
        return str(desk.odoo.read(MOVE, [move], ["name"])[0]["name"])

    desk.invoice(payer, "80.00")
    refund = desk.credit(payer, "30.00")
    [row] = desk.odoo.read(MOVE, [refund], ["name"])

    assert row["name"] == f"{desk.unique}/2026/R00002"
    assert unnamed("out_refund") == f"{desk.unique}/2026/R00003"
    assert unnamed("out_invoice") == f"{desk.unique}/2026/00002"
    twin = desk.enter(*desk.document("out_refund", payer, "1.00", name=row["name"]))
    with pytest.raises(Rejected, match="same name already exists"):
        desk.post(twin)


def test_two_credit_notes_of_one_invoice_posted_by_one_call_shift_the_others(desk: Desk, payer: int) -> None:
    """Why the bridge posts a credit note by a call of its own."""
    first, second = desk.invoice(payer, "80.00"), desk.invoice(payer, "80.00")
    refunds = [
        desk.enter(*desk.document("out_refund", payer, price, of=invoice))
        for price, invoice in (("10.00", first), ("20.00", first), ("30.00", second))
    ]

    desk.post(*refunds)

    if not desk.settles_at_posting:
        assert [desk.stands(refund)[0] for refund in refunds] == ["not_paid"] * 3
        return
    assert [desk.stands(refund) for refund in refunds] == [("paid", 0.0), ("paid", 0.0), ("not_paid", 30.0)]
    assert (desk.stands(first), desk.stands(second)) == (("partial", 70.0), ("partial", 60.0))
