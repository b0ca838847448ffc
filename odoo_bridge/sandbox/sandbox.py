"""The sandbox in-process: one database, one version, no HTTP.

sandbox = Sandbox(version=17)
uid = sandbox.authenticate("sandbox", "bridge", BRIDGE_KEY)
sandbox.execute_kw("sandbox", uid, BRIDGE_KEY, "res.partner", "search", [[]], {})
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import threading
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from odoo_bridge.sandbox import calls, secrets
from odoo_bridge.sandbox.errors import AccessDenied, MissingError, UnknownDatabase
from odoo_bridge.sandbox.faults import FaultPlan
from odoo_bridge.sandbox.models.companies import check_allowed
from odoo_bridge.sandbox.orm.env import Env
from odoo_bridge.sandbox.orm.registry import Registry, registry
from odoo_bridge.sandbox.orm.upgrading import bring_up_to_date
from odoo_bridge.sandbox.profiles import Profile
from odoo_bridge.sandbox.seed import BRIDGE_KEY, BRIDGE_UID, Seed, plant

__all__ = ["BRIDGE_KEY", "BRIDGE_UID", "Sandbox", "Snapshot", "utc_now"]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Snapshot:
    """What a sandbox held at some moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.backup(self.copy)

    def __del__(self) -> None:
        self.copy.close()


