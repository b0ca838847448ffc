"""The provisioning itself: processes are whole, killed whole, and a stack is a clinic of its own."""

import sys
from io import StringIO

import psutil
import pytest
from django.core.management import call_command

from clinic.demo.running.follow import answers, wait_until
from clinic.demo.running.ports import LOOPBACK, free_port_from, is_free
from clinic.demo.running.programs import Program
from tests.provision.processes import DidNotStart

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("up", flush=True)
time.sleep(600)
"""


def family(running):
    return [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_children_of_a_process_end_with_it(processes, end):
    running = processes.start(
        Program("parent", [sys.executable, "-c", PARENT]), ready=lambda: "up" in processes.newest("parent").said()
    )
    members = family(running)
    assert len(members) == 2
    getattr(running, end)()
    assert wait_until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in members), 5)


def test_a_process_that_ends_at_once_is_reported_with_its_last_words(processes):
    with pytest.raises(DidNotStart, match="no such thing"):
        processes.start(
            Program("broken", [sys.executable, "-c", "raise SystemExit('no such thing')"]), ready=lambda: False
        )


def test_a_port_that_is_taken_is_not_offered(free_port):
    import socket

    assert is_free(free_port)
    with socket.create_server((LOOPBACK, free_port)):
        assert not is_free(free_port)
        assert free_port_from(free_port) != free_port


def test_a_stack_is_a_clinic_of_its_own(live_stack):
    stack = live_stack(start=["sandbox", "web"], seed=12)
    assert answers(stack.url)
    assert answers(stack.sandbox_url)
    count = "from clinic.patients.models import Patient; print(Patient.objects.count())"
    assert stack.manage("shell", "-v", "0", "-c", count).strip() == "12"
    stack.kill("web")
    assert not answers(stack.url)
    stack.start("web")
    assert answers(stack.url)


@pytest.mark.django_db
def test_the_stack_left_the_databases_of_the_tests_alone():
    from clinic.patients.models import Patient

    call_command("check", databases=["default"], stdout=StringIO())
    assert not Patient.objects.exists()
