"""Starts the programs, watches them, and stops them all when one ends or a person says so.

Honcho does the watching. What is added here: no program outlives a supervisor that was killed, and a Ctrl-C that
comes while the programs are still being started is not lost.
"""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import parent_process
from threading import Thread
from typing import Any

from honcho.manager import Manager
from honcho.process import Popen, Process

from clinic.demo.running.programs import Program

GRACE_SECONDS = 5


class LeashedPopen(Popen):
    """A child that is stopped when the supervisor dies, however it dies."""

    def __init__(self, cmd: str, **kwargs: Any) -> None:
        super().__init__(cmd, **kwargs)
        Thread(target=self._stop_when_orphaned, daemon=True).start()

    def _stop_when_orphaned(self) -> None:
        supervisor = parent_process()
        if supervisor is None:
            return
        supervisor.join()
        stop_group(self.pid)


class LeashedProcess(Process):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = LeashedPopen


def stop_group(group: int, grace: float = GRACE_SECONDS) -> None:
    """Ask every process of a process group to end, and kill what is left after `grace` seconds."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)


class Supervisor(Manager):
    """Runs `programs` until one ends or a signal comes; `followers` run beside them, in threads of their own."""

    def __init__(self, programs: Iterable[Program], printer: Any, followers: Iterable[Callable[[], None]] = ()) -> None:
        super().__init__(printer)
        self._process_ctor = LeashedProcess
        self._followers = list(followers)
        self._asked_to_stop = False
        self.first_to_end: tuple[str, int] | None = None
        for program in programs:
            # The shell that Honcho starts a program by makes way for the program, which then gets the signals.
            self.add_process(program.name, f"exec {shlex.join(program.argv)}", env=program.environment)

    @property
    def was_asked_to_stop(self) -> bool:
        """Whether a person or the system ended the run, and not one of the programs."""
        return self._asked_to_stop

    def loop(self) -> None:
        super().loop()
        for known in self._processes.values():
            known["process"].join(GRACE_SECONDS)

    def terminate(self) -> None:
        self._asked_to_stop = self._asked_to_stop or not self._any_stopped()
        self._printer.is_stopping = True
        # Honcho cannot stop a program that has not said its process id yet: then `_all_started` does.
        if super()._all_started():
            super().terminate()

    def _start(self) -> None:
        super()._start()
        # Only now: a process that has threads should not fork.
        for follower in self._followers:
            Thread(target=follower, daemon=True).start()

    def _all_started(self) -> bool:
        started = super()._all_started()
        if started and self._asked_to_stop:
            super().terminate()
        return started

    def _any_stopped(self) -> bool:
        if self.first_to_end is None:
            ended = ((name, known["returncode"]) for name, known in self._processes.items() if "returncode" in known)
            self.first_to_end = next(ended, None)
        return self.first_to_end is not None
