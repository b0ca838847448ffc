"""When two records of one patient become one, Odoo follows: the one is archived, its posted invoices are untouched."""

import pytest

from clinic.patients.merging import merge, undo
from clinic.patients.models import Patient
from odoo_bridge.models import Link
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db


def test_a_merged_patient_is_archived_in_odoo_with_invoices_and_payments_as_they_were(practice, connection, books):
    survivor, loser = practice.patient(), practice.patient()
    visit, invoice = practice.appointment(patient=loser), practice.invoice(patient=loser, payer=loser)
    payment = practice.payment(invoice=invoice)
    settle(connection)
    before = books.of(invoice, "state", "partner_id", "amount_residual"), books.of(payment, "partner_id", "state")

    note = merge(survivor, loser)
    settle(connection)

    assert books.of(loser, "active")["active"] is False
    assert books.of(survivor, "active")["active"] is True
    assert (
        books.of(invoice, "state", "partner_id", "amount_residual"),
        books.of(payment, "partner_id", "state"),
    ) == before
    assert books.odoo_id(survivor) in books.of(visit, "partner_ids")["partner_ids"]
    assert books.odoo_id(loser) not in books.of(visit, "partner_ids")["partner_ids"]
    assert not Link.objects.exclude(reason="").exists()

    undo(note)
    settle(connection)

    assert books.of(loser, "active")["active"] is True
    assert books.odoo_id(loser) in books.of(visit, "partner_ids")["partner_ids"]
    assert Patient.objects.get(pk=loser.pk).is_active
    assert not Link.objects.exclude(reason="").exists()
