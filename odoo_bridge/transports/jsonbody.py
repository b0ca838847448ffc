"""JSON bodies: written from checked values, and read, whoever wrote them, within a budget of memory."""

from __future__ import annotations

from typing import Any

import orjson

from odoo_bridge.errors import Garbled, Rejected
from odoo_bridge.said import _

BUDGET = 48 * 2**20
"""Bytes that one answer's values may take, as estimated: twenty thousand records of ten fields take half."""

_CONTAINER, _VALUE = 200, 56  # bytes that CPython 3.11 takes for a small dict, and for a short text


def json_body(value: Any) -> bytes:
    """A plain value as JSON. Raises Rejected for one nested beyond 250 levels."""
    try:
        return orjson.dumps(value)
    except TypeError:  # all else was refused when the values were checked
        raise Rejected(_("The values are nested too deeply.")) from None


def json_value(answer: bytes | bytearray) -> Any:
    """The value in a JSON body.

    Raises Garbled for anything else, NaN and infinities included, and for more values than the budget holds.
    """
    check_budget(containers=answer.count(b"[") + answer.count(b"{"), values=answer.count(b","))
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError as error:
        raise Garbled(_("The answer is not the JSON that Odoo writes.")) from error


def check_budget(*, containers: int, values: int) -> None:
    """Raise Garbled where so many values would take more memory than the budget.

    A body of empty lists becomes some fifty times its size once it is read.
    """
    if containers * _CONTAINER + values * _VALUE > BUDGET:
        raise Garbled(_("The answer holds too many values; ask for fewer records at once."))
