"""`python -m bench sync|client`: what the sync and the client cost, as ratios in one run against one server.
`python -m bench adoption`: how well patients are recognised among contacts (`--read` of each), without a server.
`python -m bench desk`: what the desk's pages cost, beside a bare page; `BENCH_DATABASE_URL` names a PostgreSQL for it.
`python -m bench drag`: how smoothly a visit follows the hand in a browser, beside an empty page.

The server is the sandbox, started for the run, or the Odoo that `ODOO_URL` and its companions name (only with
`ODOO_TEST_DATABASE=1`, since the run leaves contacts behind).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.what == "adoption":
        os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
        from bench.adoption import measure

        for line in measure(options.read):
            print(line, flush=True)
        return 0
    if options.what in PAGES:
        with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
            for line in PAGES[options.what](options, folder):
                print(line, flush=True)
        return 0
    if os.environ.get("ODOO_URL") and os.environ.get("ODOO_TEST_DATABASE") != "1":
        print("Set ODOO_TEST_DATABASE=1 to let the bench write to that Odoo.")
        return 2
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        sandbox = None if os.environ.get("ODOO_URL") else _sandbox(Path(folder))
        try:
            for line in _sync(options, folder) if options.what == "sync" else _client(options):
                print(line, flush=True)
        finally:
            if sandbox:
                sandbox.terminate()
                sandbox.wait()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=["sync", "client", "adoption", *PAGES], nargs="?", default="sync")
    parser.add_argument("--records", type=int, default=1000, help="records pushed and updated")
    parser.add_argument("--many", type=int, default=100_000, help="records that a process grows with (sync)")
    parser.add_argument("--patients", type=int, default=10_000, help="patients of the clinic (desk)")
    parser.add_argument("--appointments", type=int, default=100_000, help="appointments of the clinic (desk)")
    parts = "parts of the sync: push loop pull idle workers latency memory; of the desk: pages slots booking search"
    parser.add_argument("--only", nargs="+", help=parts)
    parser.add_argument("--read", type=int, default=20_000, help="records read (client), people (adoption)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the best counts (client)")
    return parser.parse_args(arguments)


def _sync(options: argparse.Namespace, folder: str) -> Iterator[str]:
    _clinic(folder)
    from bench.sync import compare

    yield from compare(options)


def _desk(options: argparse.Namespace, folder: str) -> Iterator[str]:
    _clinic(folder)
    from bench.desk import compare

    yield from compare(options)


def _drag(options: argparse.Namespace, folder: str) -> Iterator[str]:
    _clinic(folder)
    from bench.drag import measure

    yield from measure()


PAGES = {"desk": _desk, "drag": _drag}


def _clinic(folder: str) -> None:
    """Set Django up for a clinic in `folder`, or in the database that `BENCH_DATABASE_URL` names."""
    os.environ.update(CLINIC_VAR=folder, ODOO_RING="0", LOG_LEVEL="WARNING", DJANGO_SETTINGS_MODULE="clinic.settings")
    os.environ["DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
    import django

    django.setup()


def _client(options: argparse.Namespace) -> Iterator[str]:
    from bench.client import compare

    sandbox = os.environ.get("ODOO_SANDBOX_URL")
    if sandbox:
        from odoo_bridge.sandbox import BRIDGE_KEY

        os.environ.update(ODOO_URL=sandbox, ODOO_DB="sandbox", ODOO_USERNAME="bridge", ODOO_API_KEY=BRIDGE_KEY)
    yield from compare(options.records, options.read, options.rounds)


def _sandbox(folder: Path) -> subprocess.Popen[bytes]:
    from clinic.demo.running.ports import free_port

    port = free_port()
    os.environ["ODOO_SANDBOX_URL"] = url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "odoo_bridge.sandbox", "--port", str(port), "--file", str(folder / "odoo.sqlite3")]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/web/health", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return process
    raise SystemExit("The sandbox did not start.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
