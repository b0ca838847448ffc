"""A push is killed in the middle of each call that changes something: afterwards there is one record, one effect."""

from __future__ import annotations

from decimal import Decimal

import pytest

from odoo_bridge import sync
from odoo_bridge.models import Link
from tests.contract.test_every_mapping import settle
from tests.odoo_bridge.conftest import leases_run_out

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["before Odoo has done it", "after Odoo has done it"])
def after(request):
    return request.param.startswith("after")


@pytest.fixture
def kill_at(start, connection, line, after):
    """Push in a process of its own, and kill that while a call is under way."""

    def kill_at(model, method):
        held = line.hold(model, method, after=after)
        pushing = start("push", connection)
        assert held.reached.wait(60), pushing.said()
        pushing.kill()
        held.let_go.set()
        assert Link.objects.exclude(lease=None).exists()

    return kill_at


def test_a_push_killed_while_it_creates_leaves_one_record(practice, connection, books, kill_at):
    patients = [practice.patient() for _ in range(3)]

    kill_at("res.partner", "load")
    sync.push(connection)
    assert not Link.objects.filter(odoo_id__isnull=False).exists(), "the dead process still holds its leases"
    leases_run_out()
    settle(connection)

    for patient in patients:
        assert books.count(patient, [["email", "=", patient.email]]) == 1
        assert books.link(patient).state == "in_odoo"


def test_a_push_killed_while_it_writes_has_written_in_the_end(practice, connection, books, kill_at):
    patient = practice.patient()
    settle(connection)
    patient.city = "Galway"
    patient.save()

    kill_at("res.partner", "write")
    # The newest stays: what was on its way is older than this.
    patient.city = "Limerick"
    patient.save()
    leases_run_out()
    settle(connection)

    assert books.of(patient, "city")["city"] == "Limerick"
    assert books.link(patient).state == "in_odoo"


def test_a_write_that_was_taken_back_after_the_kill_is_taken_back_in_odoo(practice, connection, books, kill_at):
    patient = practice.patient()
    settle(connection)
    before = patient.city
    patient.city = "Galway"
    patient.save()

    kill_at("res.partner", "write")
    patient.city = before
    patient.save()
    leases_run_out()
    settle(connection)

    assert books.of(patient, "city")["city"] == before


@pytest.mark.parametrize("call", [("account.move", "load"), ("account.move", "action_post")])
def test_a_push_killed_while_it_issues_leaves_one_posted_invoice(practice, connection, books, kill_at, call):
    invoice = practice.invoice("100.00")

    kill_at(*call)
    leases_run_out()
    settle(connection)

    assert books.of(invoice, "state", "name") | {"id": 0} == {"id": 0, "state": "posted", "name": invoice.number}
    assert books.count(invoice, [["partner_id", "=", books.odoo_id(invoice.payer)]]) == 1
    assert books.link(invoice).state == "in_odoo"


@pytest.mark.parametrize(
    "call",
    [
        ("account.payment", "load"),
        ("account.payment", "action_post"),
        ("account.move", "js_assign_outstanding_line"),
    ],
)
def test_a_push_killed_while_it_pays_leaves_one_payment_that_counts_once(practice, connection, books, kill_at, call):
    invoice = practice.invoice("100.00")
    payment = practice.payment("40.00", invoice)

    kill_at(*call)
    leases_run_out()
    settle(connection)

    assert books.count(payment, [["partner_id", "=", books.odoo_id(invoice.payer)]]) == 1
    assert Decimal(str(books.of(invoice, "amount_residual")["amount_residual"])) == Decimal("73.50")
    assert books.link(payment).state == "in_odoo"
    invoice = type(invoice).objects.get(pk=invoice.pk)
    assert invoice.balance == Decimal("73.50")


def test_a_pull_that_was_killed_is_made_up_for_by_the_next(practice, connection, books, start, line):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    held = line.hold("res.partner", "search_read", after=True)
    pulling = start("pull", connection)
    assert held.reached.wait(60), pulling.said()
    pulling.kill()
    held.let_go.set()

    leases_run_out()
    sync.pull(connection)

    patient.refresh_from_db()
    assert patient.city == "Sligo"
