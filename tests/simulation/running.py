"""Many seeds, in several processes, and what is said of them."""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.simulation import schedule
from tests.simulation.clock import Clock
from tests.simulation.place import Place
from tests.simulation.report import Report
from tests.simulation.shrink import shrink
from tests.simulation.story import BEGINNING, Beginning, Outcome, Schedule
from tests.simulation.world import World

ENOUGH = 1000
"""Of how many seeds it is asked that every fault met every call."""
NO_SEED = 2**40
"""The chance of the beginning, which no schedule has: no two records may get the same identity."""


class Simulator:
    """Runs schedules one after the other, on one place."""

    def __init__(self) -> None:
        self.place = Place(Clock())
        self._beginnings: dict[float, Beginning] = {}
        # What was made so far stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()

    def run(self, planned: Schedule) -> Outcome:
        if planned.skew not in self._beginnings:
            self._beginnings[planned.skew] = World(self.place, Schedule(NO_SEED, planned.skew, BEGINNING)).begin()
        return World(self.place, planned).run(self._beginnings[planned.skew])

    def story(self, planned: Schedule) -> str:
        """Return the smallest schedule that fails as this one does, and what happens in it."""
        kind = _kind(self.run(planned).wrong)
        small = shrink(planned, lambda one: _kind(self.run(one).wrong) == kind)
        outcome = self.run(small)
        steps = "\n".join(f"    {json.dumps(step, ensure_ascii=False)}" for step in small.steps)
        log = "\n".join(f"    {line}" for line in outcome.log)
        wrong = "\n".join(f"    {line}" for line in outcome.wrong)
        head = f"  seed {small.seed}, skew {small.skew}, {len(small.steps)} steps after the beginning:"
        return f"{head}\n{steps}\n  what happens:\n{log}\n  wrong:\n{wrong}"


def _kind(wrong: list[str]) -> str:
    """What a failure is about, without names and values, so that shrinking does not wander off to another one."""
    if not wrong:
        return ""
    words = wrong[0].split(":")
    head = words[0].split()
    return " ".join([head[0], head[-1], *words[1][:12].split()[:1]]) if len(words) > 1 else head[-1]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--every", type=int, default=1, help="the step from one seed to the next")
    parser.add_argument("--seconds", type=float, default=0, help="give up after so long, which is a failure")
    parser.add_argument("--seed", type=int, help="this one alone, with everything that happens")
    parser.add_argument("--jobs", type=int, default=1, help="in how many processes")
    parser.add_argument("--replay", type=Path, help="a schedule that was printed, as JSON: seed, skew, steps")
    parser.add_argument("--stop", action="store_true", help="stop at the first failure, and do not shrink it")
    parser.add_argument("--no-deletions", action="store_true", help="nobody deletes or merges in Odoo")
    parser.add_argument(
        "--restores",
        default="",
        choices=["clinic", "odoo"],
        help="whose database is put back to an older backup on the way",
    )
    parser.add_argument("--all-met", action="store_true", help=f"fail if a fault did not meet a call in {ENOUGH} seeds")
    parser.add_argument("--lines", action="store_true", help="one line of JSON a seed, for a process that asked for it")
    parser.add_argument("--times", type=int, default=1, help="with --lines: each seed so many times")
    parser.add_argument("--sizes", action="store_true", help="say how large the schedules are, and run none")
    parser.add_argument("--brief", action="store_true", help="without the table of what met what")
    options = parser.parse_args(arguments)
    if options.sizes:
        return _sizes(options)
    if options.seed is not None or options.replay:
        return _one(options)
    if options.lines:
        return _lines(options)
    return _many(options)


def _planned(options: argparse.Namespace, seed: int) -> Schedule:
    return schedule.make(seed, deletions=not options.no_deletions, restores=options.restores)


