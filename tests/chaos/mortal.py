"""`python -m tests.chaos.mortal`: pushes or pulls in child processes that die at a statement of the database.

Reads lines "push 17 before" from its standard input: the 17th statement kills, before it is executed or after. Writes
"killed", or "done" for a run that had no such statement.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django


class Deadly:
    """Counts statements, and dies at one."""

    def __init__(self, at: int, after: bool) -> None:
        self._left, self._after = at, after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def work(what: str, at: int, after: bool) -> None:
    from django.db import connection as database

    from odoo_bridge import sync
    from odoo_bridge.models import Connection

    connection = Connection.objects.get()
    with database.execute_wrapper(Deadly(at, after)):
        getattr(sync, what)(connection)


def main() -> None:
    django.setup()
    from odoo_bridge import sync  # noqa: F401 - loaded once, before the children

    for line in sys.stdin:
        what, at, when = line.split()
        child = os.fork()
        if child == 0:
            work(what, int(at), when == "after")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else "done\n" if status == 0 else "failed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
