"""The commands a client sends for one2many and many2many fields.

``[0, _, vals]`` create, ``[1, id, vals]`` change, ``[2, id]`` delete, ``[3, id]`` unlink, ``[4, id]`` link,
``[5]`` clear, ``[6, _, ids]`` replace. A bare list of ids replaces, ``False`` clears.
"""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.orm.fields import Field

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.writing import Writing

CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)


def parsed(value: Any) -> list[tuple[int, int, Any]]:
    """A client's value as (command, id, argument) triples."""
    if not value:
        return [(CLEAR, 0, None)]
    if all(isinstance(each, int) and not isinstance(each, bool) for each in value):
        return [(SET, 0, list(value))]
    return [_triple(each) for each in value]


def _triple(command: Any) -> tuple[int, int, Any]:
    if isinstance(command, int):
        return LINK, command, None
    code, target, argument = [*command, None, None][:3]
    return int(code), int(target) if isinstance(target, int) else 0, argument


def apply(model: Writing, record_id: int, field: Field, value: Any) -> None:
    """Carries out the commands for one record."""
    if not field.is_rows and field.type != "one2many":
        model._set_computed(record_id, field, value)
        return
    one2many = field.type == "one2many"
    for code, target, argument in parsed(value):
        if code == CREATE:
            _create(model, record_id, field, argument)
        elif code == UPDATE:
            model.env[field.relation]._write([target], dict(argument))
        elif code == DELETE:
            model.env[field.relation]._unlink([target])
        elif one2many:
            _one2many(model, record_id, field, code, target, argument)
        else:
            _many2many(model, record_id, field, code, target, argument)


def _create(model: Writing, record_id: int, field: Field, vals: Any) -> None:
    vals = dict(vals or {})
    xmlid = vals.pop("id", None)
    comodel: Writing = model.env[field.relation]
    if field.type == "one2many":
        vals[field.inverse] = record_id
    (made,) = comodel._create([vals])
    if xmlid:
        model.env["ir.model.data"]._attach(str(xmlid), comodel.name, made)
    if field.type == "many2many":
        _link(model, record_id, field, [made])


def _one2many(model: Writing, record_id: int, field: Field, code: int, target: int, argument: Any) -> None:
    comodel: Writing = model.env[field.relation]
    if code == LINK:
        current = comodel._column_of([target], field.inverse).get(target)
        if current != record_id:
            comodel._write([target], {field.inverse: record_id})
        return
    kept = [int(each) for each in argument or []] if code == SET else []
    present = model._fetch_many(field, [record_id])[record_id]
    leaving = [target] if code == UNLINK else [each for each in present if each not in kept]
    if leaving:
        if comodel.fields[field.inverse].ondelete == "cascade" or comodel.fields[field.inverse].required:
            comodel._unlink(leaving)
        else:
            comodel._write(leaving, {field.inverse: False})
    for each in kept:
        _one2many(model, record_id, field, LINK, each, None)


def _many2many(model: Writing, record_id: int, field: Field, code: int, target: int, argument: Any) -> None:
    here, there = field.sides
    if code in (CLEAR, SET):
        model.env.execute(f"DELETE FROM {field.table} WHERE {here} = ?", (record_id,))
    if code == UNLINK:
        model.env.execute(f"DELETE FROM {field.table} WHERE {here} = ? AND {there} = ?", (record_id, target))
    elif code == LINK:
        _link(model, record_id, field, [target])
    elif code == SET:
        _link(model, record_id, field, [int(each) for each in argument or [] if each])


def _link(model: Writing, record_id: int, field: Field, targets: list[int]) -> None:
    if set(targets) - model.env[field.relation]._existing(targets):
        raise model._foreign_key(field)
    here, there = field.sides
    model.env.connection.executemany(
        f"INSERT OR IGNORE INTO {field.table} ({here}, {there}) VALUES (?, ?)",
        [(record_id, target) for target in targets],
    )
