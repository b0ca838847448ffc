"""Search conditions that read like Python, as Odoo's prefix lists.

    F("is_company") == True
    (F("country_id.code") == "BE") & ~F("name").ilike("test") | F("ref").in_(["P-1", "P-2"])

A `Condition` is a sequence of the terms Odoo takes, so it may stand wherever a domain may. Parentheses are
needed around comparisons, and `and`, `or`, `not` cannot be used: Python does not let a class redefine them.

Odoo turns `!` before one condition into the opposite operator. So a record where the field is empty fits
neither `F("color") < 5` nor its negation, and neither `F("ref").matches("x")` nor its negation; but it does
fit the negations of `==` and of `ilike`, also at the end of a path (observed on Odoo 17).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, overload

from odoo_bridge.errors import Rejected
from odoo_bridge.transports.values import odoo_datetime, sendable

Scalar = str | int | float | Decimal | date | None
"""What one field is compared with; None stands for an empty field. A datetime is a date, and has to be aware."""

Term = str | list[Any]
Joint = Literal["&", "|", "!", ""]


class Condition(Sequence[Any]):
    """A domain: immutable, joined with `&`, `|` and `~`. Equal to any condition that renders alike."""

    __slots__ = ("_joint", "_leaf", "_parts")

    def __init__(
        self, joint: Joint, parts: tuple[Condition, ...] = (), leaf: tuple[str, str, Any] | None = None
    ) -> None:
        """Not to be called: `F`, `all_of`, `any_of` and `as_condition` make conditions."""
        self._joint: Joint = joint
        self._parts = parts
        self._leaf = leaf

    def __and__(self, other: Condition) -> Condition:
        return all_of(self, other)

    def __or__(self, other: Condition) -> Condition:
        return any_of(self, other)

    def __invert__(self) -> Condition:
        if self._joint == "!":
            return self._parts[0]
        if not self._parts and self._leaf is None:
            return Condition("|" if self._joint == "&" else "&")
        return Condition("!", (self,))

    def __bool__(self) -> bool:
        raise TypeError("Conditions are joined with & | ~ and parentheses, not with and, or, not.")

    def __len__(self) -> int:
        return len(_terms(self))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.render()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.render())

    def __eq__(self, other: object) -> bool:
        return _terms(self) == _terms(other) if isinstance(other, Condition) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(_terms(self)))

    def __repr__(self) -> str:
        return f"Condition({_terms(self)!r})"

    def render(self) -> list[Term]:
        """Odoo's list, as short as it can be, made anew: the caller may change it."""
        return [_copied(term) for term in _terms(self)]


def _copied(value: Any) -> Any:
    return [_copied(one) for one in value] if isinstance(value, list) else value


def all_of(*conditions: Condition) -> Condition:
    """Records that fit all of the conditions; without any, every record."""
    return _joined("&", conditions)


def any_of(*conditions: Condition) -> Condition:
    """Records that fit one of the conditions at least; without any, no record."""
    return _joined("|", conditions)


def _joined(joint: Literal["&", "|"], conditions: Iterable[Condition]) -> Condition:
    decisive = ("|" if joint == "&" else "&", ())  # NOTHING ends a conjunction, EVERYTHING a disjunction
    parts: list[Condition] = []
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise Rejected("Conditions are joined with conditions, such as those of F; lists go through as_condition.")
        if condition._leaf is None and (condition._joint, condition._parts) == decisive:
            return condition
        parts.extend(condition._parts if condition._joint == joint else [condition])
    return parts[0] if len(parts) == 1 else Condition(joint, tuple(parts))


def _terms(condition: Condition) -> list[Term]:
    """Prefix notation; Odoo itself joins terms at the top with `&`."""
    terms: list[Term] = []
    ahead = [condition]
    while ahead:
        one = ahead.pop()
        terms += _term(one)
        ahead.extend(reversed(one._parts))
    if condition._joint != "&":
        return terms
    return terms[len(condition._parts) - 1 :] if condition._parts else []


