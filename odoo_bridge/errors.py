"""What can go wrong when speaking to Odoo, sorted by what the caller should do next.

    OdooError
    ├── Unreachable       later   nothing was sent, or nobody was there to read it
    ├── Uncertain         look    sent, and not (readably) answered: it may have been done
    │   └── Garbled       look    something answered, but not in Odoo's language
    ├── Busy              later   Odoo turned it away or rolled it back: nothing was done
    ├── Denied            never   wrong user, key, database, or missing rights
    ├── Rejected          never   the data is refused, by Odoo or here; a person has to change something
    ├── Missing           never   the record is no longer there
    └── Incompatible      never   not Odoo, or an Odoo without that model, method or field

`retry` carries the decision: LATER repeats as it is, LOOK reads Odoo's state before repeating, NEVER waits
for a person. Messages are written for the clinic's staff; they never hold a traceback, a key, or a value
that was sent (only what Odoo itself says about it).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from odoo_bridge.said import trimmed


class Retry(StrEnum):
    """What a caller does after an error: repeat later, look at Odoo first, or wait for a person."""

    LATER = "later"
    LOOK = "look"
    NEVER = "never"


class OdooError(Exception):
    """Base of the family. `message` is readable; `model` and `method` name the call, where one was made."""

    retry: Retry = Retry.NEVER

    def __init__(self, message: str, *, model: str | None = None, method: str | None = None) -> None:
        self.message = trimmed(message)
        self.model = model
        self.method = method
        super().__init__(self.message)

    def about(self, model: str, method: str) -> OdooError:
        """Name the call this error belongs to, unless it already names one; returns itself for `raise`."""
        self.model = self.model or model
        self.method = self.method or method
        return self


class Unreachable(OdooError):
    """No connection, or none that was trusted: refused, unknown host, TLS failure, connect timeout."""

    retry = Retry.LATER


class Uncertain(OdooError):
    """Sent, and not answered.

    Odoo goes on working after a client gave up (observed on Odoo 16, 17 and 19).
    """

    retry = Retry.LOOK


class Garbled(Uncertain):
    """An answer that cannot be read: HTML, truncated, too large, a wrong type."""


class Busy(OdooError):
    """Turned away (429, or 503 with a time to come back at) or rolled back by a conflict.

    `retry_after`: seconds, or None if Odoo did not say.
    """

    retry = Retry.LATER

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        model: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(message, model=model, method=method)
        self.retry_after = retry_after


Denial = Literal["credentials", "database", "plan", "rights"]


class Denied(OdooError):
    """Refused because of who asks.

    `reason`: 'credentials' (user or key), 'database' (no such one), 'plan' (Odoo's hosting sells the external API with
    its Custom plan only), 'rights'.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Denial,
        model: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(message, model=model, method=method)
        self.reason = reason


class Rejected(OdooError):
    """The data is refused. `field`: Odoo's name of the field at fault, or None when Odoo did not name one."""

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        model: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(message, model=model, method=method)
        self.field = field


class Missing(OdooError):
    """The records are gone from Odoo.

    `ids`: those Odoo names, possibly none; `model`: the one they are missing in.
    """

    def __init__(
        self,
        message: str,
        *,
        ids: Sequence[int] = (),
        model: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(message, model=model, method=method)
        self.ids = tuple(ids)


class Incompatible(OdooError):
    """Not an Odoo that this client can work with, or one without the model, method or field asked for."""
