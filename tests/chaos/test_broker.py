"""The broker loses what it was given, or gives it twice: the database is the truth, and the broker a doorbell."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis
from kombu import Exchange, Message, Queue
from kombu.common import ignore_errors

from clinic.celery import app
from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK
from odoo_bridge.client.retries import READS
from tests.chaos.cable import cable_to
from tests.chaos.clinic import Clinic

pytestmark = pytest.mark.timeout(180)


def test_a_connection_that_breaks_with_a_task_under_way_is_closed_without_an_error(redis_url: str) -> None:
    """Else the worker, which closes it on the way to a new one, would end."""
    taken: list[Message] = []
    with cable_to(urlsplit(redis_url).port or 0) as cable:
        connection = app.connection_for_read(f"redis://{LOOPBACK}:{cable.port}/0")
        queue = connection.SimpleQueue(f"tests-{uuid4().hex}")
        queue.put("a task")
        orders = Queue(f"{queue.queue.name}-orders", Exchange("tests", type="fanout"), auto_delete=True)
        connection.Consumer([queue.queue, orders], callbacks=[lambda body, message: taken.append(message)]).consume()
        connection.drain_events(timeout=20)
        with suppress(socket.timeout):
            connection.drain_events(timeout=0.5)
        cable.break_("refuse")
        connection.collect()
        ignore_errors(connection, connection.close)
    assert len(taken) == 1


@pytest.mark.chaos
def test_a_task_whose_delivery_is_lost_with_its_worker_has_its_effect_once(open_clinic, figure) -> None:
    """The broker has given the task away, its answer gets lost on the way, and then the worker dies."""
    clinic = open_clinic(start=("redis", "worker"), cables=("redis",))
    payment = clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    clinic.line.calls.clear()
    clinic.cables["redis"].break_("deaf")
    clinic.ring()
    with redis.Redis.from_url(clinic.stack.redis_url) as broker:
        queue = f"{clinic.stack.env['CELERY_PREFIX']}celery"
        assert wait_until(lambda: clinic.cables["redis"].met > 0 and not broker.llen(queue), 30)
    assert not clinic.line.calls
    clinic.stack.kill("worker")
    clinic.cables["redis"].mend()

    clinic.stack.start("worker", "beat")
    seconds = clinic.settles_by_itself(60)
    figure(f"Delivery lost with its worker: synced {seconds:.1f} s after another one's start")
    assert clinic.books.link(payment).state == "in_odoo"
    clinic.both_sides_are_alike()


@pytest.mark.chaos
def test_a_task_that_outlives_the_visibility_timeout_is_begun_again_and_that_leaves(open_clinic) -> None:
    clinic = open_clinic(start=("redis", "worker"))
    payment = clinic.practice.payment("40.00", clinic.practice.invoice("100.00"))
    held = clinic.line.hold_answer("account.payment", "action_post")
    clinic.ring()
    assert held.reached.wait(60), clinic.standing()
    calls = len(clinic.line.calls)
    with redis.Redis.from_url(clinic.stack.redis_url) as broker:
        # For the broker the task was begun in 1970: a worker that starts gives it out anew.
        unacked = f"{clinic.stack.env['CELERY_PREFIX']}unacked_index"
        [tag] = broker.zrange(unacked, 0, -1)
        broker.zadd(unacked, {tag: 0})
    clinic.stack.start("worker-2")
    assert wait_until(lambda: _pushes_done(clinic) == 1, 150), clinic.standing()
    changed = [call for call in clinic.line.calls[calls:] if call[1] not in READS]
    assert not changed, "the second start leaves what the first is at"

    held.let_go.set()
    assert wait_until(clinic.is_quiet, 60), clinic.standing()
    assert clinic.books.link(payment).state == "in_odoo"
    assert clinic.line.calls.count(("account.payment", "action_post")) == 1
    clinic.settle()
    clinic.both_sides_are_alike()


@pytest.mark.chaos
def test_what_nobody_rang_for_is_picked_up_within_ten_seconds(open_clinic, figure) -> None:
    """This process is killed, as it were, after its commit and before it rings: it never does."""
    clinic = open_clinic(start=("redis", "worker", "beat"))
    assert clinic.done_by("pull", 60), clinic.standing()
    took = []
    for _ in range(3):
        patient, begun = clinic.practice.patient(), time.monotonic()
        assert wait_until(lambda: ("res.partner", "load") in clinic.line.calls, 60, every=0.02)
        took.append(time.monotonic() - begun)
        assert wait_until(lambda patient=patient: clinic.books.link(patient).state == "in_odoo", 60)
        clinic.line.calls.clear()
    figure(f"Nobody rang: picked up after {', '.join(f'{seconds:.1f}' for seconds in took)} s")
    assert max(took) <= 10


def _pushes_done(clinic: Clinic) -> int:
    """Return how many tasks have come to their end, whichever worker had got them."""
    return sum(
        "tasks.push" in line and "succeeded in" in line
        for name in ("worker", "worker-2")
        for line in clinic.stack.running[name].said().splitlines()
    )
