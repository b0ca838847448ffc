"""The doorbell: it costs the page nothing, whatever has become of Redis."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest
import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from clinic.celery import app
from clinic.demo.running.ports import LOOPBACK, free_port

RING = """
import logging, sys, threading, time
import django; django.setup()
from odoo_bridge import doorbell
class Heard(logging.Handler):
    def emit(self, record):
        heard.set()
heard = threading.Event()
logging.getLogger("odoo_bridge.doorbell").addHandler(Heard())
slowest = 0
for _ in range(50):
    start = time.perf_counter()
    doorbell.ring()
    slowest = max(slowest, time.perf_counter() - start)
    time.sleep(0.01)
heard.wait({wait})
print("alive", any(thread.name.startswith("doorbell") for thread in threading.enumerate()))
print("slowest", slowest)
"""


def ring_in_a_process(redis_url, wait=0.0):
    env = {**os.environ, "REDIS_URL": redis_url, "ODOO_RING": "1", "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", RING.format(wait=wait)],
        env=env,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = dict(line.split() for line in done.stdout.splitlines())
    return done, said, time.monotonic() - start


@pytest.fixture
def hung_redis():
    """A server that takes connections and never says a word."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as server:
        yield f"redis://{LOOPBACK}:{server.getsockname()[1]}/0"


def test_a_redis_that_is_down_neither_delays_nor_fails_the_ring():
    done, said, _ = ring_in_a_process(f"redis://{LOOPBACK}:{free_port()}/0", wait=30)
    assert done.returncode == 0, done.stderr
    assert float(said["slowest"]) < 0.1
    assert said["alive"] == "True"
    assert "did not take the ring" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_that_hangs_neither_delays_nor_fails_the_ring(hung_redis):
    done, said, seconds = ring_in_a_process(hung_redis, wait=30)
    assert done.returncode == 0, done.stderr
    assert float(said["slowest"]) < 0.1
    assert said["alive"] == "True"
    assert "did not take the ring" in done.stderr
    assert "Traceback" not in done.stderr
    assert seconds < 30, "it never said that Redis hangs"


def test_a_ring_reaches_redis_once_for_many_changes(redis_url):
    with redis.Redis.from_url(redis_url) as broker:
        before = broker.llen("celery")
        done, _, _ = ring_in_a_process(redis_url, wait=1)
        rings = broker.llen("celery") - before
    assert done.returncode == 0, done.stderr
    # Fifty changes within half a second ring at most every fifth of a second.
    assert 1 <= rings <= 6


def test_a_broker_that_was_away_for_an_hour_is_tried_again_within_seconds(monkeypatch):
    """As worker and beat try: the pauses that Celery makes by itself grow to half a minute."""
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda seconds: None)
    pauses = []
    broker = app.connection_for_read(f"redis://{LOOPBACK}:{free_port()}/0")
    with pytest.raises(OperationalError), broker:
        broker.ensure_connection(lambda error, pause: pauses.append(pause), 20)
    assert len(pauses) == 20
    assert max(pauses) == 5
    assert app.conf.broker_connection_max_retries is None
