"""One Odoo in trouble does not hold up the others."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK
from clinic.demo.running.programs import worker
from odoo_bridge import status, tasks
from odoo_bridge.models import BranchBooks, Connection, Link
from odoo_bridge.status import Light
from tests.odoo_bridge.conftest import bridge_environment
from tests.odoo_bridge.several.chain import Chain


def test_what_one_odoo_refuses_stops_that_connection_only(chain):
    one, other = chain.patient(chain.at_north), chain.patient(chain.at_far)
    Connection.objects.filter(pk=chain.far.pk).update(api_key="wrong")

    tasks.push()

    near, far = chain.connections()
    assert (near.state, near.trouble) == ("active", "")
    assert far.state == "paused" and far.trouble
    assert chain.where(one) == {"Near"}
    assert Link.objects.get(uid=other.uid).state == "waiting"
    assert status.sync_light() == Light.STOPPED


def test_only_one_task_at_a_time_works_on_a_connection(chain):
    patient = chain.patient(chain.at_north)
    leased = Connection.objects.filter(pk=chain.near.pk)
    leased.update(leased_until=timezone.now() + timedelta(seconds=60))

    tasks.push()
    assert chain.where(patient) == set()

    leased.update(leased_until=timezone.now())
    tasks.push()
    assert chain.where(patient) == {"Near"}
    assert leased.get().leased_until is None


@pytest.fixture
def hung():
    """A server that takes connections and never says a word."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as server:
        yield f"http://{LOOPBACK}:{server.getsockname()[1]}"


@pytest.mark.django_db(transaction=True)
def test_an_odoo_that_hangs_takes_one_process_of_the_worker_and_the_other_goes_on(hung, odoos, redis_url, processes):
    near, far = odoos
    with near.client() as near_client, far.client() as far_client:
        chain = Chain(near.connection(name="Near"), far.connection(name="Far"), near_client, far_client)
        Connection.objects.filter(pk=chain.near.pk).update(is_default=True)
        Connection.objects.filter(pk=chain.far.pk).update(url=hung)
        BranchBooks.objects.create(connection=chain.far, branch=chain.at_far)
        chain.patient(chain.at_far)
        env = {
            **os.environ,
            **bridge_environment(),
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
        }
        processes.start(worker(env, concurrency=2))
        ask_to_push(redis_url)
        hanging = Connection.objects.filter(pk=chain.far.pk, leased_until__gt=timezone.now())
        assert wait_until(hanging.exists, 30, every=0.1)

        waited = []
        for _ in range(3):
            patient, begun = chain.patient(chain.at_north), time.monotonic()
            # As bells and clocks do, more often than the one that hangs can be worked on.
            for _ in range(5):
                ask_to_push(redis_url)
            arrived = Link.objects.filter(connection=chain.near, uid=patient.uid, odoo_id__isnull=False)
            assert wait_until(arrived.exists, 15, every=0.05)
            waited.append(time.monotonic() - begun)

        assert hanging.exists(), "the other one hangs all the while"
        assert max(waited) < 10


def ask_to_push(redis_url: str) -> None:
    """Ring as a process of the clinic does."""
    from celery import Celery

    with Celery("ring", broker=redis_url, set_as_current=False) as app:
        app.send_task("odoo_bridge.tasks.push", expires=30)
