"""A database file of an earlier sandbox gets the tables and columns that came since."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from odoo_bridge.sandbox.orm.registry import Registry

OBJECTS = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"


def bring_up_to_date(connection: sqlite3.Connection, registry: Registry) -> None:
    """Adds what is missing, empty; nothing is changed or removed."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for statement in registry.schema():
            fresh.execute(statement)
        there = {name for name, _kind, _sql in connection.execute(OBJECTS)}
        for name, kind, sql in fresh.execute(OBJECTS).fetchall():
            if name not in there:
                connection.execute(sql)
            elif kind == "table":
                _add_columns(connection, name, fresh)


def _add_columns(connection: sqlite3.Connection, table: str, fresh: sqlite3.Connection) -> None:
    there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
    for row in fresh.execute(f'PRAGMA table_info("{table}")'):
        if row[1] not in there:
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{row[1]}" {row[2]}')
