"""Rules that the database itself keeps, in the dialects of PostgreSQL and SQLite.

A guard is made of triggers (and, on PostgreSQL, constraints). They are installed after every `migrate` and not
by a migration, because Django rebuilds a SQLite table for many schema changes and silently drops the table's
triggers with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.checks import Tags as CheckTags
from django.db import connections
from django.db.models.signals import post_migrate


@dataclass(frozen=True)
class Guard:
    """One rule on one table.

    `sqlite` maps the names of triggers to their `CREATE TRIGGER` statements; `postgresql` is a list of statements
    that may be run again and again, and `postgresql_names` the triggers and constraints they leave behind.
    """

    table: str
    sqlite: dict[str, str]
    postgresql: list[str]
    postgresql_names: list[str] = field(default_factory=list)

    def install(self, using: str) -> None:
        """Create or replace the guard in the database `using`."""
        connection = connections[using]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                for name, statement in self.sqlite.items():
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(statement)
            else:
                for statement in self.postgresql:
                    cursor.execute(statement)

    def missing(self, using: str) -> set[str]:
        """Return the names of this guard's triggers and constraints that the database lacks."""
        connection = connections[using]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                wanted = set(self.sqlite)
            else:
                cursor.execute("SELECT tgname FROM pg_trigger UNION SELECT conname FROM pg_constraint")
                wanted = set(self.postgresql_names)
            return wanted - {row[0] for row in cursor.fetchall()}


def frozen(table: str, rule: str) -> Guard:
    """Return the guard of a table whose rows are written once; who changes or deletes one is told the name `rule`."""
    sqlite = {
        f"{rule}_on_{event.lower()}": f"""
            CREATE TRIGGER {rule}_on_{event.lower()} BEFORE {event} ON {table}
            BEGIN SELECT RAISE(ABORT, '{rule}'); END
        """
        for event in ("UPDATE", "DELETE")
    }
    postgresql = [
        f"""
        CREATE OR REPLACE FUNCTION {rule}() RETURNS trigger AS $$
        BEGIN
            RAISE EXCEPTION '{rule}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{rule}';
        END $$ LANGUAGE plpgsql
        """,
        f"CREATE OR REPLACE TRIGGER {rule} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {rule}()",
    ]
    return Guard(table, sqlite, postgresql, [rule])


def keep(app: AppConfig, guards: Iterable[Guard]) -> None:
    """Install `guards` after each migration of `app`, and let a system check tell when one is missing."""
    guards = list(guards)

    def install(using: str, **_: object) -> None:
        tables = connections[using].introspection.table_names()
        for guard in guards:
            if guard.table in tables:
                guard.install(using)

    def check(databases: Iterable[str] | None = None, **_: object) -> list[CheckMessage]:
        return [
            # No more than a warning: an error would keep `migrate` from installing what a new release adds.
            checks.Warning(
                f"The rule {name} is missing from table {guard.table}.",
                hint="Run `manage.py migrate`: it installs the database's rules again.",
                id="clinic.W004",
            )
            for using in databases or []
            for guard in guards
            if guard.table in connections[using].introspection.table_names()
            for name in sorted(guard.missing(using))
        ]

    post_migrate.connect(install, sender=app, weak=False, dispatch_uid=f"guards:{app.label}")
    register(check, CheckTags.database)


def lift(app: str) -> Callable[[Any, Any], None]:
    """Return what a migration runs first to change tables of `app` that have guards: it drops their triggers.

    SQLite does not rename a table that a trigger speaks of, and rows that a guard freezes cannot be carried over.
    `keep` installs the guards again after every migrate.
    """
    pattern = f"{app}!_%"

    def drop(apps: Any, editor: Any) -> None:
        is_sqlite = editor.connection.vendor == "sqlite"
        listed = (
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE %s ESCAPE '!'"
            if is_sqlite
            else "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE %s ESCAPE '!'"
        )
        with editor.connection.cursor() as cursor:
            cursor.execute(listed, [pattern])
            found = cursor.fetchall()
            for name, table in found:
                cursor.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))

    return drop
