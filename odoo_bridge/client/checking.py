"""Whether a domain is one: checked here, before anything is sent, in words that name the condition at fault.

Odoo answers a malformed domain with a ValueError or a KeyError; and on Odoo 16 and 17 a condition on a field
that cannot be searched fits every record, without an error (observed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from odoo_bridge.client.domains import comparable
from odoo_bridge.errors import Rejected

Fields = Mapping[str, Mapping[str, Any]]
FieldsOf = Callable[[str], Fields]

JOINTS = ("&", "|", "!")
_ORDER = frozenset({"<", "<=", ">", ">="})
_PATTERNS = frozenset({"like", "not like", "ilike", "not ilike", "=like", "=ilike", "not =like", "not =ilike"})
_MEMBERSHIP = frozenset({"in", "not in"})
_TREE = frozenset({"child_of", "parent_of"})
_RELATED = frozenset({"any", "not any"})
_SINCE = {"any": 17, "not any": 17, "not =like": 19, "not =ilike": 19}
"""The first version with an operator: 17 takes 'any' and refuses 'not =like' (observed); the source of 19 has both."""

_OPERATORS = frozenset({"=", "!=", "=?"}) | _ORDER | _PATTERNS | _MEMBERSHIP | _TREE | _RELATED
_INSTEAD = {"==": "=", "<>": "!="}
_NUMBERS = ("integer", "float", "monetary")
# Parts of a date that a path may end in, Odoo 19 on.
_DATE_PARTS = frozenset(
    f"{part}_number" for part in ("year", "quarter", "month", "iso_week", "hour", "minute", "second")
) | {"day_of_year", "day_of_month", "day_of_week"}


@dataclass(frozen=True, slots=True)
class _Checking:
    fields: FieldsOf | None
    version: int | Callable[[], int] | None

    def major(self) -> int | None:
        return self.version() if callable(self.version) else self.version


def checked(
    domain: Sequence[Any],
    model: str = "",
    *,
    fields: FieldsOf | None = None,
    version: int | Callable[[], int] | None = None,
) -> list[Any]:
    """The domain as plain lists, if it is well-formed; tuples are allowed, and `&` at the top may be left out.

    `fields`: gives `fields_get` of a model (with 'type', 'relation', and 'searchable' or 'store'); then every
    step of every path has to be a field, and one that Odoo can search. `version`: Odoo's major version, or how
    to ask for it, which happens only for operators that not all versions know. Raises Rejected with the path
    as `field`; values are not repeated in messages.
    """
    try:
        return _terms(domain, model, _Checking(fields, version), "of the domain")
    except RecursionError:
        raise Rejected("The conditions of the domain are nested too deeply.") from None


def _terms(domain: Any, model: str, checking: _Checking, where: str) -> list[Any]:
    if isinstance(domain, str | bytes | Mapping) or not isinstance(domain, Sequence):
        raise Rejected(f"The conditions {where} have to be a list.")
    plain: list[Any] = []
    wanting = 0  # operands that the joints so far still wait for
    for position, term in enumerate(domain, start=1):
        if isinstance(term, str):
            wanting = max(wanting, 1) + _more(term, position, where)
            plain.append(term)
            continue
        wanting = max(wanting - 1, 0)
        plain.append(_leaf(term, model, checking, f"Term {position} {where}"))
    if wanting:
        raise Rejected(f"A condition is missing at the end {where}: & and | take two of them, ! takes one.")
    return plain


def _more(joint: str, position: int, where: str) -> int:
    """How many operands a joint asks for beyond the one that it becomes itself."""
    if joint not in JOINTS:
        raise Rejected(f"Term {position} {where} is text, but none of & | !.")
    return 0 if joint == "!" else 1


def _leaf(term: Any, model: str, checking: _Checking, where: str) -> list[Any]:
    if not isinstance(term, list | tuple) or len(term) != 3:
        raise Rejected(f"{where} is not a list of field, operator and value.")
    path, operator, value = term
    if type(path) is int and path in (0, 1) and operator == "=" and type(value) is int and value == 1:
        return [path, operator, 1]  # Odoo's own way to write 'always' and 'never'
    if not isinstance(path, str) or not all(path.split(".")):
        raise Rejected(f"{where} names no field: a path is made of names with single dots between them.")
    where = f"{where}, on {path},"
    try:
        operator = _operator(operator, where, checking)
        kind = _kind(path, operator, model, checking, where)
        return [path, operator, _value(operator, value, kind, checking, where)]
    except Rejected as error:
        error.field = error.field or path
        raise


def _operator(operator: Any, where: str, checking: _Checking) -> str:
    if not isinstance(operator, str):
        raise Rejected(f"{where} has an operator that is no text.")
    if operator not in _OPERATORS:
        instead = _INSTEAD.get(operator) or (operator.lower() if operator.lower() in _OPERATORS else None)
        hint = f"; write {instead}" if instead else ""
        raise Rejected(f"{where} has the operator {operator[:20]}, which Odoo does not know{hint}.")
    if operator in _SINCE:
        _refuse_before(_SINCE[operator], f"the operator {operator}", where, checking)
    return operator


def _refuse_before(since: int, what: str, where: str, checking: _Checking) -> None:
    major = checking.major()
    if major is not None and major < since:
        raise Rejected(f"{where} uses {what}, which Odoo knows from version {since} on.")


# ---- paths


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a path leads to: its type, and the related model if there is one."""

    type: str
    relation: str


