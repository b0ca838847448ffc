"""A decision counts whatever the sync does at that moment, and is about the values that were seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from clinic.patients.models import Patient
from odoo_bridge import deciding, leases, sync
from odoo_bridge.models import Link
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disputed(practice, connection, books):
    """A patient whose city was changed on both sides."""
    patient = practice.patient(city="Cork")
    settle(connection)
    books.edit(patient, city="Sligo")
    patient.city = "Galway"
    patient.save()
    settle(connection)
    assert books.link(patient).conflicts
    return patient


def test_a_decision_is_refused_while_the_sync_would_write_over_it(disputed, connection, books):
    """A pull holds the record, and writes the conflict as it knows it when it is done."""
    books.edit(disputed, street="5 Quay Street")
    refused: list[str] = []

    def person_decides(execute, sql, params, many, context):
        held = Link.objects.filter(uid=disputed.uid, lease__isnull=False)
        if 'FROM "patients_patient"' in sql and not refused and held.exists():
            with pytest.raises(deciding.NotNow, match="few seconds") as refusal:
                deciding.settle_conflict(books.link(disputed), deciding.Side.OURS)
            refused.append(str(refusal.value))
        return execute(sql, params, many, context)

    with database.execute_wrapper(person_decides):
        sync.pull(connection)
    assert refused
    assert not list(books.link(disputed).connection.entries.filter(what="decided"))

    deciding.settle_conflict(books.link(disputed), deciding.Side.OURS)
    settle(connection)
    assert books.of(disputed, "city")["city"] == "Galway"
    assert not books.link(disputed).needs_person


def test_a_worker_that_was_stopped_for_too_long_does_not_write_over_a_decision(disputed, connection, books):
    lease, [mine] = leases.claim(Link.objects.filter(uid=disputed.uid).order_by("pk"), 1)
    Link.objects.filter(uid=disputed.uid).update(leased_until=timezone.now() - timedelta(seconds=1))

    deciding.settle_conflict(books.link(disputed), deciding.Side.OURS)
    leases.save(lease, [mine], ["agreed", "conflicts", "needs_person", "reason"])

    assert not books.link(disputed).needs_person
    settle(connection)
    assert books.of(disputed, "city")["city"] == "Galway"


def test_a_decision_about_a_value_that_is_no_longer_there_does_not_count(disputed, connection, books):
    """Ours was right against Sligo: whether it is against what somebody wrote in Odoo since, nobody has said."""
    seen = books.link(disputed)
    books.edit(disputed, city="Athlone")
    settle(connection)

    with pytest.raises(deciding.NotNow, match="changed since you looked"):
        deciding.settle_conflict(seen, deciding.Side.OURS)
    settle(connection)

    assert books.of(disputed, "city")["city"] == "Athlone"
    assert books.link(disputed).conflicts == {"city": {"ours": "Galway", "theirs": "Athlone"}}


def test_what_is_there_again_is_not_sent_as_a_new_record(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    Link.objects.filter(uid=patient.uid).update(gone=True, needs_person=True)
    seen = books.link(patient)
    Link.objects.filter(uid=patient.uid).update(gone=False, needs_person=False)

    with pytest.raises(deciding.NotNow, match="changed since you looked"):
        deciding.send_as_new(seen)

    assert books.link(patient).odoo_id == seen.odoo_id


def test_trying_again_does_not_bring_back_what_was_agreed_when_it_was_looked_at(practice, connection, books):
    """Else an edit that puts an old value back would look like none, and be undone by Odoo's value."""
    patient = practice.patient(city="Cork")
    settle(connection)
    link = books.link(patient)
    books.edit(patient, city="Sligo")
    settle(connection)

    deciding.try_again(link)
    patient.refresh_from_db()
    patient.city = "Cork"
    patient.save()
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Cork"
    assert books.of(patient, "city")["city"] == "Cork"
