"""One call's surroundings: the transaction, the user, the context, the time."""

from __future__ import annotations

import datetime as dt
import sqlite3
from functools import cached_property
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.profiles import Profile

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.model import BaseModel
    from odoo_bridge.sandbox.orm.registry import Registry


class Env:
    """Gives models to one another: ``env["res.partner"]``.

    ``now`` is the start of the transaction, in UTC without zone: every row written in it gets this
    ``write_date`` (observed on Odoo 16, 17 and 19).
    """

    def __init__(
        self,
        registry: Registry,
        connection: sqlite3.Connection,
        uid: int,
        now: dt.datetime,
        context: dict[str, Any] | None = None,
    ) -> None:
        self._registry = registry
        self._root = self
        self.profile: Profile = registry.profile
        self.connection = connection
        self.uid = uid
        self.now = now
        self.context = context or {}
        # What a web session remembers from call to call; RPC has none.
        self.session: dict[str, Any] | None = None
        # Moves whose lines changed and whose totals are not yet up to date; see models.totals.
        self.stale_moves: set[int] | None = None
        self._models: dict[str, BaseModel] = {}

    def __getitem__(self, name: str) -> Any:
        model = self._models.get(name)
        if model is None:
            model = self._models[name] = self.registry.classes[name](self, self.registry.descriptions[name])
        return model

    @property
    def registry(self) -> Registry:
        """The models there are, those that this transaction made included."""
        return self._root._registry

    def reload(self) -> None:
        """Looks again which models and fields the database has of its own."""
        self._root._registry = self.registry.of_database(self.connection)
        self._models.clear()
        self._root._models.clear()

    def with_context(self, **context: Any) -> Env:
        """The same transaction with more context."""
        other = Env(self.registry, self.connection, self.uid, self.now, {**self.context, **context})
        other.stale_moves = self.stale_moves
        other.session = self.session
        other._root = self._root
        return other

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, parameters)

    def value(self, sql: str, parameters: Any = ()) -> Any:
        """The first column of the first row, or ``None``."""
        row = self.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def column(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.execute(sql, parameters)]

    @cached_property
    def stamp(self) -> str:
        """``now`` as it is stored: with microseconds."""
        return self.now.strftime("%Y-%m-%d %H:%M:%S.%f")

    @property
    def today(self) -> str:
        return self.now.strftime("%Y-%m-%d")

    @cached_property
    def is_admin(self) -> bool:
        """OdooBot and administrators pass every access check."""
        return bool(self.value("SELECT is_admin FROM sandbox_secret WHERE uid = ?", (self.uid,)))

    @cached_property
    def partner_id(self) -> int:
        """The user's own contact."""
        return int(self.value("SELECT partner_id FROM res_users WHERE id = ?", (self.uid,)) or 0)

    @property
    def is_superuser(self) -> bool:
        return self.uid == 1

    @cached_property
    def own_companies(self) -> list[int]:
        """The companies that the user works for."""
        return self.column("SELECT there FROM rel_res_users_company_ids WHERE here = ?", (self.uid,))

    @cached_property
    def companies(self) -> list[int]:
        """Whose records are seen: those of the companies in the context, or else of all of the user's (observed)."""
        return list(self.context.get("allowed_company_ids") or self.own_companies)

    @cached_property
    def has_several_companies(self) -> bool:
        return int(self.value("SELECT COUNT(*) FROM res_company")) > 1

    @cached_property
    def company_id(self) -> int:
        """The company that something new belongs to: the first in the context, or else the user's main one."""
        if allowed := self.context.get("allowed_company_ids"):
            return int(allowed[0])
        return int(self.value("SELECT company_id FROM res_users WHERE id = ?", (self.uid,)) or 1)
