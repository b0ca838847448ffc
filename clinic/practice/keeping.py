"""What a process keeps in memory of tables that seldom change: hours, people, chairs, visit types.

A `Stamp` says which state those tables are in. The database itself renews it, by a trigger, in the transaction of every
change, whoever writes. What was read is kept under the stamp that was in force before it was read, and served only
while that stamp stands: one short query, whichever process made the change.

A stamp is drawn by lot and never counted up: the one of a transaction that is rolled back must not come again for
another change. It is read first and the tables after it, so that what is kept is never older than its stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache
from django.db import connection

from clinic.guards import Guard
from clinic.practice.models import Stamp

T = TypeVar("T")
_STAMPS = Stamp._meta.db_table


def current_stamp() -> str:
    """Return the stamp in force, as this transaction sees it; empty if nothing was ever written."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {_STAMPS} WHERE id = 1")  # noqa: S608 - the name of our own table
        row = cursor.fetchone()
    return row[0] if row else ""


def held_stamp(*, to_change: bool = False) -> str:
    """Return the stamp in force, and keep it in force until this transaction is over.

    Any number of transactions may hold it at a time, or one that is about to change what it stands for (`to_change`):
    whoever decides by what it stands for then goes before that change or sees it. Take it before any row that the
    other side may want. SQLite has one writer at a time, and needs no more than that.
    """
    if connection.vendor != "postgresql":
        return current_stamp()
    with connection.cursor() as cursor:
        lock = "FOR UPDATE" if to_change else "FOR SHARE"
        cursor.execute(f"SELECT value FROM {_STAMPS} WHERE id = 1 {lock}")  # noqa: S608 - our own names
        row = cursor.fetchone()
    return row[0] if row else ""


class Kept(Generic[T]):
    """What `read` returns for the last `room` keys that were asked for, read again whenever the stamp is another.

    It is shared by the threads of a process: nobody may change what they get.
    """

    def __init__(self, read: Callable[..., T], room: int) -> None:
        self._read = read
        self._held: LRUCache[tuple[Hashable, ...], T] = LRUCache(room)
        self._lock = Lock()

    def get(self, *key: Hashable, stamp: str | None = None) -> T:
        """Return what is known of `key`; `stamp` is the one in force if the caller has just asked for it."""
        stamp = current_stamp() if stamp is None else stamp
        if not stamp:
            return self._read(*key)
        with self._lock:
            held = self._held.get((stamp, *key))
        if held is None:
            held = self._read(*key)
            with self._lock:
                self._held[stamp, *key] = held
        return held


def restamping(table: str) -> Guard:
    """Return the rule that a change of `table` renews the stamp."""
    return Guard(
        table=table,
        sqlite={f"{table}_restamps_{event.lower()}": _sqlite(table, event) for event in ("INSERT", "UPDATE", "DELETE")},
        postgresql=[
            _FUNCTION,
            f"""
            CREATE OR REPLACE TRIGGER {table}_restamps AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION practice_restamp()
            """,
        ],
        postgresql_names=[f"{table}_restamps"],
    )


_RENEW = f"INSERT INTO {_STAMPS} (id, value) VALUES (1, {{lot}}) ON CONFLICT (id) DO UPDATE SET value = excluded.value;"  # noqa: S608
_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION practice_restamp() RETURNS trigger AS $$
    BEGIN
        {_RENEW.format(lot="replace(gen_random_uuid()::text, '-', '')")}
        RETURN NULL;
    END $$ LANGUAGE plpgsql
"""


def _sqlite(table: str, event: str) -> str:
    return f"""
        CREATE TRIGGER {table}_restamps_{event.lower()} AFTER {event} ON {table}
        BEGIN
            {_RENEW.format(lot="lower(hex(randomblob(16)))")}
        END
    """
