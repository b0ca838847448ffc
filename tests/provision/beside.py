"""A long calculation beside the tests: these often wait for a browser, a server or a clock, and it takes that time."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LAST = 19
"""The niceness of who comes last."""


class Beside:
    """A program that runs with whatever it starts, and what it says."""

    def __init__(self, argv: Sequence[str], said: IO[bytes]) -> None:
        self._said = said
        # In a session of its own: Linux shares the processors out among sessions first, then inside each.
        self._process = subprocess.Popen(argv, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        os.setpriority(os.PRIO_PROCESS, self._process.pid, LAST)
        group = Path(f"/proc/{self._process.pid}/autogroup")
        # Not every machine has these groups, or lets them be changed; then being nice has to do.
        with suppress(OSError):
            group.write_text(str(LAST))

    @property
    def pid(self) -> int:
        return self._process.pid

    def result(self) -> tuple[int, str]:
        """Wait for its end, and return its exit code and what it said."""
        code = self._process.wait()
        self._said.seek(0)
        return code, self._said.read().decode()

    def end(self) -> None:
        """End it with all that it started, if it still runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def beside(argv: Sequence[str]) -> Iterator[Beside]:
    """Run a program after everything else that wants the processors; it ends with the block at the latest."""
    with tempfile.TemporaryFile() as said:
        running = Beside(argv, said)
        try:
            yield running
        finally:
            running.end()
