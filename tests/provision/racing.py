"""Many at once: threads that start together, each with a database connection of its own, in one process or several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import django
from django.conf import settings
from django.db import connection


def race(runners: Iterable[Callable[[], Any]], line: Any = None) -> list[Any]:
    """Run all `runners` at the same moment; return, for each, what it returned or the exception it raised.

    `line` is the barrier that they start from, where there are others besides them.
    """
    runners = list(runners)
    line = line or Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            line.wait(30)
            result = runner()
        except Exception as error:
            result = error
        # Whoever leaves would keep the machine busy with that while others are still under way.
        with suppress(BrokenBarrierError):
            line.wait(120)
        connection.close()
        return result

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


Crowd = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
_line: Any = None


@contextmanager
def crowd(processes: int, racers: int) -> Iterator[Crowd]:
    """Yield a function that calls another with each of `racers` arguments at the same moment, spread over processes.

    The threads of one process wait for each other's Python and not for the database; a server has several. What is
    called, what it is given and what it returns are sent from process to process, so they have to be pickled.
    """
    spawning = multiprocessing.get_context("spawn")
    joined = (connection.settings_dict["NAME"], settings.ODOO_RING, spawning.Barrier(racers))
    with ProcessPoolExecutor(processes, mp_context=spawning, initializer=_join, initargs=joined) as pool:

        def run(called: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
            # Nobody gets past the line before all are there: so no process takes two of the parts.
            parts = [pool.submit(_race_of, called, arguments[number::processes]) for number in range(processes)]
            return [result for part in parts for result in part.result(60)]

        yield run


def _join(database: str, rings: bool, line: Any) -> None:
    global _line
    django.setup()
    settings.ODOO_RING = rings
    connection.settings_dict["NAME"] = database
    _line = line


def _race_of(called: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
    return race([partial(called, one) for one in arguments], _line)
