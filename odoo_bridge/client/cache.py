"""What changes slowly is asked for once in a while: fields, countries, currencies, taxes, journals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cachetools import TTLCache

from odoo_bridge.client.checking import Fields, checked
from odoo_bridge.client.domains import EVERYTHING, F, all_of, as_condition
from odoo_bridge.client.typed import ATTRIBUTES
from odoo_bridge.errors import Garbled, Rejected

if TYPE_CHECKING:
    from odoo_bridge.client.core import Client, Domain, Record


class Remembered:
    """Answers about slow-moving data over `client`, kept for `ttl` seconds, `size` of them at most.

    Safe between threads. Errors are not kept, and neither is that something was not found: somebody may just
    be adding it. `clock`: seconds that only go up.
    """

    def __init__(
        self, client: Client, *, ttl: float = 600, size: int = 2000, clock: Callable[[], float] | None = None
    ) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._kept: TTLCache[tuple[Any, ...], Any] = TTLCache(size, ttl, timer=clock or time.monotonic)
        self._forgotten = 0

    def fields_get(self, model: str, attributes: Sequence[str] = ATTRIBUTES) -> Fields:
        """What the model's fields are, by name."""

        def ask() -> Any:
            fields = self._client.call(model, "fields_get", attributes=list(attributes))
            if not isinstance(fields, dict) or not all(_describes(each, attributes) for each in fields.values()):
                raise Garbled("Odoo's answer to fields_get cannot be read.", model=model, method="fields_get")
            return fields

        fields: Fields = self.recalled((model, "fields_get", tuple(attributes)), ask)
        return fields

    def reference(self, model: str, key: str, value: str | int, domain: Domain = EVERYTHING) -> int | None:
        """The id of the one record whose field `key` is `value`: `reference("res.country", "code", "BE")`.

        `domain` narrows it down, for instance to a company. None when there is none. Raises Rejected when
        there are several.
        """

        def ask() -> int | None:
            wanted = all_of(F(key) == value, as_condition(checked(domain)))
            ids = self._client.search(model, wanted.render(), limit=2)
            if len(ids) > 1:
                raise Rejected(f"Several records of {model} have that {key}.", field=key, model=model)
            return ids[0] if ids else None

        found: int | None = self.recalled((model, "reference", key, value, repr(list(domain))), ask)
        return found

    def rows(self, model: str, fields: Sequence[str], domain: Domain = EVERYTHING) -> list[Record]:
        """Records that match, as for a choice of journals or taxes; the list is the caller's own."""

        def ask() -> list[Record]:
            return self._client.search_read(model, domain, fields, order="id")

        rows: list[Record] = self.recalled((model, "rows", tuple(fields), repr(list(domain))), ask)
        return [dict(row) for row in rows]

    def forget(self, model: str | None = None) -> None:
        """Ask anew from now on: about one model, or about all. Also answers that are on their way are not kept."""
        with self._lock:
            self._forgotten += 1
            for key in list(self._kept):
                if model is None or key[0] == model:
                    self._kept.pop(key, None)

    def recalled(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        """What `ask` answered last under this key, whose first part is a model; None is not kept."""
        with self._lock:
            with suppress(KeyError):  # not asked whether it is there: it may expire before it is taken
                return self._kept[key]
            asked_at = self._forgotten
        answer = ask()  # without the lock: others need not wait for Odoo
        if answer is not None:
            with self._lock:
                if asked_at == self._forgotten:
                    self._kept[key] = answer
        return answer


def _describes(field: Any, attributes: Sequence[str]) -> bool:
    """Whether an answer describes a field: every field of Odoo has a type."""
    return isinstance(field, dict) and ("type" not in attributes or isinstance(field.get("type"), str))
