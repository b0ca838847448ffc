"""Values on their way to Odoo: checked here, before anything is sent, and named where they are refused.

What Odoo would do with them instead (observed on Odoo 16, 17 and 19): a control character is a parse error
over XML-RPC and is stored over JSON-RPC; an integer beyond 32 bits cannot be written in XML-RPC; ISO dates
with 'T', offsets or microseconds are refused with a ValueError.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from odoo_bridge.errors import Rejected

# What XML 1.0 cannot carry, lone surrogates included (a Python str holds no other kind).
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TEXT_LIMIT = 8 * 2**20
"""Characters of one text. Files are larger, and go in pieces: see `streams`."""

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)

# Names of positional arguments, for messages; the methods' own names (observed on Odoo 16, 17 and 19).
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "search": ("domain", "offset", "limit", "order"),
    "search_count": ("domain",),
    "search_read": ("domain", "fields", "offset", "limit", "order"),
    "read": ("ids", "fields"),
    "create": ("vals_list",),
    "write": ("ids", "vals"),
    "unlink": ("ids",),
    "fields_get": ("allfields", "attributes"),
}


class _Unsendable(Exception):
    """A reason, and the steps to the value, collected while the recursion unwinds."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str | int] = []


def sendable_call(
    method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], *, wide_integers: bool
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments of a model's method as plain JSON or XML-RPC values.

    datetime (aware) becomes Odoo's UTC text, date its text, Decimal the nearest float, tuples become lists.
    Floats carry 15 digits exactly, which is money up to ten trillion with cents; read them back with
    `Decimal(str(value))`. Raises Rejected, with the value's path in the message (`vals_list[0].name`) and its
    field; the value itself is not repeated.
    """
    if method == "load" and len(args) == 2:
        rows = _rows(*args, wide_integers)
        return [_named("fields", args[0], wide_integers), rows], _keywords(kwargs, wide_integers)
    names = _ARGUMENTS.get(method, ())
    plain = [
        _named(names[index] if index < len(names) else f"args[{index}]", value, wide_integers)
        for index, value in enumerate(args)
    ]
    return plain, _keywords(kwargs, wide_integers)


def sendable(value: Any) -> Any:
    """One value as a plain one, whole numbers of up to 64 bits. Raises ValueError with the reason it cannot be sent."""
    try:
        return _plain(value, True)
    except _Unsendable as refusal:
        raise ValueError(refusal.reason) from None


def odoo_datetime(value: datetime) -> str:
    """Odoo's text of an aware datetime:

    UTC, whole seconds (rounded down). Raises ValueError for a naive one.
    """
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError("a time without a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def _keywords(kwargs: Mapping[str, Any], wide_integers: bool) -> dict[str, Any]:
    for name in kwargs:
        if not name.isidentifier():
            raise Rejected("The name of an argument is made of letters, digits and _.")
    return {name: _named(name, value, wide_integers) for name, value in kwargs.items()}


def _named(root: str, value: Any, wide_integers: bool) -> Any:
    try:
        return _plain(value, wide_integers)
    except _Unsendable as refusal:
        raise _rejected(root, refusal) from None
    except RecursionError:
        raise Rejected(f"{root}: the value is nested too deeply.") from None


def _rows(fields: Any, rows: Any, wide_integers: bool) -> list[list[Any]]:
    """The cells of `load`, whose columns are better names than their numbers."""
    for name, several in {"fields": fields, "data": rows}.items():
        if not isinstance(several, list | tuple):
            raise Rejected(f"The {name} of load are a list.", field=name)
    plain = []
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple):
            raise Rejected(f"data[{number}] is no list of cells.", field="data")
        if len(row) != len(fields):
            raise Rejected(f"data[{number}] has {len(row)} values for {len(fields)} fields.")
        try:
            plain.append(_items(row, wide_integers))
        except _Unsendable as refusal:
            refusal.steps[0] = str(fields[int(refusal.steps[0])])
            raise _rejected(f"data[{number}]", refusal) from None
    return plain


def _rejected(root: str, refusal: _Unsendable) -> Rejected:
    steps = refusal.steps
    path = root + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    field = next((step for step in reversed(steps) if isinstance(step, str)), None)
    return Rejected(f"{path}: {refusal.reason}", field=field)


def _plain(value: Any, wide: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return _integer(int(value), wide)
    if isinstance(value, float):
        return _number(float(value))
    if isinstance(value, Decimal):
        return _number(float(value) if value.is_finite() else math.nan)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _items(value, wide)
    if isinstance(value, Mapping):
        return _members(value, wide)
    raise _Unsendable(f"values of type {type(value).__name__} cannot be sent to Odoo.")


def _items(values: Any, wide: bool) -> list[Any]:
    plain = []
    try:
        for item in values:
            plain.append(_plain(item, wide))
    except _Unsendable as refusal:
        refusal.steps.insert(0, len(plain))
        raise
    return plain


def _members(values: Mapping[Any, Any], wide: bool) -> dict[str, Any]:
    plain = {}
    for key, item in values.items():
        if not isinstance(key, str):
            raise _Unsendable("names must be text.")
        try:
            plain[_text(key)] = _plain(item, wide)
        except _Unsendable as refusal:
            refusal.steps.insert(0, key)
            raise
    return plain


def _text(value: str) -> str:
    if len(value) > TEXT_LIMIT:
        raise _Unsendable(f"the text has more than {TEXT_LIMIT // 2**20} million characters.")
    if _UNSENDABLE.search(value):
        raise _Unsendable("the text contains invisible control characters or broken ones.")
    return str.__str__(value)  # plain text also of a StrEnum or a SafeString, which XML-RPC cannot marshal


def _integer(value: int, wide: bool) -> int:
    if value not in (_INT64 if wide else _INT32):
        raise _Unsendable("the whole number is too large.")
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise _Unsendable("this is not a finite number.")
    return value


def _moment(value: datetime) -> str:
    try:
        return odoo_datetime(value)
    except (ValueError, OverflowError):
        raise _Unsendable("the time has no time zone, or lies outside of the calendar.") from None
