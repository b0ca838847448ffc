"""Passwords and API keys, kept as digests, and the tokens of the REST module: which of them opens what.

Over RPC either will do; a web session takes only a password, JSON-2 only a key (observed on Odoo 16, 17, 19).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import sqlite3
from collections.abc import Collection, Iterable

PASSWORD, KEY = "password", "key"
RPC = frozenset({PASSWORD, KEY})
SECONDS = "%Y-%m-%d %H:%M:%S"

# ``api_key`` is the record of ``res.users.apikeys``, ``expires`` is UTC and empty for a key that lasts.
TABLE = """CREATE TABLE sandbox_secret (
    uid INTEGER NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL, is_admin INTEGER NOT NULL,
    api_key INTEGER, expires TEXT)"""

# The module shows a token again to who asks for one while it lasts, so it is kept as it is.
TOKENS = "CREATE TABLE sandbox_token (token TEXT PRIMARY KEY, uid INTEGER NOT NULL, expires TEXT NOT NULL)"
TOKEN_LASTS = dt.timedelta(seconds=31536000)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add(
    connection: sqlite3.Connection,
    uid: int,
    kind: str,
    secret: str,
    is_admin: bool,
    api_key: int | None = None,
    expires: str | None = None,
) -> None:
    """Gives a user one more secret; an empty one opens nothing."""
    connection.execute(
        "INSERT INTO sandbox_secret (uid, kind, digest, is_admin, api_key, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (uid, kind, digest(secret) if secret else "", int(is_admin), api_key, expires),
    )


def forget_keys(connection: sqlite3.Connection, api_keys: Iterable[int]) -> None:
    """Takes keys away by their records in ``res.users.apikeys``."""
    connection.executemany("DELETE FROM sandbox_secret WHERE api_key = ?", [(each,) for each in api_keys])


def fits(connection: sqlite3.Connection, uid: int, secret: str, kinds: Collection[str], now: dt.datetime) -> bool:
    """Whether a secret of one of these kinds is the user's, and has not expired."""
    rows = connection.execute("SELECT kind, digest, expires FROM sandbox_secret WHERE uid = ?", (uid,)).fetchall()
    given, stamp = digest(secret), now.strftime(SECONDS)
    return any(
        hmac.compare_digest(known, given)
        for kind, known, expires in rows
        if kind in kinds and (not expires or expires >= stamp)
    )


def owner_of_key(connection: sqlite3.Connection, key: str, now: dt.datetime) -> int | None:
    """The active user whose API key this is; ``None`` for a wrong or expired key and for a password."""
    row = connection.execute(
        "SELECT s.uid FROM sandbox_secret s JOIN res_users u ON u.id = s.uid AND u.active = 1 "
        "WHERE s.kind = ? AND s.digest = ? AND (s.expires IS NULL OR s.expires >= ?)",
        (KEY, digest(key), now.strftime(SECONDS)),
    ).fetchone()
    return int(row[0]) if row else None


def rest_token(connection: sqlite3.Connection, uid: int, fresh: str, now: dt.datetime) -> str:
    """The token that the user has, or else ``fresh``, which is the user's from now on."""
    row = connection.execute(
        "SELECT token FROM sandbox_token WHERE uid = ? AND expires >= ?", (uid, now.strftime(SECONDS))
    ).fetchone()
    if row:
        return str(row[0])
    ends = (now + TOKEN_LASTS).strftime(SECONDS)
    connection.execute("INSERT INTO sandbox_token VALUES (?, ?, ?)", (fresh, uid, ends))
    return fresh


def owner_of_token(connection: sqlite3.Connection, token: str, now: dt.datetime) -> int | None:
    row = connection.execute(
        "SELECT uid FROM sandbox_token WHERE token = ? AND expires >= ?", (token, now.strftime(SECONDS))
    ).fetchone()
    return int(row[0]) if row else None


def forget_token(connection: sqlite3.Connection, token: str) -> bool:
    """Whether there was such a token; there is none now."""
    return bool(connection.execute("DELETE FROM sandbox_token WHERE token = ?", (token,)).rowcount)
