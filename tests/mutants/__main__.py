"""`python -m tests.mutants [--seeds 60] [--jobs 2] [--only 3 7]`: plants each bug in a copy, and sees what catches it.

The simulation comes first; where it sees nothing in so many seeds, the fast tests of the sync are asked. Ends with a
line for each bug, and with an error if one was not caught.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.mutants.bugs import BUGS, Bug

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("clinic", "odoo_bridge", "tests", "templates", "static", "manage.py", "pyproject.toml")
FAST = [
    f"tests/odoo_bridge/test_{name}.py"
    for name in (
        *("merge", "fields", "intake", "leases", "payments_in_order"),
        *("lost_updates", "stopped_in_between", "trouble", "poison"),
    )
]


def faulty(bug: Bug) -> str:
    """Return the text of a bug's file with the bug in it."""
    text = (ROOT / bug.file).read_text()
    if text.count(bug.search) != 1:
        raise SystemExit(f"{bug.file} does not have this text once: {bug.search!r}")
    return text.replace(bug.search, bug.replace)


def laid_out(folder: Path) -> None:
    """Lay out the product in a folder. Every file, compiled ones included, is shared."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, copy_function=_link)
        else:
            _link(source, folder / name)


def planted(bug: Bug, folder: Path) -> None:
    """Lay out the product in a folder, with the bug in it."""
    laid_out(folder)
    file = folder / bug.file
    file.unlink()
    file.write_text(faulty(bug))


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # Another file system.
        shutil.copy2(source, target)


def seeds_needed(folder: Path, seeds: int) -> tuple[int | None, str]:
    """Return after how many seeds the simulation sees the bug, and what it sees; None if it does not."""
    argv = [sys.executable, "-m", "tests.simulation", "--lines", "--seeds", str(seeds)]
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    try:
        for number, line in enumerate(process.stdout, start=1):
            if wrong := json.loads(line)["wrong"]:
                return number, wrong[0][:110]
    finally:
        process.kill()
        process.wait()
    return None, ""


def failing(folder: Path, tests: list[str]) -> str:
    """Return the first of these tests that fails on a product laid out in a folder, or an empty text."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'clinic.sqlite3'}", "CLINIC_VAR": str(folder)}
    argv = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no", *tests]
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True)
    failed = [line.split(" ", 1)[1] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return failed[0].split(" - ")[0] if failed else ""


def caught_by_tests(folder: Path) -> str:
    """Return the first of the fast tests that fails by the bug in a folder, or an empty text.

    A test that fails by the machine's being busy catches nothing: it is passed over, once it passes with the bug or
    fails without it.
    """
    left = list(FAST)
    while found := failing(folder, left):
        if failing(folder, [found]) and passes_without_bug(found):
            return found
        if found in left:
            raise SystemExit(f"Without any bug, too: {found}")
        left += ["--deselect", found]
    return ""


@cache
def passes_without_bug(test: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="clinic-mutant-") as name:
        laid_out(Path(name))
        return not failing(Path(name), [test])


def verdict(number: int, bug: Bug, seeds: int) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="clinic-mutant-") as name:
        folder = Path(name)
        planted(bug, folder)
        needed, seen = seeds_needed(folder, seeds)
        told = f"seed {needed}: {seen}" if needed else caught_by_tests(folder)
        return bool(told), f"{number:2d} {bug.kind:18} {bug.file:36} {told or 'NOT CAUGHT'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seeds", type=int, default=60, help="how many seeds each bug gets")
    parser.add_argument("--jobs", type=int, default=2, help="how many bugs at once")
    parser.add_argument("--only", type=int, nargs="*", help="the numbers of some bugs")
    options = parser.parse_args()
    for bug in BUGS:
        faulty(bug)  # That all of them can be planted is known before the first is.
    chosen = [(number, bug) for number, bug in enumerate(BUGS) if not options.only or number in options.only]
    missed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for caught, line in pool.map(lambda one: verdict(*one, options.seeds), chosen):
            print(line, flush=True)  # noqa: T201
            missed += not caught
    print(f"mutants: {len(chosen) - missed} of {len(chosen)} caught")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
