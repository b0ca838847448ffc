"""A sync that stops without a word raises an alarm within 90 seconds, whatever part of it is dead."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from clinic.demo.running.follow import wait_until
from odoo_bridge import canary
from tests.chaos.clinic import Clinic
from tests.chaos.desk import Desk

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

ALL = ("redis", "web", "worker", "beat")


def odoo_ignores_what_it_takes(clinic: Clinic) -> None:
    clinic.line.ignore("ir.attachment", "load")


SILENCED: dict[str, tuple[Callable[[Clinic], None], str, str]] = {
    "worker-killed": (lambda clinic: clinic.stack.kill("worker"), "worker", "takes no work"),
    "worker-hangs": (lambda clinic: _stop(clinic, "worker"), "worker", "takes no work"),
    "beat-killed": (lambda clinic: clinic.stack.kill("beat"), "clock", "is not running"),
    "redis-hangs": (lambda clinic: _stop(clinic, "redis"), "", "Redis does not answer"),
    "odoo-ignores": (odoo_ignores_what_it_takes, "sending", "is kept in Odoo"),
}


def _stop(clinic: Clinic, name: str) -> None:
    """Let a program and its children stand still."""
    import psutil

    process = psutil.Process(clinic.stack.running[name].pid)
    for one in (process, *process.children(recursive=True)):
        one.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("what", SILENCED)
def test_silence_is_told_within_90_seconds(open_clinic, figure, what: str) -> None:
    silence, part, words = SILENCED[what]
    clinic = open_clinic(start=ALL)
    canary.begin(clinic.connection)
    desk = Desk(clinic)
    assert wait_until(lambda: clinic.line.calls.count(("ir.attachment", "read")) >= 2, 90), clinic.standing()
    assert _stalled(desk) == 0
    assert desk.ready()["status"] == "ready"

    silence(clinic)
    start = time.monotonic()
    assert wait_until(lambda: _stalled(desk) == 1, 120, every=0.5)
    seconds = time.monotonic() - start

    figure(f"Silence, {what}: the alarm came after {seconds:.0f} s")
    assert seconds <= 90
    said = desk.ready()
    assert (said["code"], said["status"]) == (200, "degraded")
    assert said["sync"].startswith(f"stalled: {part}")
    assert words in desk.get("/sync/").data.decode()
    assert "light-stopped" in desk.get("/sync/light/").data.decode()
    if what == "worker-hangs":
        clinic.stack.kill("worker")


def _stalled(desk: Desk) -> float:
    page = desk.get("/sync/metrics", Authorization="Bearer of the tests").data.decode()
    [line] = [line for line in page.splitlines() if line.startswith("odoo_connection_stalled{")]
    return float(line.rpartition(" ")[2])
