"""One value on its way out, checked against its field; what each refusal says goes on after the field's name."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from odoo_bridge.client.commands import SET, checked_commands
from odoo_bridge.errors import Rejected
from odoo_bridge.transports.values import odoo_datetime

Field = Mapping[str, Any]

INT32 = range(-(2**31), 2**31)
"""What a column of whole numbers holds in Odoo's database, and what XML-RPC carries."""

_REFERENCE = re.compile(r"[a-z_][\w.]*,[1-9]\d*")


@dataclass(frozen=True, slots=True)
class Many2one:
    """The record that a field points at. `name`: its display name, empty when Odoo gave only the id."""

    id: int
    name: str = ""


def written(field: Field, value: Any) -> Any:
    """`value` as Odoo takes it; `field` as `fields_get` describes it. Raises ValueError with a reason."""
    kind = field["type"]
    if value is None:
        if field.get("required") and kind != "boolean":
            raise ValueError("it is required, and cannot be emptied.")
        return [[SET, 0, []]] if kind in ("one2many", "many2many") else False
    return _WRITERS.get(kind, _as_it_is)(field, value)


def _as_it_is(field: Field, value: Any) -> Any:
    return value


def _wanted(what: str, value: Any) -> ValueError:
    return ValueError(f"it takes {what}, not {type(value).__name__}.")


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wanted("text", value)
    size = field.get("size")
    if size and len(value) > size:
        raise ValueError(f"it takes {size} characters at most; Odoo would cut the rest off.")
    return str(value)


def _flag(field: Field, value: Any) -> bool:
    if type(value) is not bool:
        raise _wanted("True or False", value)
    return value


def _whole(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wanted("a whole number", value)
    if value not in INT32:
        raise ValueError("the whole number is too large.")
    return int(value)


def _number(field: Field, value: Any) -> float:
    """The float that Odoo is sent. A Decimal has to come back as it was: 15 digits do, more may not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wanted("a number", value)
    if not (isinstance(value, int) or (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value))):
        raise ValueError("it is not a finite number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (not isinstance(value, float) and Decimal(repr(number)) != value):
        raise ValueError("the number has more digits than Odoo keeps.")
    return number


def _day(field: Field, value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wanted("a date", value)
    return value.isoformat()


def _moment(field: Field, value: Any) -> str:
    if not isinstance(value, datetime):
        raise _wanted("a date with a time", value)
    try:
        return odoo_datetime(value)
    except (ValueError, OverflowError):
        raise ValueError("the time has no time zone, or lies outside of the calendar.") from None


def _bytes(field: Field, value: Any) -> Any:
    if isinstance(value, dict | list):
        return value  # what some fields of type binary hold instead
    if not isinstance(value, bytes | bytearray | memoryview):
        raise _wanted("bytes", value)
    return base64.b64encode(value).decode("ascii")


def _pointer(field: Field, value: Any) -> int:
    value = value.id if isinstance(value, Many2one) else value
    if type(value) is not int:
        raise _wanted("a record or its id", value)
    if value <= 0 or value not in INT32:
        raise ValueError("the number is no id of a record.")
    return value


def _records(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise _wanted("ids or commands", value)
    if all(type(one) is int for one in value):
        return [[SET, 0, [_pointer(field, one) for one in value]]]
    try:
        return checked_commands(list(value))
    except Rejected as error:
        raise ValueError(error.message) from None


def _choice(field: Field, value: Any) -> Any:
    selection = field.get("selection")
    if isinstance(selection, list | tuple) and value not in [key for key, _label in selection]:
        raise ValueError("it is none of the values that Odoo offers.")
    return str(value) if isinstance(value, str) else value


def _reference(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise ValueError("it takes a model and an id, as in res.partner,7.")
    return value


_WRITERS: dict[str, Callable[[Field, Any], Any]] = {
    "char": _text,
    "text": _text,
    "html": _text,
    "boolean": _flag,
    "integer": _whole,
    "many2one_reference": _whole,
    "float": _number,
    "monetary": _number,
    "date": _day,
    "datetime": _moment,
    "binary": _bytes,
    "many2one": _pointer,
    "one2many": _records,
    "many2many": _records,
    "selection": _choice,
    "reference": _reference,
}
