"""The history cut-off: what lies before it stays here, on every way to Odoo."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from clinic.appointments.models import Appointment
from clinic.treatments.models import TreatmentPlan
from odoo_bridge import connecting
from odoo_bridge.audit import audit
from odoo_bridge.intake import want_all
from odoo_bridge.models import Connection, Link
from odoo_bridge.plan import plan
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old_and_new(practice, connection):
    """A visit of today's kind and an older one, an old invoice with a payment; the cut-off lies between."""
    recent, old = practice.appointment(), practice.appointment()
    day = old.starts_at.date()
    Appointment.objects.filter(pk=recent.pk).update(
        starts_at=recent.starts_at + timedelta(days=400), ends_at=recent.ends_at + timedelta(days=400)
    )
    invoice = practice.invoice("100.00")
    payment = practice.payment("40.00", invoice)
    connection.history_from = max(day, invoice.issued_on) + timedelta(days=1)
    connection.save()
    return {"recent": recent, "old": old, "invoice": invoice, "payment": payment}


def linked() -> set[object]:
    sent = ["event", "order", "move", "payment", "attachment"]
    return set(Link.objects.filter(mapping__in=sent, odoo_id__isnull=False).values_list("uid", flat=True))


def test_what_lies_before_it_stays_here_however_it_is_asked_for(old_and_new, connection):
    want_all(connection)
    settle(connection)

    assert linked() == {old_and_new["recent"].uid}
    stayed = Link.objects.filter(uid__in=[old_and_new[name].uid for name in ("old", "invoice", "payment")])
    assert {link.state for link in stayed} <= {"stays_here"}
    for name in ("old", "invoice", "payment"):
        old_and_new[name].save()
    settle(connection)
    assert linked() == {old_and_new["recent"].uid}


def test_plans_and_files_of_the_time_before_it_stay_here_too(old_and_new, practice, connection):
    earlier, later = practice.plan(), practice.plan()
    start = datetime.combine(connection.history_from, time.min, UTC)
    TreatmentPlan.objects.filter(pk=earlier.pk).update(proposed_at=start - timedelta(days=2))
    TreatmentPlan.objects.filter(pk=later.pk).update(proposed_at=start + timedelta(days=2))
    Connection.objects.update(disclosure=Connection.Disclosure.FULL)
    connection.refresh_from_db()

    want_all(connection)
    settle(connection)
    old_and_new["invoice"].save()
    earlier.save()
    settle(connection)

    assert linked() == {old_and_new["recent"].uid, later.uid}
    assert not Link.objects.waiting().exists()
    assert audit(connection) == []


def test_neither_a_plan_nor_the_audit_misses_it(old_and_new, connection):
    events = plan(connection).items.exclude(mapping="partner")
    assert [item.uid for item in events] == [old_and_new["recent"].uid]
    settle(connection)
    assert audit(connection) == []


def test_what_is_in_odoo_already_goes_on(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    connection.history_from = visit.starts_at.date() + timedelta(days=30)
    connection.save()

    visit.chair.name = "Chair 7"
    visit.chair.save()
    visit.save()
    settle(connection)

    assert "Chair 7" in books.of(visit, "location")["location"]


def test_going_further_back_sends_what_stayed(old_and_new, connection):
    want_all(connection)
    settle(connection)
    Connection.objects.filter(pk=connection.pk).update(history_from=None)
    connection.refresh_from_db()

    connecting.go(connection)
    settle(connection)

    assert linked() == {one.uid for one in old_and_new.values()}
