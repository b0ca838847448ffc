"""The programs that the clinic consists of, each with its command line. The tests start the same ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from clinic.demo.running.ports import LOOPBACK


@dataclass(frozen=True)
class Program:
    """One process: what it is called, how it is started, and what is special about its environment."""

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment that the process is started with."""
        own = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "clinic.settings"}
        return {**os.environ, **own, **self.env}


def _python(*argv: str) -> list[str]:
    return [sys.executable, *argv]


def _manage(*argv: str) -> list[str]:
    return _python(str(settings.BASE_DIR / "manage.py"), *argv)


def sandbox(port: int, file: Path, env: Mapping[str, str]) -> Program:
    """The Odoo that comes along, with its own database file."""
    return Program("sandbox", _manage("odoo", "sandbox", "--port", str(port), "--file", str(file)), env)


def web(port: int, env: Mapping[str, str], threads: int = 8) -> Program:
    """The web server: one process, since SQLite has one writer, and threads for many desks."""
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads), "--bind", f"{LOOPBACK}:{port}"]
    # The control socket would be left behind in the home folder.
    options += ["--worker-tmp-dir", _memory_folder(), "--graceful-timeout", "3", "--no-control-socket"]
    return Program("web", _python("-m", "gunicorn", "clinic.wsgi", *options), env)


def worker(env: Mapping[str, str], concurrency: int = 2) -> Program:
    """The Celery worker."""
    quiet = ["--without-gossip", "--without-mingle"]
    options = ["worker", "--concurrency", str(concurrency), "--loglevel", "INFO", *quiet]
    return Program("worker", _python("-m", "celery", "-A", "clinic", *options), env)


def beat(schedule: Path, env: Mapping[str, str]) -> Program:
    """Celery's clock."""
    options = ["beat", "--schedule", str(schedule), "--loglevel", "INFO"]
    return Program("beat", _python("-m", "celery", "-A", "clinic", *options), env)


def _memory_folder() -> str:
    """Gunicorn's heartbeat file belongs in memory: on a slow disk a busy worker would be taken for a dead one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(settings.VAR_DIR)  # noqa: S108