class Sandbox:
    """An Odoo database and its server.

    ``path`` is a file, or ``:memory:``; an existing file is continued, not seeded again. ``clock`` answers
    the server's time in UTC without zone. One lock serialises all calls, one call is one transaction.
    """

    def __init__(
        self,
        version: int = 17,
        path: str = ":memory:",
        database: str = "sandbox",
        key: str = BRIDGE_KEY,
        clock: Callable[[], dt.datetime] = utc_now,
        seed: Seed | None = None,
    ) -> None:
        self._version_registry = registry(version)
        self.profile: Profile = self._version_registry.profile
        self.database = database
        self.clock = clock
        self.path = path
        self._key = key
        self._seed = seed or Seed()
        self.faults = FaultPlan()
        self._lock = threading.RLock()
        self._connection = self._open()

    @property
    def registry(self) -> Registry:
        """The models of the version and those that users made in this database."""
        with self._lock:
            return self._version_registry.of_database(self._connection)

    # -- services, as Odoo's external API names them

    def version(self) -> dict[str, Any]:
        """``common.version``; needs no login."""
        major = self.profile.version
        return {
            "server_version": self.profile.server_version,
            "server_version_info": [major, 0, 0, "final", 0, ""],
            "server_serie": f"{major}.0",
            "protocol_version": 1,
        }

    def databases(self) -> list[str]:
        """``db.list``."""
        return [self.database]

    def authenticate(self, database: str, login: str, secret: str, _agent: Any = None) -> int | bool:
        """The uid; ``False`` for an unknown login and a wrong secret alike. Raises ``UnknownDatabase``."""
        self.check_database(database)
        return self._who(login, secret, secrets.RPC)

    def log_in(self, login: str, password: str) -> int | bool:
        """The uid of somebody who signs in to the web: by password only, a key does not open a session."""
        return self._who(login, password, {secrets.PASSWORD})

    def owner_of_key(self, key: str) -> int | None:
        """Whose API key this is; ``None`` for anything else, a password included."""
        with self._lock:
            return secrets.owner_of_key(self._connection, key, self.clock())

    def rest_token(self, uid: int, fresh: str) -> str:
        """The user's token for the REST module: the one there is, or else ``fresh``."""
        with self._lock:
            return secrets.rest_token(self._connection, uid, fresh, self.clock())

    def owner_of_rest_token(self, token: str) -> int | None:
        """Whose token this is; ``None`` for a wrong or expired one."""
        with self._lock:
            return secrets.owner_of_token(self._connection, token, self.clock())

    def forget_rest_token(self, token: str) -> bool:
        """Whether there was such a token; there is none now."""
        with self._lock:
            return secrets.forget_token(self._connection, token)

    def execute_kw(
        self,
        database: str,
        uid: Any,
        secret: Any,
        model: str,
        method: str,
        args: Any = (),
        kwargs: dict[str, Any] | None = None,
        started: dt.datetime | None = None,
    ) -> Any:
        """Calls a public method of a model, in a transaction of its own, after checking the secret.

        ``started`` is when the transaction began, if that was before this call. Answers what the method
        returns, ``None`` included. Raises ``OdooError``; then nothing has happened.
        """
        self.check_database(database)
        # The transaction begins before it waits for others, so a slow call can commit rows that are older
        # than rows already seen, as on a real server.
        now = started or self.clock()
        with self._lock:
            self._check_user(uid, secret)
            return self._call(int(uid), now, model, method, list(args or ()), dict(kwargs or {}))

    def call_kw(
        self,
        uid: int,
        model: str,
        method: str,
        args: Any,
        kwargs: dict[str, Any],
        started: dt.datetime | None = None,
        session: dict[str, Any] | None = None,
    ) -> Any:
        """The same for a user who is already known; ``session`` is what a web session remembers."""
        now = started or self.clock()
        with self._lock:
            return self._call(uid, now, model, method, list(args or ()), dict(kwargs or {}), session)

    def call_named(
        self,
        uid: int,
        model: str,
        method: str,
        named: dict[str, Any],
        started: dt.datetime | None = None,
    ) -> Any:
        """The same by named arguments, of which ``ids`` and ``context`` are special: JSON-2."""
        named = dict(named)
        ids, context = named.pop("ids", None) or [], named.pop("context", None)
        now = started or self.clock()
        with self._lock:
            # Nothing of such a session is kept for the next call.
            return self._transaction(
                uid, now, method, context, {}, lambda env: calls.call_named(env, model, method, ids, named)
            )

    def as_user(self, uid: int, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """The same without a secret, for the sandbox's own page and for tests; uid 2 administers."""
        now = self.clock()
        with self._lock:
            return self._call(uid, now, model, method, list(args), dict(kwargs))

    def is_admin(self, uid: int) -> bool:
        """Whether the user administers the database."""
        return bool(self.query("SELECT 1 FROM sandbox_secret WHERE uid = ? AND is_admin = 1", (uid,)))

    def check_database(self, database: Any) -> None:
        """Raises ``UnknownDatabase`` for any name but this database's."""
        if database != self.database:
            raise UnknownDatabase(str(database))

    # -- state

    def snapshot(self) -> Snapshot:
        """A copy of the whole database, in memory; less than a millisecond when nearly empty."""
        with self._lock:
            return Snapshot(self._connection)

    def restore(self, snapshot: Snapshot) -> None:
        """Puts the database back to a snapshot of a sandbox of the same version, as often as wanted."""
        with self._lock:
            snapshot.copy.backup(self._connection)

    def reset(self) -> None:
        """An empty, freshly seeded database."""
        with self._lock:
            fresh = self._connect(":memory:")
            self._fill(fresh)
            fresh.backup(self._connection)
            fresh.close()

    def query(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Raw rows, for tests that look behind the API (``mail_mail``, say)."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # -- inside

    def _open(self) -> sqlite3.Connection:
        connection = self._connect(self.path)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'res_partner'").fetchone():
            self._fill(connection)
        elif not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ir_model'").fetchone():
            connection.close()
            raise ValueError(f"{self.path} was made by an earlier sandbox: remove it, and it is made afresh.")
        else:
            bring_up_to_date(connection, self._version_registry)
        return connection

    def _connect(self, path: str) -> sqlite3.Connection:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Autocommit: transactions are begun and ended by hand, once per call.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        connection.create_function("fold", 1, _fold, deterministic=True)
        connection.create_function("is_like", 2, _is_like, deterministic=True)
        connection.execute("PRAGMA busy_timeout = 30000")
        if path != ":memory:":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _fill(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for statement in self._version_registry.schema():
            connection.execute(statement)
        plant(Env(self._version_registry, connection, 1, self.clock()), self._seed, self._key)
        connection.execute("COMMIT")

    def _check_user(self, uid: Any, secret: Any) -> None:
        if not uid or isinstance(uid, bool) or not isinstance(uid, int):
            raise AccessDenied
        active = self._connection.execute("SELECT active FROM res_users WHERE id = ?", (uid,)).fetchone()
        if active is None:
            # Observed: an unknown uid is a MissingError, not an AccessDenied.
            raise MissingError("res.users", uid, uid)
        if not active[0] or not self._secret_fits(uid, secret, secrets.RPC):
            raise AccessDenied

    def _who(self, login: str, secret: str, kinds: Collection[str]) -> int | bool:
        with self._lock:
            row = self._connection.execute(
                "SELECT id FROM res_users WHERE login = ? AND active = 1", (login,)
            ).fetchone()
            return int(row[0]) if row and self._secret_fits(row[0], secret, kinds) else False

    def _secret_fits(self, uid: int, secret: Any, kinds: Collection[str]) -> bool:
        return secrets.fits(self._connection, uid, str(secret), kinds, self.clock())

    def _call(
        self,
        uid: int,
        now: dt.datetime,
        model: str,
        method: str,
        args: list[Any],
        kwargs: dict[str, Any],
        session: dict[str, Any] | None = None,
    ) -> Any:
        context = kwargs.pop("context", None)
        return self._transaction(
            uid, now, method, context, session, lambda env: calls.call(env, model, method, args, kwargs)
        )

    def _transaction(
        self,
        uid: int,
        now: dt.datetime,
        method: str,
        context: Any,
        session: dict[str, Any] | None,
        work: Callable[[Env], Any],
    ) -> Any:
        self._connection.execute("BEGIN" if method in calls.READERS else "BEGIN IMMEDIATE")
        try:
            env = Env(self.registry, self._connection, uid, now, dict(context or {}))
            env.session = session
            check_allowed(env)
            result = work(env)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return result


def _fold(text: str | None) -> str | None:
    """Lower case for ``ilike``, beyond ASCII too."""
    return text.casefold() if isinstance(text, str) else text


def _is_like(text: str | None, pattern: str) -> bool | None:
    """Whether a text is like a pattern of SQL, in which `%` stands for any text and `_` for any character."""
    return None if text is None else bool(_expression(pattern).fullmatch(str(text)))


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    signs = {"%": ".*", "_": "."}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)
