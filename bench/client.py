"""The client beside its peers: contacts pushed, updated and read, in one run against one server.

Every figure comes from a process of its own (`bench.contestants`), which signs in, starts the clock, works, and tells
its wall time, its CPU seconds and how much its memory grew. What is slow is done for fewer records, since its rate
does not depend on how many there are; the table says how many.

`ours` is one connection for what is written and two for what is read, as they are by default; `ours-twofold` writes on
two, which pays on a server with several workers; `ours-typed` reads Python's types. The `-batch` of the others send 500
records a call, which none of them does by itself; a lost answer then doubles them, where ours may be sent again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PUSHED = ("ours", "ours-twofold", "seed", "odoorpc", "odoorpc-batch", "odooly-batch", "raw-batch")
UPDATED = ("ours", "ours-twofold", "seed", "odoorpc", "odooly")
READ = ("ours", "ours-typed", "seed", "odoorpc", "odooly")
SLOW = {("push", "seed"), ("push", "odoorpc"), ("update", "seed"), ("update", "odoorpc"), ("update", "odooly")}


@dataclass(frozen=True)
class Result:
    """`wall`, `cpu`: seconds; `memory`: MiB that the process grew by; `records` in that time."""

    who: str
    records: int
    wall: float
    cpu: float
    memory: float

    @property
    def each(self) -> float:
        """Seconds of wall time for one record."""
        return self.wall / self.records


def compare(records: int, read: int, rounds: int) -> Iterator[str]:
    """Yield the lines of the report: `records` pushed and updated, `read` read; the best of `rounds`."""
    yield f"client against {os.environ['ODOO_URL']}, {records} pushed and updated, {read} read, best of {rounds}"
    for task, contestants, count in (("push", PUSHED, records), ("update", UPDATED, records), ("read", READ, read)):
        results = [_best(task, who, count, rounds) for who in contestants]
        yield from _table(task, results)
    yield from _growth()


def _best(task: str, who: str, count: int, rounds: int) -> Result:
    slow = (task, who) in SLOW
    done = [_run(task, who, max(count // 10, 100) if slow else count) for _ in range(1 if slow else rounds)]
    return min(done, key=lambda result: result.each)


def _run(task: str, who: str, count: int) -> Result:
    argv = [sys.executable, "-m", "bench.contestants", task, who, str(count)]
    told = json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)
    return Result(who, count, **told)


def _table(task: str, results: list[Result]) -> Iterator[str]:
    ours = results[0]
    yield ""
    yield f"{task:16s}{'records':>8s}{'wall s':>9s}{'per s':>8s}{'times ours':>12s}{'cpu s/1000':>12s}{'MiB':>7s}"
    for result in results:
        yield (
            f"  {result.who:14s}{result.records:8d}{result.wall:9.2f}{1 / result.each:8.0f}"
            f"{result.each / ours.each:12.2f}{result.cpu / result.records * 1000:12.3f}{result.memory:7.1f}"
        )


def _growth() -> Iterator[str]:
    """Memory for reading ever more: the same few records over and over, as long a read as is asked for."""
    many = _run("stream", "ours", 100_000)
    yield ""
    yield f"reading 100,000 records one page at a time: {many.memory:.1f} MiB above start"