def _term(condition: Condition) -> list[Term]:
    """What stands before the parts."""
    if condition._leaf is not None:
        return [list(condition._leaf)]
    if not condition._parts:
        return [[1, "=", 1]] if condition._joint == "&" else [[0, "=", 1]]
    return [condition._joint] * max(1, len(condition._parts) - 1)


EVERYTHING = Condition("&")
"""The condition that every record fits: an empty domain."""

NOTHING = Condition("|")
"""The condition that no record fits."""


class F:
    """A field of the searched model, or a path to one of a related model: `F("country_id.code")`.

    Comparisons give conditions. None means an empty field. Raises Rejected for a value that cannot be
    compared that way, such as a time without a time zone.
    """

    __slots__ = ("path",)
    __hash__ = None  # type: ignore[assignment]  # equality makes a condition

    def __init__(self, path: str) -> None:
        if not isinstance(path, str) or not all(path.split(".")):
            raise Rejected("A field's path is made of names with single dots between them.", field=str(path))
        self.path = path

    def __repr__(self) -> str:
        return f"F({self.path!r})"

    def __eq__(self, value: Scalar) -> Condition:  # type: ignore[override]
        return self._leaf("=", _scalar(self.path, value))

    def __ne__(self, value: Scalar) -> Condition:  # type: ignore[override]
        return self._leaf("!=", _scalar(self.path, value))

    def __lt__(self, value: Scalar) -> Condition:
        return self._leaf("<", _ordered(self.path, value))

    def __le__(self, value: Scalar) -> Condition:
        return self._leaf("<=", _ordered(self.path, value))

    def __gt__(self, value: Scalar) -> Condition:
        return self._leaf(">", _ordered(self.path, value))

    def __ge__(self, value: Scalar) -> Condition:
        return self._leaf(">=", _ordered(self.path, value))

    def is_set(self) -> Condition:
        """The field is not empty."""
        return self._leaf("!=", False)

    def is_empty(self) -> Condition:
        """The field is empty: no text, no record, not true."""
        return self._leaf("=", False)

    def equals_if_given(self, value: Scalar) -> Condition:
        """`=?`: equal to `value`, and every record if that is None."""
        return self._leaf("=?", _scalar(self.path, value))

    def in_(self, values: Iterable[Scalar]) -> Condition:
        """One of `values`; for fields of several records: one of them at least."""
        return self._leaf("in", _scalars(self.path, values))

    def not_in(self, values: Iterable[Scalar]) -> Condition:
        """None of `values`."""
        return self._leaf("not in", _scalars(self.path, values))

    def like(self, text: str) -> Condition:
        """Contains `text`, in which `_` stands for any character and `%` for any number of them."""
        return self._leaf("like", _text(self.path, text))

    def not_like(self, text: str) -> Condition:
        """Does not contain `text`, or is empty."""
        return self._leaf("not like", _text(self.path, text))

    def ilike(self, text: str) -> Condition:
        """Contains `text` in capital or small letters."""
        return self._leaf("ilike", _text(self.path, text))

    def not_ilike(self, text: str) -> Condition:
        """Does not contain `text` in capital or small letters, or is empty."""
        return self._leaf("not ilike", _text(self.path, text))

    def matches(self, pattern: str) -> Condition:
        """`=like`: is `pattern` as a whole, in which `_` and `%` stand for other characters."""
        return self._leaf("=like", _text(self.path, pattern))

    def imatches(self, pattern: str) -> Condition:
        """`=ilike`: as `matches`, in capital or small letters."""
        return self._leaf("=ilike", _text(self.path, pattern))

    def not_matches(self, pattern: str) -> Condition:
        """`not =like`, Odoo 19 on. Before, write `~F(...).matches(...)`, which leaves out empty fields (observed
        on 17), and add `| F(...).is_empty()`."""
        return self._leaf("not =like", _text(self.path, pattern))

    def not_imatches(self, pattern: str) -> Condition:
        """`not =ilike`, Odoo 19 on. Before, see `not_matches`."""
        return self._leaf("not =ilike", _text(self.path, pattern))

    def child_of(self, ids: int | Iterable[int]) -> Condition:
        """One of the records `ids`, or below one of them in the model's tree."""
        return self._leaf("child_of", _ids(self.path, ids))

    def parent_of(self, ids: int | Iterable[int]) -> Condition:
        """One of the records `ids`, or above one of them in the model's tree."""
        return self._leaf("parent_of", _ids(self.path, ids))

    def any(self, condition: Sequence[Any]) -> Condition:
        """A related record fits `condition`; Odoo 17 on."""
        return self._leaf("any", _conditions(self.path, condition))

    def not_any(self, condition: Sequence[Any]) -> Condition:
        """No related record fits `condition`; Odoo 17 on."""
        return self._leaf("not any", _conditions(self.path, condition))

    def _leaf(self, operator: str, value: Any) -> Condition:
        return Condition("", leaf=(self.path, operator, value))


