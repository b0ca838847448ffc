"""`python -m bench [records]`: what the sync costs, as ratios in one run against one server.

The server is the sandbox, started for the run, or the Odoo that `ODOO_URL` and its companions name (only with
`ODOO_TEST_DATABASE=1`, since the run leaves contacts behind).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path


def main(records: int) -> int:
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        os.environ.update(
            CLINIC_VAR=folder, ODOO_RING="0", LOG_LEVEL="WARNING", DJANGO_SETTINGS_MODULE="clinic.settings"
        )
        os.environ["DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        if os.environ.get("ODOO_URL") and os.environ.get("ODOO_TEST_DATABASE") != "1":
            print("Set ODOO_TEST_DATABASE=1 to let the bench write to that Odoo.")
            return 2
        sandbox = None if os.environ.get("ODOO_URL") else _sandbox(Path(folder))
        try:
            import django

            django.setup()
            from bench.sync import compare

            for line in compare(records):
                print(line)
        finally:
            if sandbox:
                sandbox.terminate()
                sandbox.wait()
    return 0


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
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
