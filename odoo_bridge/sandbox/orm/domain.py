"""Odoo's search domains as SQL conditions.

A domain is a list in prefix notation: ``["|", ["name", "ilike", "ann"], ["id", ">", 5]]``.
"""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.errors import value_error
from odoo_bridge.sandbox.orm.fields import Field

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.reading import Reading

Condition = tuple[str, list[Any]]
Negatable = Callable[[bool], Condition]
"""A part of a domain: its SQL, or that of its opposite if the argument is true."""

COMPARISONS = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
LIKES = {"like", "not like", "ilike", "not ilike", "=like", "=ilike", "not =like", "not =ilike"}
MEMBERSHIPS = {"in", "not in"}
TREES = {"child_of", "parent_of"}
OPERATORS = {*COMPARISONS, *MEMBERSHIPS, *TREES, "=?", "like", "not like", "ilike", "not ilike", "=like", "=ilike"}
"""Those of every version; a profile names the ones that came later."""

OPPOSITES = {
    "=": "!=",
    "<": ">=",
    "<=": ">",
    "in": "not in",
    "like": "not like",
    "ilike": "not ilike",
    "any": "not any",
}
OPPOSITES |= {opposite: operator for operator, opposite in OPPOSITES.items()}

TRUE: Condition = ("1", [])
FALSE: Condition = ("0", [])


def condition(model: Reading, domain: Any) -> Condition:
    """The WHERE clause of a domain, and its parameters.

    Raises ``ValueError`` (as an ``OdooError``) for malformed domains, unknown fields and unknown operators.
    """
    stack: list[Negatable] = []
    for item in reversed(list(domain or [])):
        if isinstance(item, str):
            _combine(item, stack)
        else:
            stack.append(partial(_leaf, model, item))
    if not stack:
        return TRUE
    return _joined(" AND ", [part(False) for part in reversed(stack)])


def fields_of(domain: Any) -> set[str]:
    """The names of the fields a domain speaks of, before any dot."""
    return {str(item[0]).split(".")[0] for item in domain or [] if isinstance(item, list | tuple) and item}


def _combine(operator: str, stack: list[Negatable]) -> None:
    if operator == "!" and stack:
        stack.append(partial(_opposite, stack.pop()))
    elif operator in "&|" and len(stack) >= 2:
        stack.append(partial(_pair, operator, stack.pop(), stack.pop()))
    else:
        raise value_error(f"Domain error: {operator!r}")


def _opposite(part: Negatable, negated: bool) -> Condition:
    return part(not negated)


def _pair(operator: str, left: Negatable, right: Negatable, negated: bool) -> Condition:
    return _joined(" AND " if (operator == "&") != negated else " OR ", [left(negated), right(negated)])


def _joined(word: str, conditions: list[Condition]) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    sql = word.join(f"({each})" for each, _parameters in conditions)
    return sql, [value for _sql, parameters in conditions for value in parameters]


def _leaf(model: Reading, item: Any, negated: bool) -> Condition:
    leaf = tuple(item)
    if len(leaf) != 3:
        shown = ", ".join(map(repr, leaf))
        raise value_error(model._text("malformed_leaf", count=len(leaf), leaf=shown, raw=list(leaf)))
    path, operator, value = leaf
    if path in (0, 1) and operator == "=":
        return TRUE if (path == value) != negated else FALSE
    shown = f"{path!r}, {operator!r}, {value!r}"
    if operator not in OPERATORS and operator not in model.profile.further_operators:
        raise value_error(model._text("invalid_operator", leaf=shown))
    name, _dot, rest = str(path).partition(".")
    field = model.fields.get(name)
    if field is None:
        raise value_error(model._text("invalid_field_domain", model=model.name, field=name, leaf=shown))
    if not negated:
        return _field_condition(model, field, rest, operator, value)
    # The opposite of a leaf is a leaf, as Odoo has it, but for a path: of that it is every other record.
    opposite = OPPOSITES.get(operator, f"not {operator}")
    if not rest and (operator in OPPOSITES or opposite in model.profile.further_operators):
        return _field_condition(model, field, rest, opposite, value)
    sql, parameters = _field_condition(model, field, rest, operator, value)
    return (f"NOT COALESCE(({sql}), 0)" if rest else f"NOT ({sql})"), parameters


