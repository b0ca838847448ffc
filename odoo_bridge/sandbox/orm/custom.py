"""Models and fields that users made (``ir.model``, ``ir.model.fields``): from their rows to a registry.

A database says by its rows what it has beyond its version: each transaction reads them and takes the
registry that fits. So they survive a restart, a snapshot and a rollback, and other processes see them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from odoo_bridge.sandbox.orm.fields import Description, Field, last_update

AUDIT = {
    "display_name": ("char", "Display Name", "", False),
    "create_uid": ("many2one", "Created by", "res.users", True),
    "create_date": ("datetime", "Created on", "", True),
    "write_uid": ("many2one", "Last Updated by", "res.users", True),
    "write_date": ("datetime", "Last Updated on", "", True),
}
MODELS = "SELECT model, name, \"order\", transient FROM ir_model WHERE state = 'manual' ORDER BY id"
FIELDS = (
    "SELECT id, model, name, ttype, field_description, help, required, readonly, store, relation, relation_field, "
    "related, on_delete, size FROM ir_model_fields WHERE state = 'manual' ORDER BY id"
)
CHOICES = "SELECT field_id, value, name FROM ir_model_fields_selection ORDER BY sequence, id"


@dataclass(frozen=True, slots=True)
class Definitions:
    """The rows of a database's own models, fields and choices."""

    models: tuple[tuple[str, str, str, int], ...] = ()
    fields: tuple[tuple[object, ...], ...] = ()
    choices: tuple[tuple[int, str, str], ...] = ()


def definitions(connection: sqlite3.Connection) -> Definitions:
    """What the database has of its own."""
    models, fields = tuple(connection.execute(MODELS)), tuple(connection.execute(FIELDS))
    return Definitions(models, fields, tuple(connection.execute(CHOICES)) if fields else ())


def described(base: dict[str, Description], own: Definitions, version: int) -> dict[str, Description]:
    """The models of a version together with a database's own models and fields."""
    found = dict(base)
    for model, label, order, transient in own.models:
        found[model] = _description(model, label, order or "id", bool(transient), version)
    for field in _fields(own):
        if field.model in found:
            known = found[field.model]
            found[field.model] = replace(known, fields={**known.fields, field.name: field})
    return found


def _description(model: str, label: str, order: str, transient: bool, version: int) -> Description:
    """A model with the fields that every model has. Nobody may use it until ``ir.model.access`` says so."""
    fields = {"id": Field(name="id", model=model, type="integer", string="ID", readonly=True)}
    for name, (kind, string, relation, store) in AUDIT.items():
        fields[name] = Field(name, model, kind, string, readonly=True, store=store, relation=relation)
    fields |= last_update(model, version)
    return Description(model, label, order, "", {}, transient, fields, never="rwcu", manual=True)


def _fields(own: Definitions) -> Iterator[Field]:
    choices: dict[object, list[tuple[str, str]]] = {}
    for owner, value, label in own.choices:
        choices.setdefault(owner, []).append((value, label))
    for row in own.fields:
        yield _field(row, tuple(choices.get(row[0], ())))


def _field(row: tuple[object, ...], choices: tuple[tuple[str, str], ...]) -> Field:
    _id, model, name, kind, label, tip, required, readonly, store, relation, inverse, related, on_delete, size = row
    return Field(
        name=str(name),
        model=str(model),
        type=str(kind),
        string=str(label or ""),
        help=str(tip or ""),
        required=bool(required),
        readonly=bool(readonly),
        store=bool(store) and not related,
        relation=str(relation or ""),
        inverse=str(inverse or ""),
        related=str(related or ""),
        ondelete=str(on_delete or "set null"),
        selection=choices,
        size=int(str(size or 0)),
        manual=True,
    )