def as_condition(domain: Sequence[Any]) -> Condition:
    """A well-formed domain (see `checked`) as a condition, to be joined with others."""
    if isinstance(domain, Condition):
        return domain
    stack: list[Condition] = []
    for term in reversed(list(domain)):
        if term == "!":
            stack.append(~stack.pop())
        elif isinstance(term, str):
            join = all_of if term == "&" else any_of
            stack.append(join(stack.pop(), stack.pop()))
        else:
            stack.append(_from_leaf(*term))
    return all_of(*reversed(stack))


def _from_leaf(path: Any, operator: str, value: Any) -> Condition:
    if isinstance(path, int):
        return EVERYTHING if path == value else NOTHING
    return Condition("", leaf=(path, operator, value))


def comparable(value: Any) -> Any:
    """`value` as Odoo compares it: UTC text for times, False for nothing, the nearest float for Decimal.

    Raises ValueError with a reason that goes on after a field's name.
    """
    if value is None:
        return False
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, str | bool | int | float | Decimal | date):
        return _sendable(value)
    raise ValueError(f"is compared with one value, not with a {type(value).__name__}.")


def _sendable(value: Any) -> Any:
    try:
        return sendable(value)
    except ValueError as error:
        raise ValueError(f"is compared with what cannot be sent: {error}") from None


def _moment(value: datetime) -> str:
    try:
        return odoo_datetime(value)
    except (ValueError, OverflowError):
        raise ValueError("is compared with a time without a time zone.") from None


def _scalar(path: str, value: Any) -> Any:
    try:
        return comparable(value)
    except ValueError as error:
        raise Rejected(f"{path} {error}", field=path) from None


def _ordered(path: str, value: Any) -> Any:
    plain = _scalar(path, value)
    if isinstance(plain, bool):
        raise Rejected(f"{path}: nothing is greater or less than an empty field.", field=path)
    return plain


def _scalars(path: str, values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise Rejected(f"{path} is looked for in a list of values.", field=path)
    return [_scalar(path, value) for value in values]


def _text(path: str, text: Any) -> str:
    if not isinstance(text, str):
        raise Rejected(f"{path} is compared with a pattern, which is text.", field=path)
    return text


def _conditions(path: str, conditions: Any) -> list[Any]:
    if isinstance(conditions, str | bytes) or not isinstance(conditions, Sequence):
        raise Rejected(f"{path}: the conditions on related records are a list.", field=path)
    return list(conditions)


def _ids(path: str, ids: int | Iterable[int]) -> list[int]:
    found = list(ids) if isinstance(ids, Iterable) else [ids]
    if any(type(one) is not int for one in found):
        raise Rejected(f"{path}: the records of a tree are given by their ids.", field=path)
    return found
