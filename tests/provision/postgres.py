"""A PostgreSQL cluster of our own: made in a temporary folder, fast and forgetful, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic.demo.running.ports import LOOPBACK, free_port

USER = "clinic"
# Nothing here has to survive a power cut, and many tests hold many connections.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
}


class NoPostgres(Exception):
    """There is no PostgreSQL server on this machine."""


def find_binaries() -> Path:
    """Return the folder that holds `initdb` and `postgres`; raise `NoPostgres` if there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("PostgreSQL (no initdb on the PATH or under /usr/lib/postgresql)")


@contextmanager
def cluster() -> Iterator[str]:
    """Run a new cluster and yield the URL of its empty database; raise `NoPostgres` if there is no server."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="clinic-postgres-"))
    data, port = folder / "data", free_port()
    server = _unprivileged()
    try:
        if server:
            os.chown(folder, server["user"], server["group"])
        _run([binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], folder, server)
        options = " ".join(f"-c {name}='{value}'" for name, value in {**FAST, "port": port}.items())
        _run([binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], folder, server)
        try:
            yield f"postgres://{USER}@{LOOPBACK}:{port}/postgres"
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder, server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> dict[str, int]:
    """Whom the server runs as: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise NoPostgres("PostgreSQL (it does not run as root, and there is neither a user postgres nor nobody)")


def _run(argv: list[object], folder: Path, server: dict[str, int]) -> None:
    extra = {**server, "extra_groups": []} if server else {}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    # Not a pipe: the server would hold it open after pg_ctl has ended.
    with (folder / "output").open("w+") as output:
        done = subprocess.run(
            [str(word) for word in argv], cwd=folder, env=environment, stdout=output, stderr=output, **extra
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{argv[0]} failed:\n{output.read()}")
