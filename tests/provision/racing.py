"""Many at once: threads that start together, each with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def race(runners: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run all `runners` at the same moment; return, for each, what it returned or the exception it raised."""
    runners = list(runners)
    line = Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            line.wait(30)
            return runner()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))
