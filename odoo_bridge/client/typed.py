"""Odoo's values as Python's, and back, from what `fields_get` says of a model.

| Odoo                              | Python                                                |
|-----------------------------------|-------------------------------------------------------|
| char, text, html, reference       | str                                                   |
| boolean, integer                  | bool, int                                             |
| monetary, float with digits       | Decimal                                               |
| float without digits              | float                                                 |
| date, datetime                    | date, aware datetime in UTC with whole seconds        |
| binary                            | bytes                                                 |
| many2one                          | Many2one(id, name)                                    |
| one2many, many2many               | tuple of ids; on the way out also commands            |
| selection                         | its key, also one that `fields_get` does not list     |
| json, properties, and any other   | as it is                                              |

An empty field is None, where Odoo writes False; an empty boolean is False.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from odoo_bridge.client.outgoing import Many2one, written
from odoo_bridge.errors import Garbled, Rejected

ATTRIBUTES = (
    "type",
    "string",
    "required",
    "readonly",
    "relation",
    "selection",
    "store",
    "searchable",
    "digits",
    "size",
    "depends",
    "related",
)
"""What `fields_get` is asked for. Servers leave out what they have nothing to say about."""

KEPT_BY_ODOO = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date"})

Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of one model, by name, each with the `ATTRIBUTES` that Odoo gives."""

    model: str
    fields: Mapping[str, Mapping[str, Any]]

    def record(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A record that Odoo answered, as Python's values; a field that is not known stays as it is.

        Raises Garbled for a value that does not fit its field.
        """
        return {name: self._read(name, value) for name, value in values.items()}

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Python's values, as Odoo takes them in `create` and `write`.

        Raises Rejected with the `field` for a name that is none, a value of another type or out of range, None
        for a required field, and for those that Odoo sets by itself.
        """
        return {name: self._write(name, value) for name, value in values.items()}

    def lacking(self, values: Mapping[str, Any]) -> list[str]:
        """Required fields that are not among `values` and that Odoo does not compute, in alphabetical order.

        A default of Odoo's may still fill them: ask `default_get`. Where Odoo does not say what fields depend
        on, nothing is lacking.
        """
        delegated = {str(field.get("related") or "").partition(".")[0] for field in self.fields.values()}
        return sorted(
            name
            for name, field in self.fields.items()
            if field.get("required")
            and name not in values
            and field.get("depends") == []
            and not field.get("related")
            and name not in delegated  # a product makes its template by itself
            and name not in KEPT_BY_ODOO
        )

    def checked_for_create(self, values: Mapping[str, Any], defaults: Collection[str] = ()) -> dict[str, Any]:
        """As `values`, and nothing required is missing. `defaults`: names that Odoo fills in."""
        lacking = [name for name in self.lacking(values) if name not in defaults]
        if lacking:
            raise Rejected(f"{lacking[0]} of {self.model} is required.", field=lacking[0], model=self.model)
        return self.values(values)

    def _read(self, name: str, value: Any) -> Any:
        field = self.fields.get(name)
        if field is None:
            return value
        if value is False or value is None:
            return False if field["type"] == "boolean" else None
        try:
            return _reader(field)(value)
        except (TypeError, ValueError, ArithmeticError, binascii.Error):
            raise Garbled(f"Odoo's value of {name} in {self.model} cannot be read.", model=self.model) from None

    def _write(self, name: str, value: Any) -> Any:
        field = self.fields.get(name)
        if field is None:
            raise Rejected(f"{self.model} has no field {name}.", field=name, model=self.model)
        if name in KEPT_BY_ODOO:
            raise Rejected(f"{name} of {self.model} is set by Odoo itself.", field=name, model=self.model)
        try:
            return written(field, value)
        except ValueError as error:
            raise Rejected(f"{name} of {self.model}: {error}", field=name, model=self.model) from None


def _reader(field: Mapping[str, Any]) -> Read:
    kind = field["type"]
    if kind == "float" and field.get("digits"):
        kind = "monetary"
    return _READERS.get(kind, _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def _amount(value: Any) -> Decimal:
    """The shortest decimal that is this float: `0.1`, not its 55 digits."""
    return Decimal(str(_number(value))) if type(value) is not int else Decimal(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo:  # Odoo names no zone: what does is something else
        raise ValueError
    return moment.replace(tzinfo=UTC)


def _bytes(value: Any) -> Any:
    """Some fields of type binary hold structured data, as `tax_totals` does (observed on Odoo 17)."""
    if not isinstance(value, str | bytes):
        return value
    return base64.b64decode(value, validate=True)


def _pointer(value: Any) -> Many2one:
    if type(value) is int:
        return Many2one(value)
    identifier, name = value
    return Many2one(_whole(identifier), _text(name or ""))


def _ids(value: Any) -> tuple[int, ...]:
    return tuple(_whole(one) for one in value)


_READERS: dict[str, Read] = {
    "char": _text,
    "text": _text,
    "html": _text,
    "reference": _text,
    "boolean": _flag,
    "integer": _whole,
    "many2one_reference": _whole,
    "float": _number,
    "monetary": _amount,
    "date": lambda value: date.fromisoformat(_text(value)),
    "datetime": _moment,
    "binary": _bytes,
    "many2one": _pointer,
    "one2many": _ids,
    "many2many": _ids,
}
