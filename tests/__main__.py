"""`python -m tests`: the whole suite on SQLite and on PostgreSQL, and one line that says how it went.

What has nothing to do with the database (the client and the sandbox) runs on the first of them only. Of the four Odoos
the sync meets two on each of them. The seeds of the simulation, which has a database of its own, run beside both.
Arguments go to pytest. Set `LEGS=sqlite` or `LEGS=postgresql` for one leg, `WORKERS=0` for one process, and
`REQUIRE_ALL=1` to fail where something could not run here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.provision.beside import Beside, beside
from tests.provision.legs import BOTH, Outcome, run_leg
from tests.provision.missing import PREFIX, everything_is_required
from tests.provision.postgres import NoPostgres, cluster

SEEDS = 2000
SECONDS = 4500
"""How many schedules of the simulation a whole run tries, and after how long it gives up, which is a failure: about
twice as long as two cores take with the tests beside them."""


@contextmanager
def database(leg: str, folder: Path) -> Iterator[str]:
    """Yield the database URL that a leg runs on; raise `NoPostgres` if there is none."""
    if leg == "sqlite":
        yield f"sqlite:///{folder / 'clinic.sqlite3'}"
    else:
        with cluster() as url:
            yield url


def run(leg: str, arguments: list[str]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix=f"clinic-tests-{leg}-") as name:
        folder = Path(name)
        try:
            with database(leg, folder) as url:
                print(f"\n=== {leg} ===", flush=True)  # noqa: T201
                return run_leg(leg, url, folder, arguments)
        except NoPostgres as error:
            return Outcome(leg, not_available={str(error)})


def simulation() -> list[str]:
    """The command that tries the simulation's seeds on all cores."""
    budget = ["--seeds", str(SEEDS), "--seconds", str(SECONDS), "--jobs", str(os.cpu_count() or 1)]
    return [sys.executable, "-m", "tests.simulation", *budget, "--all-met", "--brief"]


def simulated(running: Beside) -> bool:
    """Wait for the simulation, show what it says, and tell whether its seeds came out well."""
    print("\n=== simulation ===", flush=True)  # noqa: T201
    code, said = running.result()
    print(said, end="", flush=True)  # noqa: T201
    return code == 0


def main(arguments: list[str]) -> int:
    legs = os.environ.get("LEGS", BOTH).split(",")
    with nullcontext() if arguments else beside(simulation()) as running:
        outcomes = [run(leg, arguments) for leg in legs]
        is_sound = running is None or simulated(running)
    lacking = sorted(set().union(*(outcome.not_available for outcome in outcomes)))
    for what in lacking:
        print(f"!!! {PREFIX}{what}")  # noqa: T201
    print("tests: " + "; ".join([*map(str, outcomes), *([] if is_sound else ["the simulation failed"])]))  # noqa: T201
    if not is_sound:
        return 1
    if lacking and everything_is_required():
        return 1
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
