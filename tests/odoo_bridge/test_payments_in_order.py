"""Payments, once each and in their order, whoever else is at work: each of these was a bug that had to be caught."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.invoices.models import Invoice, Payment
from odoo_bridge import deciding, sync
from odoo_bridge.leases import claim, release
from odoo_bridge.models import BranchBooks, Link, Window
from tests.contract.test_every_mapping import settle
from tests.odoo_bridge.conftest import leases_run_out

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_that_meet_the_same_payment_of_odoo_bring_it_once(practice, connection, books, line, start):
    """One has read it and is slow, its leases run out, another brings it; then the first goes on."""
    invoice = practice.invoice("100.00")
    settle(connection)
    books.pay(invoice, "30.00")
    held = line.hold_answer("account.payment", "read")
    slow = start("pull", connection)
    assert held.reached.wait(60), slow.said()
    leases_run_out()
    sync.pull(connection)
    assert Payment.objects.filter(origin=Payment.Origin.BOOKS).count() == 1

    held.let_go.set()
    assert slow.wait(60) == 0, slow.said()

    assert Payment.objects.filter(origin=Payment.Origin.BOOKS).count() == 1
    assert Invoice.objects.get(pk=invoice.pk).balance == invoice.total - 30


def test_a_payment_goes_to_odoo_after_its_invoice_and_troubles_nobody_until_then(practice, connection, books):
    journals = list(BranchBooks.objects.all())
    BranchBooks.objects.all().delete()
    invoice = practice.invoice("100.00")
    payment = practice.payment("40.00", invoice)
    settle(connection)

    waiting = books.link(payment)
    assert (waiting.odoo_id, waiting.needs_person) == (None, False)
    assert waiting.reason == f"Waits until invoice {invoice} is posted in Odoo."

    BranchBooks.objects.bulk_create(journals)
    Link.objects.update(next_attempt_at=None, needs_person=False)
    settle(connection)
    Link.objects.update(next_attempt_at=None)
    settle(connection)
    assert books.of(payment, "state")["state"] in ("posted", "paid", "in_process")
    assert payment.allocations.get().in_books


def test_trying_again_what_is_undone_in_odoo_looks_and_asks_again(practice, connection, books):
    """It is a person's to put right, in Odoo or here. Having it tried again must not hide that it is not."""
    invoice = practice.invoice("100.00")
    payment = practice.payment("30.00", invoice)
    settle(connection)
    books.odoo.call("account.payment", "action_draft", [books.odoo_id(payment)])
    settle(connection)
    # So long ago that no pull reads it again.
    Window.objects.update(since=timezone.now() + timedelta(hours=1))

    for record in (payment, invoice):
        assert books.link(record).needs_person
        deciding.try_again(books.link(record))
    settle(connection)

    assert "undone in Odoo" in books.link(payment).reason
    assert "no longer counts it" in books.link(invoice).reason
    assert books.link(payment).needs_person
    assert books.link(invoice).needs_person


def test_a_payment_that_is_undone_before_anybody_looked_at_it_posted_waits_for_a_person(
    practice, connection, books, line
):
    """A push broke off after posting it; as it is undone, it reads again as it did when it was created."""
    invoice = practice.invoice("100.00")
    settle(connection)
    payment = practice.payment("30.00", invoice)
    line.lose_answer("account.move", "js_assign_outstanding_line")
    sync.push(connection)
    # Somebody who is slow holds the payment, while a pull finds at the invoice that it counts.
    lease, _ = claim(Link.objects.filter(uid=payment.uid), 1)
    sync.pull(connection)
    assert payment.allocations.get().in_books
    release(lease)

    books.odoo.call("account.payment", "action_draft", [books.odoo_id(payment)])
    settle(connection)

    assert books.link(payment).needs_person
    assert "undone in Odoo" in books.link(payment).reason


def test_two_workers_that_meet_one_payment_at_two_invoices_bring_it_once(practice, connection, books, line, start):
    """Each holds another invoice, so no lease keeps them apart: only the payment's own link does."""
    first = practice.invoice("100.00")
    second = practice.invoice("50.00", patient=first.patient)
    settle(connection)
    paid = books.pay(first, str(first.total + 20))
    [rest] = books.odoo.search(
        "account.move.line", [["payment_id", "=", paid], ["account_id.account_type", "=", "asset_receivable"]]
    )
    books.odoo.call("account.move", "js_assign_outstanding_line", [books.odoo_id(second)], rest)
    lease, _ = claim(Link.objects.filter(uid=second.uid, mapping="move"), 1)
    held = line.hold_answer("account.payment", "read")
    slow = start("pull", connection)
    assert held.reached.wait(60), slow.said()
    release(lease)
    deciding.try_again(books.link(second))
    sync.push(connection)
    assert Payment.objects.filter(origin=Payment.Origin.BOOKS).count() == 1

    held.let_go.set()
    assert slow.wait(60) == 0, slow.said()
    settle(connection)

    assert Payment.objects.filter(origin=Payment.Origin.BOOKS).count() == 1
    assert [Invoice.objects.get(pk=one.pk).balance for one in (first, second)] == [0, second.total - 20]
