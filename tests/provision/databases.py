"""Databases for whole stacks, on the engine that the leg tests: a SQLite file or a new PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database that only the caller knows, and drop it afterwards."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        yield f"sqlite:///{folder / 'clinic.sqlite3'}"
        return
    import psycopg

    server = {
        "host": default["HOST"],
        "port": default["PORT"],
        "user": default["USER"],
        "password": default["PASSWORD"],
    }
    name = f"clinic_{uuid4().hex[:12]}"
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            password = f":{default['PASSWORD']}" if default["PASSWORD"] else ""
            yield f"postgres://{default['USER']}{password}@{default['HOST']}:{default['PORT']}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
