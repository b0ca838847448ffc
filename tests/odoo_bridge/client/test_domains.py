"""The domain builder: what it renders means what Python's own and, or, not mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_bridge.client import Client
from odoo_bridge.client.checking import checked
from odoo_bridge.client.domains import EVERYTHING, NOTHING, Condition, F, all_of, any_of, as_condition
from odoo_bridge.errors import Rejected

Row = dict[str, Any]
Predicate = Callable[[Row], bool]

A, B, C = F("a") == 1, F("b") == 2, F("c") == 3
a, b, c = ["a", "=", 1], ["b", "=", 2], ["c", "=", 3]


@pytest.mark.parametrize(
    ("condition", "rendered"),
    [
        (A, [a]),
        (A & B & C, [a, b, c]),
        (A | B, ["|", a, b]),
        (A | B | C, ["|", "|", a, b, c]),
        ((A | B) & C, ["|", a, b, c]),
        (A & B | C, ["|", "&", a, b, c]),
        (~A, ["!", a]),
        (~~A, [a]),
        (~(A & B), ["!", "&", a, b]),
        (~(A | B) & C, ["!", "|", a, b, c]),
        (EVERYTHING, []),
        (NOTHING, [[0, "=", 1]]),
        (~EVERYTHING, [[0, "=", 1]]),
        (~NOTHING, []),
        (EVERYTHING & A, [a]),
        (EVERYTHING | A, []),
        (NOTHING | A, [a]),
        (NOTHING & A, [[0, "=", 1]]),
        (all_of(), []),
        (any_of(), [[0, "=", 1]]),
        (any_of(A), [a]),
    ],
)
def test_joined_conditions_are_rendered_as_short_as_they_can_be(condition: Condition, rendered: list[Any]) -> None:
    assert condition.render() == rendered
    assert list(condition) == rendered
    assert len(condition) == len(rendered)


@pytest.mark.parametrize(
    ("condition", "leaf"),
    [
        (F("x") != 1, ["x", "!=", 1]),
        (F("x") < 1, ["x", "<", 1]),
        (F("x") <= 1, ["x", "<=", 1]),
        (F("x") > 1, ["x", ">", 1]),
        (F("x") >= 1, ["x", ">=", 1]),
        (F("x").equals_if_given(None), ["x", "=?", False]),
        (F("x").like("a%"), ["x", "like", "a%"]),
        (F("x").not_like("a"), ["x", "not like", "a"]),
        (F("x").ilike("a"), ["x", "ilike", "a"]),
        (F("x").not_ilike("a"), ["x", "not ilike", "a"]),
        (F("x").matches("a_"), ["x", "=like", "a_"]),
        (F("x").imatches("a_"), ["x", "=ilike", "a_"]),
        (F("x").not_matches("a_"), ["x", "not =like", "a_"]),
        (F("x").not_imatches("a_"), ["x", "not =ilike", "a_"]),
        (F("x").in_((1, None)), ["x", "in", [1, False]]),
        (F("x").not_in([]), ["x", "not in", []]),
        (F("x.y").child_of(7), ["x.y", "child_of", [7]]),
        (F("x").parent_of([7, 8]), ["x", "parent_of", [7, 8]]),
        (F("x").any(A | B), ["x", "any", ["|", a, b]]),
        (F("x").not_any(A), ["x", "not any", [a]]),
        (F("x").is_set(), ["x", "!=", False]),
        (F("x").is_empty(), ["x", "=", False]),
        (F("x") == None, ["x", "=", False]),  # noqa: E711
        (F("x") == date(2026, 2, 3), ["x", "=", "2026-02-03"]),
        (F("x") > datetime(2026, 2, 3, 9, tzinfo=timezone(timedelta(hours=2))), ["x", ">", "2026-02-03 07:00:00"]),
        (F("x") == Decimal("1.10"), ["x", "=", 1.1]),
    ],
)
def test_every_operator_and_value_is_written_as_odoo_reads_it(condition: Condition, leaf: list[Any]) -> None:
    assert condition.render() == [leaf]
    assert checked(condition, version=19) == [leaf]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: F("x") == datetime(2026, 2, 3, tzinfo=UTC).replace(tzinfo=None),
        lambda: F("x") == Decimal("NaN"),
        lambda: F("x") == [1],  # type: ignore[operator]
        lambda: F("x") > None,
        lambda: F("x") < True,
        lambda: F("x").in_("abc"),
        lambda: F("x").in_(5),  # type: ignore[arg-type]
        lambda: F("x").ilike(5),  # type: ignore[arg-type]
        lambda: F("x").child_of("Ann"),  # type: ignore[arg-type]
        lambda: F("x").child_of(None),  # type: ignore[arg-type]
        lambda: F("x").any(None),  # type: ignore[arg-type]
        lambda: F("x").not_any("y"),
        lambda: F("x") == math.nan,
        lambda: F("x") < 2**70,
        lambda: F("x") == "\ud800",
    ],
)
def test_a_value_that_cannot_be_compared_is_refused_with_the_field_named(wrong: Callable[[], Any]) -> None:
    with pytest.raises(Rejected, match="x") as caught:
        wrong()
    assert caught.value.field == "x"


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", None, 5])
def test_a_path_without_a_name_in_it_is_refused(path: Any) -> None:
    with pytest.raises(Rejected, match="single dots"):
        F(path)


@pytest.mark.parametrize("wrong", [[a], None, True])
def test_what_is_no_condition_is_not_joined(wrong: Any) -> None:
    for join in (all_of, any_of):
        with pytest.raises(Rejected, match="joined with conditions"):
            join(A, wrong)


def test_pythons_own_and_or_not_are_refused_instead_of_losing_a_condition() -> None:
    for wrong in (lambda: A and B, lambda: A or B, lambda: not A, lambda: 1 < F("a") < 5):
        with pytest.raises(TypeError, match="joined with &"):
            wrong()


def test_what_is_rendered_belongs_to_the_caller() -> None:
    condition = F("a").in_([1]) | B
    condition.render().append("x")
    condition.render()[1][0] = "x"
    condition.render()[1][2].append(2)
    assert condition.render() == ["|", ["a", "in", [1]], b]
    assert condition == F("a").in_([1]) | B
    assert hash(condition) == hash(F("a").in_([1]) | B)
    assert condition != A


def test_conditions_may_be_nested_as_deeply_as_somebody_likes() -> None:
    condition = A
    for _ in range(3000):
        condition = ~(condition & B)
    assert len(condition) == 3000 * 3 + 1
    assert checked(condition) == condition.render()


# ---- meaning


def fits(domain: list[Any], row: Row) -> bool:
    """A tiny Odoo: whether a row fits a rendered domain."""
    stack: list[bool] = []
    for term in reversed(domain):
        if term == "!":
            stack.append(not stack.pop())
        elif isinstance(term, str):
            left, right = stack.pop(), stack.pop()
            stack.append(left and right if term == "&" else left or right)
        else:
            stack.append(compare(*term, row))
    return all(stack)


def compare(path: Any, operator: str, value: Any, row: Row) -> bool:
    held = row.get(path, path)
    return {
        "=": lambda: held == value,
        "!=": lambda: held != value,
        "<": lambda: held < value,
        ">=": lambda: held >= value,
        "in": lambda: held in value,
        "not in": lambda: held not in value,
    }[operator]()


def leaf(name: str, operator: str, value: int) -> tuple[Condition, Predicate]:
    field = F(name)
    return {
        "=": (field == value, lambda row: row[name] == value),
        "!=": (field != value, lambda row: row[name] != value),
        "<": (field < value, lambda row: row[name] < value),
        ">=": (field >= value, lambda row: row[name] >= value),
        "in": (field.in_([value, value + 2]), lambda row: row[name] in (value, value + 2)),
        "not in": (field.not_in([value]), lambda row: row[name] != value),
    }[operator]


LEAVES = st.builds(
    leaf, st.sampled_from(["color", "id"]), st.sampled_from(["=", "!=", "<", ">=", "in", "not in"]), st.integers(0, 4)
) | st.sampled_from([(EVERYTHING, lambda row: True), (NOTHING, lambda row: False)])


def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many = st.lists(inner, max_size=3)
    return (
        st.tuples(inner, inner).map(lambda two: (two[0][0] & two[1][0], lambda row: two[0][1](row) and two[1][1](row)))
        | st.tuples(inner, inner).map(lambda two: (two[0][0] | two[1][0], lambda row: two[0][1](row) or two[1][1](row)))
        | inner.map(lambda one: (~one[0], lambda row: not one[1](row)))
        | many.map(lambda all_: (all_of(*(x[0] for x in all_)), lambda row: all(x[1](row) for x in all_)))
        | many.map(lambda any_: (any_of(*(x[0] for x in any_)), lambda row: any(x[1](row) for x in any_)))
    )


CONDITIONS = st.recursive(LEAVES, joined, max_leaves=12)
ROWS = [{"color": color, "id": number} for color in range(6) for number in range(6)]


@given(CONDITIONS)
def test_a_rendered_domain_means_what_python_means(pair: tuple[Condition, Predicate]) -> None:
    condition, predicate = pair
    assert [fits(condition.render(), row) for row in ROWS] == [predicate(row) for row in ROWS]


@given(CONDITIONS)
def test_every_rendered_domain_is_well_formed_and_survives_being_read_back(pair: tuple[Condition, Predicate]) -> None:
    condition, _ = pair
    assert checked(condition) == condition.render()
    assert checked(tuple(map(tuple, condition)) if len(condition) < 2 else condition) == condition.render()
    assert as_condition(condition.render()) == condition


@pytest.fixture(scope="module")
def rows(odoo: Client) -> list[Row]:
    """Partners of all colours, and their parents."""
    made = odoo.create("res.partner", [{"name": f"Domain {number}", "color": number % 6} for number in range(12)])
    return odoo.read("res.partner", made, ["color"])


def test_odoo_finds_what_python_would(odoo: Client, rows: list[Row]) -> None:
    ours = F("id").in_(row["id"] for row in rows)
    first = rows[0]["id"]
    relative = [{"color": row["color"], "id": row["id"] - first} for row in rows]

    @settings(max_examples=40, deadline=None)
    @given(CONDITIONS.map(lambda pair: pair))
    def agree(pair: tuple[Condition, Predicate]) -> None:
        condition, predicate = pair
        domain = all_of(ours, as_condition([shifted(term, first) for term in condition]))
        found = odoo.search("res.partner", domain, order="id")
        assert found == [row["id"] + first for row in relative if predicate(row)]

    agree()


def shifted(term: Any, first: int) -> Any:
    """A term about small numbers, as one about the ids that the server gave."""
    if isinstance(term, str) or term[0] != "id":
        return term
    path, operator, value = term
    return [path, operator, [one + first for one in value] if isinstance(value, list) else value + first]
