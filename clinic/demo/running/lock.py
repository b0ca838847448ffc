"""One run at a time in one folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another run holds the folder; `pid` is its process id, as far as it is known."""

    def __init__(self, pid: str) -> None:
        self.pid = pid
        super().__init__(f"The clinic is running here already{f' (process {pid})' if pid else ''}.")


@contextmanager
def only_run(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, or raise `AlreadyRunning`.

    The system gives the lock back when its holder dies, so a file left behind by a kill is not in the way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
