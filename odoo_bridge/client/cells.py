"""Typed values as the columns and cells that `load()` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from odoo_bridge.client.commands import SET
from odoo_bridge.client.typed import Schema
from odoo_bridge.errors import Rejected


def column(schema: Schema, name: str) -> str:
    """The name of a field's column: relations are given by database ids, 'country_id/.id'."""
    field = schema.fields.get(name)
    if field is None:
        raise Rejected(f"{schema.model} has no field {name}.", field=name, model=schema.model)
    if field["type"] == "one2many":
        raise Rejected(f"Lines of {name} are loaded by columns of their own.", field=name, model=schema.model)
    return f"{name}/.id" if field["type"] in ("many2one", "many2many") else name


def cells(schema: Schema, values: Mapping[str, Any]) -> list[str]:
    """The cells for `values`, in their order; None empties a field. Raises Rejected as `Schema.values` does."""
    plain = schema.values(values)
    return [_cell(schema, name, plain[name]) for name in values]


def _cell(schema: Schema, name: str, value: Any) -> str:
    kind = schema.fields[name]["type"]
    if kind == "many2many":
        return _ids(schema, name, value)
    if kind == "boolean":
        return "1" if value else "0"
    if value is False:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _ids(schema: Schema, name: str, commands: Sequence[Any]) -> str:
    if len(commands) != 1 or commands[0][0] != SET:
        raise Rejected(f"{name} of {schema.model} is loaded with ids, not with commands.", field=name)
    return ",".join(str(one) for one in commands[0][2])
