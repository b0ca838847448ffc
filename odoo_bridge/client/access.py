"""What the signed-in user may do with a model, asked without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from odoo_bridge.client.core import Client
from odoo_bridge.errors import Garbled, Incompatible

Operation = Literal["read", "write", "create", "unlink"]
OPERATIONS: tuple[Operation, ...] = ("read", "write", "create", "unlink")


@dataclass(frozen=True, slots=True)
class Rights:
    """Rights on a model as a whole. Record rules may still hide single records."""

    model: str
    read: bool
    write: bool
    create: bool
    unlink: bool

    @property
    def missing(self) -> list[Operation]:
        """What the user may not do."""
        return [operation for operation in OPERATIONS if not getattr(self, operation)]


def rights(client: Client, model: str) -> Rights:
    """The user's rights on `model`, in four calls. Raises Incompatible where Odoo has no such model."""
    return Rights(model, *(may(client, model, operation) for operation in OPERATIONS))


def may(client: Client, model: str, operation: Operation) -> bool:
    """Whether the user may `operation` records of `model`.

    Odoo 16 and 17 have `check_access_rights` and no `has_access` (observed on 17); Odoo 18 brought
    `has_access`, and later versions may drop the older one.
    """
    if client.major < 18:
        return _flag(client, model, operation, newer=False)
    try:
        return _flag(client, model, operation, newer=True)
    except Incompatible:
        return _flag(client, model, operation, newer=False)


def _flag(client: Client, model: str, operation: Operation, *, newer: bool) -> bool:
    if newer:  # a method of records: asked of none, it speaks of the model
        answer = client.call(model, "has_access", [], operation)
    else:
        answer = client.call(model, "check_access_rights", operation, raise_exception=False)
    if type(answer) is not bool:
        raise Garbled("Odoo's answer about rights cannot be read.", model=model)
    return answer
