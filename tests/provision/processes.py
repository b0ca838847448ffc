"""Real processes: started with a readiness check, killed whole, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from clinic.demo.running.follow import answers, wait_until
from clinic.demo.running.programs import Program
from clinic.demo.running.supervisor import stop_group


class DidNotStart(Exception):
    """The process ended or was not ready in time; the message ends with what it last said."""


class Running:
    """One process and all that it started, with its output in a file."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program, self.log = program, log
        with log.open("a") as output:
            self._process = subprocess.Popen(
                program.argv,
                env=program.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        """Return everything that the process has written so far."""
        return self.log.read_text(errors="replace")

    def wait(self, seconds: float) -> int:
        """Wait for the process to end and return its exit code."""
        return self._process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill the process and all that it started, as a power cut would."""
        if self.is_running:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        """End the process and all that it started, gently at first."""
        if self.is_running:
            os.killpg(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while self.is_running and time.monotonic() < deadline:
                time.sleep(0.02)
        # Children may outlive their parent.
        stop_group(self.pid, grace=1)
        self._process.wait(10)


class Processes:
    """The processes of one test. `stop` ends all of them, the newest first; so does `kill`, without warning."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Running] = []

    def start(self, program: Program, *, ready: str | Callable[[], bool] | None = None, seconds: float = 30) -> Running:
        """Start `program` and wait until it is ready: until a URL answers, or `ready` returns true.

        Raises `DidNotStart` when it ends before, or is not ready within `seconds`.
        """
        running = Running(program, self._folder / f"{program.name}-{len(self._running)}.log")
        self._running.append(running)
        is_ready = (lambda: answers(ready)) if isinstance(ready, str) else ready
        if is_ready is not None:
            wait_until(lambda: is_ready() or not running.is_running, seconds, every=0.05)
            if not (running.is_running and is_ready()):
                raise DidNotStart(f"{program.name}: {' '.join(program.argv)}\n{running.said()[-4000:]}")
        return running

    def newest(self, name: str) -> Running:
        """Return the process of this name that was started last."""
        return next(running for running in reversed(self._running) if running.program.name == name)

    def stop(self) -> None:
        while self._running:
            self._running.pop().stop()

    def kill(self) -> None:
        """Kill all of them, the newest first: for those that nobody expects to say good-bye."""
        while self._running:
            self._running.pop().kill()
