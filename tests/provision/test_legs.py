"""In which order a leg takes its tests, and what runs beside them."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import psutil
from django.conf import settings

from clinic.demo.running.follow import wait_until
from tests.provision.beside import LAST, beside
from tests.provision.legs import LONG, longest, longest_first

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
child.wait()
"""


def test_what_is_said_to_take_long_is_there():
    files = [str(path.relative_to(settings.BASE_DIR)) for path in Path(settings.BASE_DIR, "tests").rglob("test_*.py")]
    assert [one for one in LONG if not any(file.startswith(one) for file in files)] == []


def test_what_takes_long_begins_first_and_all_else_keeps_its_order():
    usual = ["tests/appointments/test_steps.py::b", "tests/appointments/test_steps.py::a"]
    long = ["tests/journeys/test_when_odoo_says_no.py::z", "tests/demo/test_run.py::a"]
    assert sorted([*usual, *reversed(long)], key=longest_first) == [*long, *usual]


def test_the_files_that_took_longest_are_named_by_the_sum_of_their_tests():
    took = [("desk.test_day", "1.6"), ("desk.test_visits", "2"), ("desk.test_day", "1")]
    cases = [ElementTree.Element("testcase", classname=f"tests.{file}", time=seconds) for file, seconds in took]
    assert longest(cases) == ["desk.test_day 3 s", "desk.test_visits 2 s"]


def test_what_runs_beside_tells_how_it_went():
    with beside([sys.executable, "-c", "print('five'); raise SystemExit(3)"]) as running:
        assert running.result() == (3, "five\n")


def test_what_runs_beside_comes_last_and_ends_with_the_block_and_so_does_what_it_started():
    with beside([sys.executable, "-c", PARENT]) as running:
        parent = psutil.Process(running.pid)
        assert wait_until(lambda: len(parent.children()) == 1, 20)
        [child] = parent.children()
        assert parent.nice() == LAST
    gone = lambda one: not one.is_running() or one.status() == psutil.STATUS_ZOMBIE  # noqa: E731
    assert wait_until(lambda: gone(parent) and gone(child), 5)
