"""A whole clinic of real processes, with a folder and a database of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management import get_commands

from clinic.demo.running import programs
from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from clinic.demo.running.redis import find_redis, redis_argv
from tests.provision.databases import own_database
from tests.provision.processes import Processes, Running

ALL = ("sandbox", "web", "worker", "beat")


@dataclass
class Stack:
    """The addresses of a stack, its environment, and a hold on its processes by name."""

    url: str
    sandbox_url: str
    database_url: str
    redis_url: str
    var: Path
    env: Mapping[str, str]
    processes: Processes
    running: dict[str, Running]

    def manage(self, *words: str, fine: tuple[int, ...] = (0,)) -> str:
        """Run a management command in the stack's environment and return what it printed; `fine`: its exit codes."""
        program = Program("manage", [sys.executable, "manage.py", *words], self.env)
        done = subprocess.run(program.argv, env=program.environment, capture_output=True, text=True, timeout=120)
        if done.returncode not in fine:
            raise AssertionError(f"manage.py {' '.join(words)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def sync_status(self) -> dict[str, int]:
        """Return how many records are `in_odoo`, `waiting` and `needs_you`."""
        return json.loads(self.manage("odoo", "status", "--json", fine=(0, 1)))

    def wait_for_sync(self, seconds: float = 120) -> None:
        """Wait until nothing of the clinic waits to get into Odoo; fail after `seconds`."""
        if not wait_until(lambda: not self.sync_status()["waiting"], seconds, every=0.2):
            raise AssertionError(f"Still waiting after {seconds} seconds: {self.sync_status()}")

    def start(self, *names: str) -> None:
        """Start some of the stack's programs and wait until they are ready."""
        for name in names:
            program, ready = self._program(name)
            self.running[name] = self.processes.start(program, ready=ready)

    def kill(self, name: str) -> None:
        """Kill a program and its children without warning."""
        self.running.pop(name).kill()

    def _program(self, name: str) -> tuple[Program, str | Callable[[], bool]]:
        if name == "redis":
            argv = redis_argv(find_redis(), _port(self.redis_url), self.var / "redis")
            return Program("redis", argv), lambda: self._has_said("redis", "Ready to accept connections")
        if name == "sandbox":
            return programs.sandbox(_port(self.sandbox_url), self.var / "sandbox.sqlite3", self.env), self.sandbox_url
        if name == "web":
            return programs.web(_port(self.url), self.env), self.url
        # Of a further worker or beat the name goes on: "worker-2".
        if name.startswith("worker"):
            program = replace(programs.worker(self.env), name=name)
            return program, lambda: self._has_said(name, " ready.")
        program = replace(programs.beat(self.var / f"{name}-schedule", self.env), name=name)
        return program, lambda: self._has_said(name, "beat: Starting")

    def _has_said(self, name: str, words: str) -> bool:
        """Tell whether the newest log of a program holds `words`."""
        logs = sorted(self.var.glob(f"log/{name}-*.log"), key=lambda log: log.stat().st_mtime)
        return bool(logs) and words in logs[-1].read_text(errors="replace")


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def bring_up(
    resources: ExitStack,
    folder: Path,
    redis_url: str,
    *,
    start: Iterable[str] = ALL,
    env: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Stack:
    """Migrate a new database, seed it with `seed` patients if given, connect Odoo, and start the programs of `start`.

    With "redis" among the programs the stack gets a Redis of its own, which may then be killed. The stack ends when
    `resources` is closed.
    """
    if "redis" in start:
        redis_url = f"redis://{LOOPBACK}:{free_port()}/0"
    (folder / "log").mkdir(parents=True)
    database_url = resources.enter_context(own_database(folder))
    url, sandbox_url = (f"http://{LOOPBACK}:{free_port()}" for _ in range(2))
    own = {
        "CLINIC_VAR": str(folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CELERY_PREFIX": f"{folder.name}-{free_port()}:",
        "ODOO_URL": "",
        "ODOO_SANDBOX_URL": sandbox_url,
        **(env or {}),
    }
    processes = Processes(folder / "log")
    resources.callback(processes.stop)
    stack = Stack(url, sandbox_url, database_url, redis_url, folder, own, processes, {})
    stack.manage("migrate", "--verbosity", "0")
    if seed is not None:
        stack.manage("seed", "--patients", str(seed))
    if "odoo" in get_commands():
        stack.manage("odoo", "connect")
    stack.start(*start)
    return stack
