"""Leases: one worker to a record, for as long as it lives and not much longer."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.demo.factories import PatientFactory
from odoo_bridge import channel, leases, sync
from odoo_bridge.intake import take_in
from odoo_bridge.leases import LEASE, claim, held, release, save, still_held
from odoo_bridge.mappings.partner import Partner
from odoo_bridge.models import Link, Window
from odoo_bridge.outbound import Batch
from odoo_bridge.scope import Scope
from tests.contract.books import link_of
from tests.contract.calls import recorded_calls
from tests.contract.peers import arm
from tests.provision.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(connection):
    """Twelve links that wait."""
    PatientFactory.create_batch(12)
    take_in()
    return Link.objects.filter(connection=connection, mapping="partner").due(timezone.now())


def test_several_workers_never_get_one_link(waiting):
    got = race([lambda: claim(waiting, 5) for _ in range(6)])

    keys = [link.pk for _, links in got for link in links]
    assert len(keys) == len(set(keys))
    # Who lost a race for some may find the others in the next round.
    got += [claim(waiting, 12)]
    assert sum(len(links) for _, links in got) == 12


def test_a_lease_keeps_others_away_until_it_runs_out(waiting):
    _, mine = claim(waiting, 12)
    assert len(mine) == 12
    assert claim(waiting, 12)[1] == []

    Link.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert len(claim(waiting, 12)[1]) == 12


def test_what_was_worked_off_since_the_look_is_not_leased(waiting):
    """A worker that is stopped between its look and its lease finds the records done by somebody else."""

    def worked_off_meanwhile(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not done:
            done.append(True)
            Link.objects.update(pushed=F("wanted"))
        return execute(sql, params, many, context)

    done: list[bool] = []
    with database.execute_wrapper(worked_off_meanwhile):
        _, mine = claim(waiting, 12)

    assert mine == []
    assert not Link.objects.exclude(lease=None).exists()


def test_a_lease_is_no_longer_than_half_a_minute(waiting):
    """What a killed worker held is free again within it."""
    before = timezone.now()
    claim(waiting, 1)
    until = Link.objects.exclude(leased_until=None).get().leased_until
    assert until - before <= LEASE + timedelta(seconds=5)
    assert timedelta(seconds=30) >= LEASE


def test_a_lease_is_renewed_while_its_holder_works_and_freed_afterwards(waiting, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_AFTER", 0.05)
    lease, [link] = claim(waiting, 1)
    Link.objects.filter(pk=link.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    renewed = threading.Event()
    with held(lease):
        for _ in range(100):
            if Link.objects.get(pk=link.pk).leased_until > timezone.now():
                renewed.set()
                break
            renewed.wait(0.05)
        assert renewed.is_set()
    assert Link.objects.get(pk=link.pk).lease is None


def test_a_lease_is_freed_when_the_work_fails(waiting):
    lease, [link] = claim(waiting, 1)
    with pytest.raises(RuntimeError), held(lease):
        raise RuntimeError
    assert Link.objects.get(pk=link.pk).lease is None


def test_who_lost_the_lease_saves_nothing(waiting):
    lease, links = claim(waiting, 2)
    release(lease)
    claim(waiting, 12)
    for link in links:
        link.odoo_id, link.pushed = 4711 + link.pk, 99

    save(lease, links, ["odoo_id", "pushed"])

    assert not Link.objects.exclude(odoo_id=None).exists()
    assert still_held(lease) == set()


def test_a_wish_made_meanwhile_frees_its_record_at_the_same_cost_for_many_as_for_few(waiting):
    lease, links = claim(waiting, 100)
    assert len(links) > 3
    for link in links:
        link.needs_person, link.reason = True, "Odoo does not accept it"
    Link.objects.filter(pk=links[0].pk).update(wanted=F("wanted") + 1)
    with CaptureQueriesContext(database) as queries:
        save(lease, links, ["needs_person", "reason"])
    free = set(Link.objects.filter(needs_person=False).values_list("pk", flat=True))
    assert free == {links[0].pk}
    # Beside the rows themselves: one statement on PostgreSQL, elsewhere one that is executed many times, and not seen.
    itself = 1 if database.vendor == "postgresql" else 0
    asked = [query for query in queries.captured_queries if query["sql"].startswith(("SELECT", "UPDATE"))]
    assert len(asked) == 2 + itself


def test_who_lost_the_lease_sends_nothing(practice, connection, books):
    patients = [practice.patient() for _ in range(3)]
    take_in()
    due = Link.objects.filter(connection=connection, mapping="partner").due(timezone.now())
    lease, links = claim(due, 3)
    # Stopped for longer than the lease, this worker finds that another one took over.
    release(lease)
    claim(due, 1)

    with recorded_calls() as calls, channel.client_for(connection) as client:
        Batch(Partner(Scope(connection, client)), lease, links).run()

    assert calls.that_change == []
    assert [link_of(patient, connection).odoo_id for patient in patients] == [None] * 3


def test_two_workers_that_push_at_once_create_each_record_once(practice, connection, books, peer):
    patients = [practice.patient() for _ in range(20)]
    arm(peer, "delay", "res.partner", "load", seconds=0.3)

    race([lambda: sync.push(connection) for _ in range(3)])
    sync.push(connection)

    found = books.odoo.search_count("res.partner", [["email", "like", practice.unique]])
    assert found == len(patients)
    assert {books.link(patient).state for patient in patients} == {"in_odoo"}


def test_a_wish_made_while_its_record_is_refused_is_not_lost(practice, connection, books):
    """Mended while Odoo was refusing it: the mended state is sent without a further edit."""
    patient = practice.patient(given_name=" ", family_name=" ")
    take_in()
    lease, [link] = claim(Link.objects.filter(connection=connection, uid=patient.uid), 1)

    patient.given_name, patient.family_name = "Nuala", f"Byrne {practice.unique}"
    patient.save()
    take_in()
    link.needs_person, link.reason = True, "Odoo does not accept it: Contacts require a name"
    save(lease, [link], ["needs_person", "reason"])
    release(lease)
    sync.push(connection)

    assert books.link(patient).state == "in_odoo"


def test_a_pull_leaves_what_another_one_is_at_to_that_one(practice, connection, books):
    patient = practice.patient()
    sync.push(connection)
    sync.pull(connection)
    books.edit(patient, city="Sligo")
    Window.objects.update(lease=uuid4(), leased_until=timezone.now() + LEASE)
    before = Window.objects.get(mapping="partner").since

    sync.pull(connection)
    assert Window.objects.get(mapping="partner").since == before
    assert type(patient).objects.get(pk=patient.pk).city != "Sligo"

    Window.objects.update(leased_until=timezone.now())
    sync.pull(connection)
    assert type(patient).objects.get(pk=patient.pk).city == "Sligo"
