"""Real workers, a real Redis and a real gateway: one that is killed while sending has sent a message at most once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK
from tests.provision.stack import Stack

pytestmark = pytest.mark.timeout(300)

VISIT = """
from datetime import timedelta
from django.utils import timezone
from clinic.demo.factories import AppointmentFactory, BranchFactory, ChairFactory, PatientFactory
from clinic.reminders.models import Plan
from datetime import time
branch = BranchFactory()
Plan.objects.create(branch=branch, is_on=True, days_before="1", quiet_from=time(0), quiet_until=time(0))
start = timezone.now() + timedelta(days=1, seconds=-30)
AppointmentFactory(
    chair=ChairFactory(branch=branch), starts_at=start, booked_at=start - timedelta(days=9),
    patient=PatientFactory(branch=branch, contact_by="sms", mobile="+353881234567"),
)
"""
STATES = """
from clinic.reminders.models import Reminder
print(*Reminder.objects.values_list("state", "reason", flat=False))
"""


class Gateway(ThreadingHTTPServer):
    """Counts what it is sent, and answers only once it is let."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard = 0
        self.may_answer = threading.Event()
        super().__init__((LOOPBACK, 0), Takes)


class Takes(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard += 1
        self.server.may_answer.wait(60)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            # Whoever asked was killed.
            self.close_connection = True

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.may_answer.set()
    server.shutdown()
    server.server_close()


def states(stack: Stack) -> str:
    return stack.manage("shell", "--verbosity", "0", "-c", STATES).strip()


def test_a_worker_killed_while_sending_has_sent_it_once_and_says_so_to_people(live_stack, gateway):
    env = {
        "SMS_BACKEND": "clinic.reminders.sms.http.Backend",
        "SMS_URL": f"http://{LOOPBACK}:{gateway.server_port}/",
        "REMINDER_LEASE_SECONDS": "3",
    }
    stack = live_stack(start=["redis"], env=env)
    stack.manage("shell", "--verbosity", "0", "-c", VISIT)
    stack.start("worker", "beat")
    assert wait_until(lambda: gateway.heard == 1, 90)
    stack.kill("worker")
    assert states(stack) == "('sending', '')"
    gateway.may_answer.set()
    stack.start("worker")
    assert wait_until(lambda: states(stack) == "('unknown', 'stopped')", 60, every=1)
    # Redis gives the killed worker's task to the new one, and beat asks for more: none of them sends it again.
    assert not wait_until(lambda: gateway.heard > 1, 25)
    assert states(stack) == "('unknown', 'stopped')"


def test_what_nobody_disturbs_arrives_once(live_stack, gateway):
    gateway.may_answer.set()
    env = {"SMS_BACKEND": "clinic.reminders.sms.http.Backend", "SMS_URL": f"http://{LOOPBACK}:{gateway.server_port}/"}
    stack = live_stack(start=["redis"], env=env)
    stack.manage("shell", "--verbosity", "0", "-c", VISIT)
    stack.start("worker", "beat")
    assert wait_until(lambda: states(stack) == "('sent', '')", 90, every=1)
    assert gateway.heard == 1
