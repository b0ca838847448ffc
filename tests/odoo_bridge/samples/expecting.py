"""What is expected of a sample: values, texts and faults, for all versions or for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xmlrpc.client import Fault

from tests.odoo_bridge.samples.world import World


@dataclass(frozen=True)
class Outcome:
    """What a sample left: the namespace, the values of its expressions, what it printed and what it raised."""

    names: dict[str, Any]
    shown: list[Any]
    printed: str
    error: Exception | None


_OF_A_CLASS = re.compile(r"\b\w+\.(?=\w+\(\))")

Check = Callable[[Outcome, World], None]
# For every version, or by version.
Expected = Check | dict[int, Check]


def choose(expected: Expected, version: int) -> Check:
    """What is expected of this version; 18 is taken for 17."""
    if not isinstance(expected, dict):
        return expected
    return expected[max(each for each in expected if each <= version)]


def value(wanted: Any, found: Any, world: World, names: dict[str, Any]) -> None:
    """``wanted`` is a value, or a function of what was found, the world and the names that says whether it is right."""
    if callable(wanted):
        assert wanted(found, world, names), f"{found!r} is not what was expected"
    else:
        assert found == wanted
        assert isinstance(found, type(wanted)), f"{found!r} is of another type than {wanted!r}"


def gives(*shown: Any, printed: Any = "", **names: Any) -> Check:
    """The values of the sample's expressions in their order, what it prints and what it leaves under these names."""

    def check(outcome: Outcome, world: World) -> None:
        if outcome.error:
            raise outcome.error
        assert len(outcome.shown) == len(shown), f"it shows {outcome.shown!r}"
        for wanted, found in zip(shown, outcome.shown, strict=True):
            value(wanted, found, world, outcome.names)
        for name, wanted in names.items():
            value(wanted, outcome.names[name], world, outcome.names)
        value(printed, outcome.printed, world, outcome.names)

    return check


def fault(code: int, text: str, **names: Any) -> Check:
    """An XML-RPC fault: its code, its text or, of a traceback (1), its last line, and names that were set before."""

    def check(outcome: Outcome, world: World) -> None:
        assert isinstance(outcome.error, Fault), f"it raised {outcome.error!r}"
        found = outcome.error.faultString
        if code == 1:
            # Where the decorator of a module wraps the method, Python names no class (observed on 17).
            found, said = (_OF_A_CLASS.sub("", each.strip().splitlines()[-1]) for each in (found, text))
        else:
            said = text
        assert (outcome.error.faultCode, found) == (code, said)
        for name, wanted in names.items():
            value(wanted, outcome.names[name], world, outcome.names)

    return check


def breaks(kind: type[Exception], text: str) -> Check:
    """An exception of Python's own, with this in its text."""

    def check(outcome: Outcome, world: World) -> None:
        assert type(outcome.error) is kind, f"it raised {outcome.error!r}"
        assert text in str(outcome.error)

    return check


# -- what a value may be


def a_record(found: Any, world: World, names: dict[str, Any]) -> bool:
    """An id of a record."""
    return type(found) is int and found > 0


def some_ids(found: Any, world: World, names: dict[str, Any]) -> bool:
    """Different ids, at least one."""
    return bool(found) and all(type(each) is int for each in found) and len(set(found)) == len(found)


def ids_with(name: str) -> Callable[..., bool]:
    """Different ids, those under the name among them."""

    def check(found: Any, world: World, names: dict[str, Any]) -> bool:
        return some_ids(found, world, names) and set(names[name]) <= set(found)

    return check


def five_companies(found: Any, world: World, names: dict[str, Any]) -> bool:
    """The third page of five of all companies; on a real server others make companies meanwhile."""
    companies: list[int] = world.call("res.partner", "search", [["is_company", "=", True]])
    return len(found) == len(set(found)) == 5 and (world.is_real or found == companies[10:15])


def how_many(*domain: Any) -> Callable[..., bool]:
    """As many as the administrator finds in a sandbox; on a real server others make contacts meanwhile."""

    def check(found: Any, world: World, names: dict[str, Any]) -> bool:
        there: int = world.call("res.partner", "search_count", list(domain))
        return type(found) is int and found > 0 and (world.is_real or found == there)

    return check


def rows(limit: int, **kinds: type | tuple[type, ...]) -> Callable[..., bool]:
    """One row or more, at most so many, each with an id and just these fields, of these types."""

    def check(found: Any, world: World, names: dict[str, Any]) -> bool:
        right = all(
            set(row) == {"id", *kinds} and all(isinstance(row[name], kind) for name, kind in kinds.items())
            for row in found
        )
        return right and 0 < len(found) <= limit

    return check


# Odoo's null is False.
TEXT: tuple[type, ...] = (str, bool)
RELATED: tuple[type, ...] = (list, bool)


def every_field(found: Any, world: World, names: dict[str, Any]) -> bool:
    """As many values as the user sees fields in ``res.partner``."""
    return bool(found == len(world.fields("res.partner")))


def described(*attributes: str, wants: dict[str, dict[str, Any]]) -> Callable[..., bool]:
    """Fields with no other attributes than these, in which each of ``wants`` is described so."""

    def check(found: Any, world: World, names: dict[str, Any]) -> bool:
        only = all(set(attributes) >= set(description) for description in found.values())
        return only and all(wanted.items() <= found[name].items() for name, wanted in wants.items())

    return check