def _one(options: argparse.Namespace) -> int:
    simulator = Simulator()
    planned = Schedule(**json.loads(options.replay.read_text())) if options.replay else _planned(options, options.seed)
    outcome = simulator.run(planned)
    print("\n".join(outcome.log))  # noqa: T201
    print(f"{outcome.digest}")  # noqa: T201
    if outcome.wrong:
        print(simulator.story(planned))  # noqa: T201
    return 1 if outcome.wrong else 0


def _sizes(options: argparse.Namespace) -> int:
    for seed in range(options.first, options.first + options.seeds):
        planned = _planned(options, seed)
        steps = len(BEGINNING) + len(planned.steps)
        print(json.dumps({"steps": steps, "faults": schedule.faults(planned.steps)}))  # noqa: T201
    return 0


def _lines(options: argparse.Namespace) -> int:
    simulator, until = Simulator(), time.perf_counter() + (options.seconds or math.inf)
    seeds = range(options.first, options.first + options.seeds * options.every, options.every)
    for seed in (seed for seed in seeds for _ in range(options.times)):
        if time.perf_counter() > until:
            break
        outcome = simulator.run(_planned(options, seed))
        told: dict[str, Any] = {"seed": seed, "digest": outcome.digest, "wrong": outcome.wrong}
        told |= {"counts": outcome.counts, "matrix": [[*pair, n] for pair, n in outcome.matrix.items()]}
        print(json.dumps(told), flush=True)  # noqa: T201
    return 0


def _many(options: argparse.Namespace) -> int:
    begun, report, failed = time.perf_counter(), Report(), {}
    for told in _told(options):
        report.add(Counter(told["counts"]), Counter({(fault, call): n for fault, call, n in told["matrix"]}))
        if wrong := told["wrong"]:
            failed[told["seed"]] = wrong
            print(f"seed {told['seed']}: " + "\n    ".join(wrong[:3]), flush=True)  # noqa: T201
            if options.stop:
                return 1
    seconds = time.perf_counter() - begun
    if not options.brief:
        print(report.table())  # noqa: T201
    never = report.never_met()
    named = ", ".join(never) if report.seeds >= ENOUGH else f"{len(never)} things, in so few seeds"
    print(f"never met: {named or 'nothing'}")  # noqa: T201
    rate = f"{report.seeds / seconds:.1f} schedules a second in {options.jobs} processes"
    print(f"simulate: {report.seeds} of {options.seeds} seeds, {len(failed)} failed, {rate}")  # noqa: T201
    if left := options.seeds - report.seeds:
        print(f"simulate: {left} seeds were not tried within {options.seconds:.0f} seconds")  # noqa: T201
    if failed:
        print(Simulator().story(_planned(options, min(failed))))  # noqa: T201
    return 1 if failed or left or (never and options.all_met and report.seeds >= ENOUGH) else 0


def _told(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run the seeds in processes of their own, and yield what these tell of each, in the order in which it comes."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    processes = []
    for job in range(options.jobs):
        own = ["--lines", "--first", str(options.first + job), "--every", str(options.jobs)]
        own += ["--seeds", str((options.seeds - job + options.jobs - 1) // options.jobs)]
        own += ["--seconds", str(options.seconds)] if options.seconds else []
        own += ["--no-deletions"] if options.no_deletions else []
        own += ["--restores", options.restores] if options.restores else []
        argv = [sys.executable, "-m", "tests.simulation", *own]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment)
        processes.append(process)
        threading.Thread(target=_listen, args=(process, told), daemon=True).start()
    try:
        at_work = len(processes)
        while at_work:
            if line := told.get():
                yield json.loads(line)
            else:
                at_work -= 1
        for process in processes:
            if process.wait():
                raise SystemExit(f"A process of the simulation ended with {process.returncode}.")
    finally:
        for process in processes:
            process.kill()


def _listen(process: subprocess.Popen[str], told: queue.SimpleQueue[str]) -> None:
    """Pass on a process's lines, and an empty one in the end."""
    assert process.stdout
    for line in process.stdout:
        told.put(line)
    told.put("")