def _field_condition(model: Reading, field: Field, rest: str, operator: str, value: Any) -> Condition:
    if field.related:
        first, _dot, tail = field.related.partition(".")
        return _field_condition(model, model.fields[first], f"{tail}.{rest}".rstrip("."), operator, value)
    if not field.is_searchable:
        return _unsearchable(model, field, operator, value)
    if rest:
        comodel: Reading = model.env[field.relation]
        inside, parameters = condition(comodel, [[rest, operator, value]])
        return _points_at(field, f"SELECT id FROM {comodel.table} WHERE {inside}", parameters)
    if operator in TREES and (field.name == "id" or (field.type == "many2one" and field.relation == model.name)):
        # A field that points at its own model stands for the tree that it makes (observed on 17).
        family, parameters = _family(model, operator, list(value) if isinstance(value, list | tuple) else [value])
        return f"id IN ({family})", parameters
    if field.is_column and field.type != "many2one":
        return _column(model, field, operator, value)
    return _relational(model, field, operator, value)


def _unsearchable(model: Reading, field: Field, operator: str, value: Any) -> Condition:
    if field.name == "display_name":
        return model._display_condition(operator, value)
    if model.profile.unsearchable_is_error:
        shown = f"{field.name!r}, {operator!r}, {value!r}"
        raise value_error(f"Unsupported domain condition ({shown}): {field.model}.{field.name} is not searchable")
    # Observed on Odoo 16 and 17: such a condition is dropped, so every record matches.
    return TRUE


def _points_at(field: Field, subquery: str, parameters: list[Any]) -> Condition:
    """This record points, by ``field``, at one of the records of the subquery."""
    if field.is_column:
        return f'"{field.name}" IN ({subquery})', parameters
    if field.type == "one2many":
        table = field.relation.replace(".", "_")
        return f'id IN (SELECT "{field.inverse}" FROM {table} WHERE id IN ({subquery}))', parameters
    here, there = field.sides
    return f"id IN (SELECT {here} FROM {field.table} WHERE {there} IN ({subquery}))", parameters


def _any(field: Field) -> str:
    """This record points at anything."""
    if field.is_column:
        return f'"{field.name}" IS NOT NULL'
    if field.type == "one2many":
        table = field.relation.replace(".", "_")
        return f'id IN (SELECT "{field.inverse}" FROM {table})'
    return f"id IN (SELECT {field.sides[0]} FROM {field.table})"


def _relational(model: Reading, field: Field, operator: str, value: Any) -> Condition:
    negative = operator == "<>" or (operator in OPPOSITES and operator.startswith(("not", "!")))
    if value is False or value is None or value == []:
        if operator in MEMBERSHIPS and value == []:
            return TRUE if negative else FALSE
        return (_any(field) if negative else f"NOT ({_any(field)})"), []
    comodel: Reading = model.env[field.relation]
    subquery, parameters = _targets(comodel, operator, value)
    sql, parameters = _points_at(field, subquery, parameters)
    if not negative:
        return sql, parameters
    return f"NOT ({sql}) OR NOT ({_any(field)})", parameters


def _targets(comodel: Reading, operator: str, value: Any) -> Condition:
    """The records a relational condition names: by id, by ids, or by display name."""
    if operator in ("any", "not any"):
        sql, parameters = condition(comodel, value)
        return f"SELECT id FROM {comodel.table} WHERE {sql}", parameters
    values = value if isinstance(value, list | tuple) else [value]
    if operator in TREES:
        return _family(comodel, operator, list(values))
    if operator in ("<", ">", "<=", ">="):
        return f"SELECT id FROM {comodel.table} WHERE id {operator} ?", [value]
    if all(isinstance(each, int) for each in values):
        holes = ", ".join("?" for _each in values)
        return f"SELECT id FROM {comodel.table} WHERE id IN ({holes})", list(values)
    positive = {"!=": "=", "<>": "=", "not in": "in", "not ilike": "ilike", "not like": "like"}
    sql, parameters = comodel._display_condition(positive.get(operator, operator), value)
    return f"SELECT id FROM {comodel.table} WHERE {sql}", parameters


