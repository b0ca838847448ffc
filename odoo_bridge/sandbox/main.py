"""``python -m odoo_bridge.sandbox``: serves a sandbox on loopback."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from werkzeug.http import http_date

from odoo_bridge.sandbox.profiles import VERSIONS
from odoo_bridge.sandbox.wire.control import LOOPBACK
from odoo_bridge.sandbox.wsgi import application_from

SIDE_FILES = ("", "-wal", "-shm")


def main(argv: Sequence[str] | None = None) -> None:
    """Serves until interrupted. Options win over the environment variables named in ``wsgi``.

    Exits with an error for an address that is not loopback.
    """
    options = _parser().parse_args(argv)
    if options.host not in LOOPBACK:
        raise SystemExit("The sandbox listens on this machine only: use 127.0.0.1.")
    if options.reset and options.file != ":memory:":
        for suffix in SIDE_FILES:
            Path(options.file + suffix).unlink(missing_ok=True)
    environ = _environment(options)
    if options.file != ":memory:":
        _open_once(environ)
    Server(environ, options.host, options.port, options.threads).run()


def _open_once(environ: dict[str, str]) -> None:
    """Exits with the reason for a file that cannot be gone on with; inside of the server nobody would read it."""
    try:
        application_from(environ).sandbox.close()
    except ValueError as error:
        raise SystemExit(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    environ = os.environ.get
    parser = argparse.ArgumentParser(prog="odoo sandbox", description="An Odoo to try the bridge with.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--port", type=int, default=8070)
    parser.add_argument("--version", type=int, choices=VERSIONS, default=int(environ("ODOO_SANDBOX_VERSION", "17")))
    parser.add_argument("--file", default=environ("ODOO_SANDBOX_DB_FILE", "var/sandbox.sqlite3"))
    parser.add_argument("--reset", action="store_true", help="start with an empty, freshly seeded database")
    parser.add_argument("--key", help="the bridge user's API key")
    parser.add_argument("--database", help="the database's name")
    parser.add_argument("--company", help="the company's name")
    parser.add_argument("--currency", help="the company's currency, an ISO code")
    parser.add_argument("--country", help="the company's country, an ISO code")
    parser.add_argument("--branches", help="sale journals: NORTH=North branch,SOUTH=South branch")
    parser.add_argument("--companies", help="further companies: Clinic West:WEST=West branch;Clinic East:EAST=East")
    parser.add_argument("--rest", action="store_true", help="install the third-party REST module at /api")
    parser.add_argument("--threads", type=int, default=8)
    return parser


def _environment(options: argparse.Namespace) -> dict[str, str]:
    given = {
        "ODOO_SANDBOX_VERSION": str(options.version),
        "ODOO_SANDBOX_DB_FILE": options.file,
        **{
            f"ODOO_SANDBOX_{name.upper()}": getattr(options, name)
            for name in ("key", "database", "company", "currency", "country", "branches", "companies")
            if getattr(options, name)
        },
    }
    if options.rest:
        given["ODOO_SANDBOX_REST"] = "1"
    return {**os.environ, **given}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one process, because the database has one owner, and several threads."""

    def __init__(self, environ: dict[str, str], host: str, port: int, threads: int) -> None:
        self.environ = environ
        self.settings: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "timeout": 600,
            "graceful_timeout": 5,
            "keepalive": 75,
            "proc_name": "odoo-sandbox",
            "accesslog": None,
            "loglevel": "warning",
            # It would be left behind in the home folder.
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = application_from(self.environ)
        # gunicorn writes the Date header itself; clients take it for Odoo's clock, so it must be the
        # sandbox's.
        util.http_date = lambda timestamp=None: http_date(timestamp or app.sandbox.clock())
        return app
