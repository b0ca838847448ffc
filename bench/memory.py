"""How a worker's process grows with what it pushes and pulls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench.practice import Practice
from odoo_bridge.models import Connection, Window

STEP = 10_000


def measure(connection: Connection, practice: Practice, records: int) -> Iterator[str]:
    """Push and pull so many patients in a process of its own, and tell how it grew since it had met each path."""
    yield f"memory of a process that pushes and pulls {records} patients (asked: at most 80 MiB above start)"
    argv = [sys.executable, "-m", "bench.process", "measured"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def tell(word: str) -> str:
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise SystemExit("The process that was measured ended.")
            return answer

        start, _ = _sizes(tell("start"))
        for done in range(0, records, STEP):
            practice.patients(min(STEP, records - done))
            now, peak = _sizes(tell("push"))
            yield f"  {min(done + STEP, records):7d} pushed {now - start:+7.1f} MiB, at most {peak - start:+7.1f}"
        Window.objects.filter(connection=connection).update(since=None)
        now, peak = _sizes(tell("pull"))
        yield f"  {records:7d} pulled {now - start:+7.1f} MiB, at most {peak - start:+7.1f}"
        process.stdin.close()


def _sizes(answer: str) -> tuple[float, float]:
    now, peak = answer.split()
    return float(now), float(peak)
