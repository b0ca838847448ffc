"""The canary goes the whole way, from beat's wish to Odoo and back, and nowhere if the way is blocked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.journal.models import Change
from odoo_bridge import canary, sync, tasks
from odoo_bridge.audit import audit
from odoo_bridge.models import Connection, Watch
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(connection):
    canary.begin(connection)
    settle(connection)
    return Watch.objects.get(connection=connection)


def long_ago(**others):
    """Let the last journey of the canary have been an hour ago."""
    past = timezone.now() - timedelta(hours=1)
    Watch.objects.update(begun_at=past, wished_at=past, taken_at=past, answered_at=past, carried_at=None, **others)
    return past


def test_a_wish_gets_to_odoo_and_back_by_one_small_record(watch, connection, books):
    past = long_ago()
    assert canary.wish()
    with recorded_calls() as calls:
        tasks.push()
        tasks.push()

    made = [(call.model, call.method) for call in calls.made if call.method != "fields_get"]
    assert made == [("ir.attachment", "load"), ("ir.attachment", "read")]
    watch.refresh_from_db()
    assert watch.wished_at > past and watch.taken_at > past and watch.answered_at > past
    found = books.odoo.resolve(f"{connection.namespace}.canary")
    [kept] = books.odoo.read("ir.attachment", [found[1]], ["name", "res_model", "datas"])
    name = f"Sign of life of the clinic {watch.answered_at.isoformat()}"
    assert kept == {"id": found[1], "name": name, "res_model": False, "datas": False}


def test_the_second_journey_makes_no_second_record(watch, connection, books):
    seen = []
    for _ in range(2):
        long_ago()
        canary.wish()
        tasks.push()
        seen.append(books.odoo.resolve(f"{connection.namespace}.canary"))
    assert seen[0] == seen[1]


def test_two_clocks_make_one_wish_a_time(watch):
    long_ago()
    assert [canary.wish(), canary.wish()] == [True, False]
    assert Change.objects.filter(model=canary.LABEL).count() == 1


def test_wishes_that_nobody_takes_in_do_not_pile_up(watch):
    for _ in range(3):
        long_ago()
        canary.wish()
    assert Change.objects.filter(model=canary.LABEL).count() == 1


def test_an_odoo_that_takes_everything_and_keeps_nothing_is_found_out(watch, connection, line):
    line.ignore("ir.attachment", "load")
    long_ago()
    canary.wish()
    sync.push(connection)  # This one is kept.
    past = long_ago()
    canary.wish()
    sync.push(connection)

    watch.refresh_from_db()
    assert watch.answered_at == past
    assert not Connection.objects.get(pk=connection.pk).trouble


def test_a_user_who_may_not_write_attachments_is_answer_enough(watch, connection, line):
    line.deny("ir.attachment", "load")
    past = long_ago()
    canary.wish()
    sync.push(connection)

    watch.refresh_from_db()
    assert watch.answered_at > past
    connection.refresh_from_db()
    assert (connection.state, connection.trouble) == (Connection.State.ACTIVE, "")


def test_a_worker_that_died_on_the_way_is_followed_by_another(watch, connection, line):
    past = long_ago()
    canary.wish()
    Watch.objects.update(taken_at=timezone.now(), carried_at=timezone.now())
    Change.objects.all().delete()
    sync.push(connection)
    watch.refresh_from_db()
    assert watch.answered_at == past, "somebody else is on the way"

    Watch.objects.update(carried_at=timezone.now() - canary.TURN)
    sync.push(connection)
    watch.refresh_from_db()
    assert watch.answered_at > past


def test_the_end_of_a_trouble_is_no_stall(watch, connection, free_port):
    home = connection.url
    Connection.objects.update(url=f"http://127.0.0.1:{free_port}")
    tasks.pull()
    long_ago()
    Connection.objects.update(url=home, resume_at=None)
    before = timezone.now()
    tasks.pull()
    watch.refresh_from_db()
    assert watch.begun_at >= before


def test_what_an_audit_found_is_kept_for_the_metrics(watch, practice, connection, books):
    patient = practice.patient()
    settle(connection)
    assert audit(connection) == []
    assert Watch.objects.get().drift == 0
    books.edit(patient, city="Sligo")
    tasks.audit_all()
    assert Watch.objects.get().drift == 1
