"""The pace of a connection: what somebody waits for goes first, and all workers together stay below a limit."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections
from django.utils import timezone

from odoo_bridge import lots, sync, tasks
from odoo_bridge.intake import take_in
from odoo_bridge.lots import Lots
from odoo_bridge.mappings.partner import Partner
from odoo_bridge.models import BACKLOG, URGENT, Connection, Link
from odoo_bridge.turns import SharedPace
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_somebody_waits_for_overtakes_a_backlog_that_is_being_sent(practice, connection, line, monkeypatch):
    monkeypatch.setattr(Partner, "batch", 5)
    for _ in range(20):
        practice.patient()
    take_in()
    Link.objects.update(priority=BACKLOG)
    held = line.hold_answer("res.partner", "load")
    pushing = threading.Thread(target=lambda: (sync.push(connection), connections.close_all()))
    pushing.start()
    assert held.reached.wait(30)
    urgent = practice.patient()
    held.let_go.set()
    pushing.join()
    order = list(Link.objects.filter(mapping="partner").order_by("odoo_id").values_list("uid", flat=True))
    assert order.index(urgent.uid) == 5


def test_what_is_saved_during_a_batch_goes_before_the_next_mapping(practice, connection, line):
    for _ in range(3):
        practice.appointment()
    take_in()
    Link.objects.update(priority=BACKLOG)
    held = line.hold_answer("res.partner", "load")
    with recorded_calls() as calls:
        pushing = threading.Thread(target=lambda: (sync.push(connection), connections.close_all()))
        pushing.start()
        assert held.reached.wait(30)
        practice.patient()
        held.let_go.set()
        pushing.join()
    loads = [call.model for call in calls.made if call.method == "load" and call.model != "ir.attachment"]
    assert loads == ["res.partner", "res.partner", "calendar.event"]


def test_what_is_saved_during_a_pull_is_sent_right_after_it(practice, connection, books, line):
    patient = practice.patient()
    settle(connection)
    held = line.hold_answer("res.partner", "search_read")
    pulling = threading.Thread(target=lambda: (tasks.pull(), connections.close_all()))
    pulling.start()
    assert held.reached.wait(30)
    patient.city = "Galway"
    patient.save()
    held.let_go.set()
    pulling.join()
    assert books.of(patient, "city")["city"] == "Galway"


def test_a_record_that_an_urgent_one_waits_for_is_urgent_too(practice, connection, line, monkeypatch):
    monkeypatch.setattr(Partner, "batch", 1)
    for _ in range(3):
        practice.patient()
    patient = practice.patient()
    take_in()
    Link.objects.update(priority=BACKLOG, wanted_since=timezone.now())
    practice.appointment(patient=patient)
    sync.push(connection)
    links = {link.uid: link for link in Link.objects.filter(mapping="partner")}
    assert links[patient.uid].odoo_id == min(link.odoo_id for link in links.values() if link.odoo_id)
    assert links[patient.uid].priority == URGENT


def test_in_the_backlog_what_is_referred_to_goes_first(practice, connection, monkeypatch):
    monkeypatch.setattr(Partner, "batch", 2)
    patients = [practice.patient() for _ in range(7)]
    for patient in reversed(patients):
        practice.appointment(patient=patient)
    take_in()
    Link.objects.update(priority=BACKLOG)
    sync.push(connection)
    assert {link.state for link in Link.objects.all()} == {"in_odoo"}


def test_all_workers_together_keep_to_the_calls_in_a_second(connection):
    workers = [SharedPace(connection, 20) for _ in range(3)]
    begun = time.monotonic()

    def work(pace):
        for _ in range(4):
            pace.wait()
        connections.close_all()

    threads = [threading.Thread(target=work, args=[pace]) for pace in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Twelve calls have eleven gaps of a twentieth of a second.
    assert time.monotonic() - begun >= 11 / 20 - 0.01


def test_a_connection_with_a_limit_makes_its_calls_at_that_pace(practice, connection):
    Connection.objects.filter(pk=connection.pk).update(calls_per_second=1000)
    sync.push(Connection.objects.get(pk=connection.pk))
    practice.patient()
    sync.push(Connection.objects.get(pk=connection.pk))
    assert Connection.objects.get(pk=connection.pk).next_call_at


def test_what_failed_together_does_not_come_back_together(practice, connection, line):
    for _ in range(6):
        practice.patient()
    line.deny("res.partner", "load")
    sync.push(connection)
    moments = set(Link.objects.filter(mapping="partner").values_list("next_attempt_at", flat=True))
    assert len(moments) == 6
    waits = [(moment - timezone.now()).total_seconds() for moment in moments]
    assert all(200 < wait <= 375 for wait in waits)


def test_the_lots_of_a_backlog_follow_how_long_odoo_takes(practice, connection, line, monkeypatch):
    """A batch that took longer than somebody may wait is followed by smaller ones."""
    monkeypatch.setattr(Partner, "batch", 12)
    for _ in range(30):
        practice.patient()
    take_in()
    Link.objects.update(priority=BACKLOG)
    held = line.hold_answer("res.partner", "load")
    slow = threading.Timer(2 * lots.LONGEST, held.let_go.set)
    slow.start()
    with recorded_calls() as calls:
        sync.push(connection, seconds=60)
    slow.join()
    first, second, *_ = [call.records for call in calls.of("res.partner", "load")]
    assert first == 12
    assert lots.FEW <= second <= 6
    assert {link.state for link in Link.objects.filter(mapping="partner")} == {"in_odoo"}


def test_lots_shrink_and_grow_again():
    sizes = Lots()
    assert sizes.size(1, "move", 50) == 50
    sizes.learn(1, "move", 50, 5 * lots.LONGEST)
    assert sizes.size(1, "move", 50) == 10
    assert sizes.size(2, "move", 50) == sizes.size(1, "event", 50) == 50
    sizes.learn(1, "move", 1, 9 * lots.LONGEST)  # One that was urgent says nothing of a batch.
    sizes.learn(1, "move", 7, lots.LONGEST / 9)  # Neither does the rest of a backlog say that it may be more.
    assert sizes.size(1, "move", 50) == 10
    sizes.learn(1, "move", 10, lots.LONGEST / 9)
    assert sizes.size(1, "move", 50) == 20
    sizes.learn(1, "move", 20, 99 * lots.LONGEST)
    assert sizes.size(1, "move", 50) == lots.FEW
    sizes.forget([1])
    assert sizes.size(1, "move", 50) == 50
