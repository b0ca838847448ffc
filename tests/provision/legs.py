"""One leg of the suite: pytest in a process of its own, on one database engine, and what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.provision.missing import PREFIX

WITHOUT_DATABASE = (
    "tests/contract/api",
    "tests/demo/test_run.py",
    "tests/journeys",
    "tests/mutants",
    "tests/odoo_bridge/client",
    "tests/odoo_bridge/peers",
    "tests/odoo_bridge/samples",
    "tests/odoo_bridge/sandbox",
    "tests/simulation",
)
"""Tests that have little to do with the clinic's database: once is enough, on the first leg.

What a browser shows is what the pages answer, which the tests of the pages ask on every leg.
"""


LONG = (
    "tests/journeys/test_accessible.py",
    "tests/journeys/test_when_odoo_says_no.py",
    "tests/desk/test_in_a_browser.py",
    "tests/demo/test_run.py",
    "tests/journeys/",
    "tests/chaos/",
    "tests/simulation/",
    "tests/provision/",
    "tests/appointments/test_racing",
    "tests/odoo_bridge/several/",
    "tests/desk/test_every_address.py",
)
"""What takes longest, in that order: it begins first, so that no worker is left with it alone in the end."""

SHOWN = 25
"""How many files of a whole leg are named as those that take longest."""

BOTH = "sqlite,postgresql"
PEERS = {"sqlite": "16-xmlrpc,19-jsonrpc", "postgresql": "17-jsonrpc,19-json2"}
"""What the sync meets on each leg of a whole run: its conversations with Odoo are the same on both database engines, so
each Odoo is met on one of them. A single leg meets them all."""


@dataclass
class Outcome:
    """How one leg went. A leg that did not run at all has no exit code."""

    leg: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    exit_code: int | None = None
    not_available: set[str] = field(default_factory=set)

    @property
    def is_good(self) -> bool:
        return self.exit_code in (0, None)

    def __str__(self) -> str:
        if self.exit_code is None:
            return f"{self.leg}: NOT RUN"
        counts = [f"{self.passed} passed"]
        counts += [f"{n} {what}" for n, what in ((self.failed, "failed"), (self.skipped, "skipped")) if n]
        broken = self.exit_code and not self.failed
        return f"{self.leg}: {', '.join(counts)}{f' (pytest ended with {self.exit_code})' if broken else ''}"


def longest_first(address: str) -> int:
    """Return the place of a test in a leg, by its address: those of the same place keep their order."""
    return next((place for place, begin in enumerate(LONG) if address.startswith(begin)), len(LONG))


def run_leg(leg: str, database_url: str, folder: Path, arguments: list[str]) -> Outcome:
    """Run pytest on `database_url` with `folder` as the place for everything it leaves behind."""
    report = folder / "report.xml"
    argv = [sys.executable, "-m", "pytest", f"--junitxml={report}", *_workers(), *_once(leg, arguments), *arguments]
    own = {"DATABASE_URL": database_url, "CLINIC_VAR": str(folder / "var"), "ODOO_URL": ""}
    if _legs() == BOTH and not arguments:
        own["SANDBOX_PEERS"] = PEERS[leg]
    done = subprocess.run(argv, env={**os.environ, **own})
    outcome = Outcome(leg, exit_code=done.returncode)
    if report.exists():
        cases = list(ElementTree.parse(report).iter("testcase"))
        _count(outcome, cases)
        if not arguments:
            print(f"most of the time: {', '.join(longest(cases))}", flush=True)  # noqa: T201
    return outcome


def _once(leg: str, arguments: list[str]) -> list[str]:
    """Leave out, in a whole run, what the first leg has shown already."""
    return [f"--ignore={folder}" for folder in WITHOUT_DATABASE] if _is_further(leg, arguments) else []


def _is_further(leg: str, arguments: list[str]) -> bool:
    """Tell whether this is one more leg of a whole run."""
    return leg != _legs().split(",")[0] and not arguments


def _legs() -> str:
    return os.environ.get("LEGS", BOTH)


def _workers() -> list[str]:
    workers = os.environ.get("WORKERS", "2")
    # By file, so that tests that share a slow fixture stay together; in the order of `LONG`, since those with the most
    # tests first would leave the slow journeys, few to a file, to the end and to one worker.
    return ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"] if workers != "0" else []


def longest(cases: list[ElementTree.Element]) -> list[str]:
    """Return in words the files whose tests took longest in sum: `LONG` is to begin with them."""
    seconds: Counter[str] = Counter()
    for case in cases:
        seconds[case.get("classname", "").removeprefix("tests.")] += round(float(case.get("time", 0)))
    return [f"{file} {taken} s" for file, taken in seconds.most_common(SHOWN)]


def _count(outcome: Outcome, cases: list[ElementTree.Element]) -> None:
    for case in cases:
        skipped = case.find("skipped")
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        if broken is not None:
            outcome.failed += 1
        elif skipped is not None:
            outcome.skipped += 1
        else:
            outcome.passed += 1
        message = next((found.get("message", "") for found in (skipped, broken) if found is not None), "")
        if PREFIX in message:
            outcome.not_available.add(message.split(PREFIX, 1)[1].strip())