_UNKNOWN = _Kind("", "")


def _kind(path: str, operator: str, model: str, checking: _Checking, where: str) -> _Kind:
    if checking.fields is None:
        return _UNKNOWN
    kind = _Kind("", model)
    for number, name in enumerate(path.split(".")):
        if number and kind.type == "properties":
            return _UNKNOWN  # the parent record defines what may follow
        if number and kind.type in ("date", "datetime") and name in _DATE_PARTS:
            _refuse_before(19, name, where, checking)
            return _Kind("integer", "")
        if number and not kind.relation:
            raise Rejected(f"{where} goes on after a field that leads to no other records.")
        kind = _step(checking.fields(kind.relation), kind.relation, name, where)
    if operator in _RELATED and not kind.relation and path != "id":
        raise Rejected(f"{where} asks for related records, but the field has none.")
    if operator in _TREE and not kind.relation and path.rpartition(".")[2] != "id":
        raise Rejected(f"{where} asks for a tree of records, but the field leads to none.")
    return kind


def _step(fields: Fields, model: str, name: str, where: str) -> _Kind:
    field = fields.get(name)
    if field is None:
        raise Rejected(f"{where} speaks of {name}, which is no field of {model}.")
    if not field.get("searchable", field.get("store", True)):
        raise Rejected(f"{where} cannot be searched for: Odoo keeps no values of {name} in {model}.")
    return _Kind(str(field.get("type", "")), str(field.get("relation") or ""))


# ---- values


def _value(operator: str, value: Any, kind: _Kind, checking: _Checking, where: str) -> Any:
    if operator in _RELATED:
        return _terms(value, kind.relation, checking if kind.relation else _Checking(None, checking.version), where)
    if operator in _MEMBERSHIP:
        if not isinstance(value, list | tuple | set | frozenset):
            raise Rejected(f"{where} is looked for in a list of values.")
        return [_one(item, kind, where) for item in value]
    if operator in _TREE:
        return _tree(value, where)
    if operator in _PATTERNS:
        if not isinstance(value, str):
            raise Rejected(f"{where} is compared with a pattern, which is text.")
        return _one(value, _UNKNOWN, where)
    if operator in _ORDER and (value is None or isinstance(value, bool)):
        raise Rejected(f"{where}: nothing is greater or less than an empty field.")
    return _one(value, kind, where)


def _one(value: Any, kind: _Kind, where: str) -> Any:
    if kind.type in _NUMBERS and isinstance(value, str | date):
        raise Rejected(f"{where} holds numbers, and is compared with something else.")
    try:
        return comparable(value)
    except ValueError as error:
        raise Rejected(f"{where} {error}") from None


def _tree(value: Any, where: str) -> Any:
    if isinstance(value, str) and value:
        return _one(value, _UNKNOWN, where)  # Odoo looks the record up by its name
    ids = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    if any(type(one) is not int for one in ids):
        raise Rejected(f"{where} wants ids of records, or a name.")
    return ids
