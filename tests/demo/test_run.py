"""`manage.py run` with real processes: it comes up, and it goes down without leaving anything behind."""

import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
import redis
from django.conf import settings

from clinic.demo.running.follow import answers, wait_until
from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from clinic.demo.running.redis import NoRedis, find_redis
from tests.provision.databases import own_database
from tests.provision.missing import unavailable

START_SECONDS = 90


@pytest.fixture
def clinic(tmp_path):
    """A folder and a database for runs, and the environment that says so."""
    try:
        find_redis()
    except NoRedis as error:
        unavailable(str(error))
    var = tmp_path / "var"
    var.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    with own_database(tmp_path) as url:
        yield {
            "CLINIC_VAR": str(var),
            "HOME": str(home),
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "ODOO_URL": "",
            "PORT": str(free_port()),
            "SANDBOX_PORT": str(free_port()),
        }


def run(processes, env, ready="Ctrl-C stops everything"):
    argv = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run", "--patients", "12"]

    def is_ready():
        return ready in processes.newest("run").said()

    return processes.start(Program("run", argv, env), ready=is_ready, seconds=START_SECONDS)


def programs_of(env):
    """Return every process that was started for this clinic, found by its environment."""
    mine = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CLINIC_VAR") == env["CLINIC_VAR"]:
                mine.append(process)
        except (psutil.Error, OSError):
            continue
    return mine


def leftovers(env):
    names = {path.name for path in Path(env["CLINIC_VAR"]).rglob("*") if path.suffix in {".pid", ".lock", ".sock"}}
    return programs_of(env), names


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_a_signal_leaves_nothing_behind(processes, clinic, number):
    running = run(processes, clinic)
    assert answers(f"http://{LOOPBACK}:{clinic['PORT']}/")
    assert answers(f"http://{LOOPBACK}:{clinic['SANDBOX_PORT']}/")
    assert "maria" in running.said()
    assert len(programs_of(clinic)) >= 6

    running.signal(number)

    assert running.wait(20) == 0
    assert leftovers(clinic) == ([], set())
    assert not list(Path(clinic["HOME"]).iterdir())
    assert "Traceback" not in running.said()


def test_a_second_start_is_quick_and_keeps_the_data(processes, clinic):
    first = run(processes, clinic)
    first.signal(signal.SIGINT)
    first.wait(20)
    began = time.monotonic()
    second = run(processes, clinic)
    took = time.monotonic() - began
    assert "already" in second.said()
    assert took < 15
    second.signal(signal.SIGINT)
    assert second.wait(20) == 0


def test_a_killed_run_takes_its_programs_with_it(processes, clinic):
    running = run(processes, clinic)
    os.kill(running.pid, signal.SIGKILL)
    running.wait(5)
    assert wait_until(lambda: not programs_of(clinic), 15), [one.cmdline() for one in programs_of(clinic)]
    # What the kill left in the folder is not in the way of the next run.
    again = run(processes, clinic)
    again.signal(signal.SIGINT)
    assert again.wait(20) == 0


def test_when_one_program_ends_all_end_and_its_name_is_said(processes, clinic):
    running = run(processes, clinic)
    sandbox = next(one for one in programs_of(clinic) if "sandbox" in one.cmdline() and "odoo" in one.cmdline())
    sandbox.kill()
    assert running.wait(20) != 0
    assert re.search(r"sandbox ended by itself", running.said())
    assert leftovers(clinic) == ([], set())


def test_a_busy_port_gives_way_to_the_next_and_two_runs_in_one_folder_do_not_mix(processes, clinic):
    with socket.create_server((LOOPBACK, int(clinic["PORT"]))):
        running = run(processes, clinic)
        assert f"Port {clinic['PORT']} is busy" in running.said()
    other = processes.start(Program("other", [sys.executable, "manage.py", "run"], clinic))
    assert other.wait(20) != 0
    assert f"running here already (process {running.pid})" in other.said()
    running.signal(signal.SIGINT)
    assert running.wait(20) == 0


def test_an_early_ctrl_c_is_not_lost(processes, clinic):
    running = run(processes, clinic, ready="Starting redis")
    running.signal(signal.SIGINT)
    assert running.wait(20) == 0
    assert leftovers(clinic) == ([], set())


def test_the_redis_of_the_tests_is_a_real_one(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.rpush("list", "one")
        assert client.lpop("list") == b"one"
