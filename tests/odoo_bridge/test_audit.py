"""The audit: what no change told of is found, told with both values, and put right by the sync's own rules."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from clinic.invoices.models import Standing
from clinic.patients.models import Patient
from odoo_bridge import sync
from odoo_bridge.audit import audit, repair
from odoo_bridge.models import Link
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient()
    settle(connection)
    return patient


def found(connection):
    return [(drift.kind, drift.uid) for drift in audit(connection)]


def test_two_sides_that_are_alike_have_nothing_to_tell_and_nothing_is_changed(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    practice.payment("40.00", invoice)
    settle(connection)
    with recorded_calls() as calls:
        assert audit(connection) == []
    assert calls.that_change == []


def test_an_edit_that_no_poll_saw_is_told_with_both_values_and_taken_over(connection, patient, books):
    books.edit(patient, city="Sligo")
    sync.Window.objects.all().delete()  # as if its window had been moved past the edit
    [drift] = audit(connection)
    assert (drift.kind, drift.uid, drift.fields["city"]["theirs"]) == ("differs", patient.uid, "Sligo")
    assert drift.fields["city"]["ours"] == patient.city
    assert repair(connection, [drift]) == 1
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert found(connection) == []


def test_an_edit_that_left_no_trace_in_the_journal_is_told_and_sent(connection, patient, books):
    with database.cursor() as cursor:  # past the journal, as somebody with a database shell would
        cursor.execute("UPDATE patients_patient SET city = 'Ennis' WHERE id = %s", [patient.pk])
    [drift] = audit(connection)
    assert drift.fields["city"] == {"ours": "Ennis", "theirs": patient.city}
    repair(connection, [drift])
    settle(connection)
    assert books.of(patient, "city")["city"] == "Ennis"


def test_a_record_that_is_gone_and_one_that_never_came_are_told(practice, connection, patient, books):
    other = practice.patient()
    settle(connection)
    books.delete(patient)
    Link.objects.filter(uid=other.uid).update(odoo_id=None)
    assert sorted(found(connection)) == sorted([("gone", patient.uid), ("absent", other.uid)])


def test_money_that_differs_by_a_cent_is_told(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    standing = Standing.objects.get(invoice=invoice)
    Standing.objects.filter(pk=standing.pk).update(residual=standing.residual - Decimal("0.01"))
    [drift] = audit(connection)
    assert drift.kind == "money"
    assert set(drift.fields) == {"amount_residual"}


def test_the_command_tells_scripts_by_its_exit_code(connection, patient, books, settings):
    settings.ODOO_URL = connection.url
    out = io.StringIO()
    call_command("odoo", "audit", stdout=out)
    assert out.getvalue() == "Both sides are alike.\n"
    books.edit(patient, city="Sligo")
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("odoo", "audit", "--json", stdout=out)
    assert caught.value.code == 1
    assert json.loads(out.getvalue())[0]["fields"]["city"]["theirs"] == "Sligo"
    call_command("odoo", "audit", "--repair", stdout=io.StringIO(), stderr=io.StringIO())
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"


def test_what_odoo_refused_is_tried_again_on_request(connection, patient, settings):
    settings.ODOO_URL = connection.url
    Link.objects.filter(uid=patient.uid).update(needs_person=True, reason="Odoo does not accept it.")
    out = io.StringIO()
    call_command("odoo", "requeue", stdout=out)
    assert out.getvalue() == "1 records will be tried again.\n"
    settle(connection)
    assert not Link.objects.get(uid=patient.uid).needs_person


def test_a_record_that_a_killed_worker_held_is_compared_like_any_other(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    Link.objects.update(lease=uuid4(), leased_until=timezone.now() + timedelta(seconds=30))
    assert found(connection) == []
    Link.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert found(connection) == [("differs", patient.uid)]
