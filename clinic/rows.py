"""Writing many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connections, models, router, transaction


def write_rows(
    rows: Sequence[models.Model], fields: Iterable[str], *, also: dict[str, Any] | None = None, **provided: Any
) -> None:
    """Write `fields` of saved rows of one model, each where its row still has the values of `provided`.

    `also`: values that are written to all of them besides. One statement for all rows: Django's `bulk_update` spells
    every value out in a CASE, which costs many times as much. Nothing else is written, and nobody is told: no `save`,
    no signal, no journal. No row may be given twice.
    """
    if not rows:
        return
    meta = rows[0]._meta
    using = router.db_for_write(type(rows[0]))
    connection = connections[using]
    columns: list[Any] = [meta.get_field(name) for name in fields]
    fixed, asked = _prepared(meta, also or {}, connection), _prepared(meta, provided, connection)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = _from_document(meta, columns, fixed, asked, connection)
            cursor.execute(statement, [*fixed.values(), _document(rows, columns, connection), *asked.values()])
        else:
            cursor.executemany(
                _row_by_row(meta, columns, fixed, asked, connection),
                [
                    [
                        *(column.get_db_prep_save(column.pre_save(row, False), connection) for column in columns),
                        *fixed.values(),
                        row.pk,
                        *asked.values(),
                    ]
                    for row in rows
                ],
            )


def _prepared(meta: Any, values: dict[str, Any], connection: Any) -> dict[str, Any]:
    """Return the values by their columns' names, as the database takes them."""
    fields = {name: meta.get_field(name) for name in values}
    return {fields[name].column: fields[name].get_db_prep_save(value, connection) for name, value in values.items()}


def _row_by_row(meta: Any, columns: list[Any], fixed: Iterable[str], asked: Iterable[str], connection: Any) -> str:
    quote = connection.ops.quote_name
    written = ", ".join(f"{quote(name)} = %s" for name in [*(column.column for column in columns), *fixed])
    condition = " AND ".join(f"{quote(name)} = %s" for name in [meta.pk.column, *asked])
    return f"UPDATE {quote(meta.db_table)} SET {written} WHERE {condition}"  # noqa: S608 - names of our own models


def _document(rows: Sequence[models.Model], columns: list[Any], connection: Any) -> str:
    """Return the rows as one JSON document, which costs a tenth of what as many parameters cost on both sides."""
    cells = [[_cell(column, row, connection) for row in rows] for column in [*columns, rows[0]._meta.pk]]
    names = _names(columns)
    return orjson.dumps([dict(zip(names, one, strict=True)) for one in zip(*cells, strict=True)], default=str).decode()


def _names(columns: list[Any]) -> list[str]:
    return [*(f"c{number}" for number in range(len(columns))), "pk"]


def _cell(column: Any, row: models.Model, connection: Any) -> Any:
    value = column.pre_save(row, False)
    # JSON goes as it is; the database makes of all else what it makes of the same text in a statement.
    return value if isinstance(column, models.JSONField) else column.get_db_prep_save(value, connection)


def _from_document(meta: Any, columns: list[Any], fixed: Iterable[str], asked: Iterable[str], connection: Any) -> str:
    quote, names = connection.ops.quote_name, _names(columns)
    types = [_type_of(column, connection) for column in [*columns, meta.pk]]
    read = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    written = [f"{quote(name)} = %s" for name in fixed]
    written += [f"{quote(column.column)} = v.{name}" for column, name in zip(columns, names, strict=False)]
    conditions = [f"t.{quote(meta.pk.column)} = v.pk", *(f"t.{quote(name)} = %s" for name in asked)]
    return (
        f"UPDATE {quote(meta.db_table)} t SET {', '.join(written)} "  # noqa: S608 - names of our own models
        f"FROM json_to_recordset(%s) AS v({read}) WHERE {' AND '.join(conditions)}"
    )


def _type_of(column: Any, connection: Any) -> str:
    """Return a column's type in PostgreSQL. Texts go as texts: a cast to a length would cut them off unseen."""
    name = column.rel_db_type(connection) if column.primary_key else column.db_type(connection)
    return "text" if name.startswith("varchar") else str(name)