def _family(comodel: Reading, operator: str, values: list[Any]) -> Condition:
    holes = ", ".join("?" for _each in values)
    if "parent_id" not in comodel.fields:
        return f"SELECT id FROM {comodel.table} WHERE id IN ({holes})", list(values)
    step = (
        f"SELECT {comodel.table}.id FROM {comodel.table} JOIN family ON {comodel.table}.parent_id = family.id"
        if operator == "child_of"
        else f"SELECT parent_id FROM {comodel.table} JOIN family ON {comodel.table}.id = family.id"
    )
    start = f"SELECT id FROM {comodel.table} WHERE id IN ({holes})"
    return f"WITH RECURSIVE family(id) AS ({start} UNION {step}) SELECT id FROM family", list(values)


def _column(model: Reading, field: Field, operator: str, value: Any) -> Condition:
    sql = f'"{field.name}"'
    if operator in MEMBERSHIPS:
        return _membership(model, field, sql, operator, value)
    if operator in LIKES:
        return _like(sql, operator, value)
    if operator == "=?":
        return TRUE if value in (None, False) else _column(model, field, "=", value)
    if operator not in COMPARISONS:
        return FALSE
    if field.type == "boolean":
        wanted = bool(value) == (COMPARISONS[operator] == "=")
        return f"COALESCE({sql}, 0) = {int(wanted)}", []
    if value is False or value is None:
        return f"{sql} IS {'NOT ' if COMPARISONS[operator] == '<>' else ''}NULL", []
    sql, value = _comparable(model, field, sql, value)
    if COMPARISONS[operator] == "<>":
        return f"({sql} <> ? OR {sql} IS NULL)", [value]
    return f"{sql} {COMPARISONS[operator]} ?", [value]


def _comparable(model: Reading, field: Field, sql: str, value: Any) -> tuple[str, Any]:
    """Both sides of a comparison in one form.

    Only ``create_date`` and ``write_date`` keep microseconds. A value in whole seconds means ``.000000`` on
    16 and 17; 19 compares in whole seconds (observed).
    """
    if field.type != "datetime":
        return sql, value if field.type in ("integer", "float", "monetary", "many2one_reference") else str(value)
    text = str(value).replace("T", " ")
    if len(text) == 10:
        text += " 00:00:00"
    if field.name not in ("create_date", "write_date"):
        return sql, text[:19]
    if model.profile.compares_seconds:
        return f"substr({sql}, 1, 19)", text[:19]
    return sql, text if "." in text else f"{text}.000000"


def _membership(model: Reading, field: Field, sql: str, operator: str, value: Any) -> Condition:
    values = list(value) if isinstance(value, list | tuple | set) else [value]
    present = [_comparable(model, field, sql, each)[1] for each in values if each not in (None, False) or each == 0]
    present = [each for each in present if each is not False and each != "False"]
    holes = ", ".join("?" for _each in present)
    empty = any(each is False or each is None for each in values)
    if field.type == "boolean":
        wanted = {int(bool(each)) for each in values}
        holes, present, sql, empty = (
            ", ".join("?" for _e in wanted),
            sorted(wanted),
            f"COALESCE({sql}, 0)",
            False,
        )
    if operator == "in":
        return f"{sql} IN ({holes})" + (f" OR {sql} IS NULL" if empty else ""), present
    return f"({sql} NOT IN ({holes})" + (f" AND {sql} IS NOT NULL)" if empty else f" OR {sql} IS NULL)"), present


def _like(sql: str, operator: str, value: Any) -> Condition:
    text = "" if value is False or value is None else str(value)
    kind = operator.removeprefix("not ")
    pattern = text if kind.startswith("=") else f"%{text}%"
    # SQLite's own LIKE ignores the case of ASCII letters, and of no others.
    found = f"fold({sql}) LIKE fold(?)" if "ilike" in kind else f"is_like({sql}, ?)"
    if operator != kind:
        return f"({sql} IS NULL OR NOT ({found}))", [pattern]
    return found, [pattern]
