"""The tables and columns behind models and fields that users make.

Names were checked before: models ``[a-z0-9_.]+``, fields ``[a-z_][a-z0-9_$]*``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from odoo_bridge.sandbox.orm.fields import relation_table

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env
    from odoo_bridge.sandbox.orm.fields import Field


def add_model(env: Env, model: str) -> None:
    """The table of a new model, with the columns that every model has."""
    description = env.registry.descriptions[model]
    columns = [f'"{f.name}" {f.sql_type}' for f in description.fields.values() if f.is_column and f.name != "id"]
    env.execute(f"CREATE TABLE {description.table} (id INTEGER PRIMARY KEY AUTOINCREMENT, {', '.join(columns)})")


def drop_model(env: Env, model: str) -> None:
    description = env.registry.descriptions[model]
    for field in description.fields.values():
        if field.is_rows:
            env.execute(f"DROP TABLE {field.table}")
    env.execute(f"DROP TABLE {description.table}")


def add_field(env: Env, field: Field) -> None:
    """Room for a new field's values; records that are there have none."""
    if field.is_rows:
        for statement in relation_table(field):
            env.execute(statement)
    elif field.is_column:
        env.execute(f'ALTER TABLE {_table(field)} ADD COLUMN "{field.name}" {field.sql_type}')


def drop_field(env: Env, field: Field) -> None:
    if field.is_rows:
        env.execute(f"DROP TABLE {field.table}")
    elif field.is_column:
        env.execute(f'ALTER TABLE {_table(field)} DROP COLUMN "{field.name}"')


def rename_field(env: Env, field: Field, name: str) -> None:
    if field.is_rows:
        env.execute(f"ALTER TABLE {field.table} RENAME TO rel_{_table(field)}_{name}")
    elif field.is_column and name != field.name:
        env.execute(f'ALTER TABLE {_table(field)} RENAME COLUMN "{field.name}" TO "{name}"')


def _table(field: Field) -> str:
    return field.model.replace(".", "_")
