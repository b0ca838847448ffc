"""The pace of a connection: what somebody waits for goes first, and all workers together stay below a limit."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections
from django.utils import timezone

from odoo_bridge import sync
from odoo_bridge.intake import take_in
from odoo_bridge.mappings.partner import Partner
from odoo_bridge.models import BACKLOG, URGENT, Connection, Link
from odoo_bridge.turns import SharedPace

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
