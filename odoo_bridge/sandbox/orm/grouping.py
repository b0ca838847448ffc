"""``read_group``: counts and sums by the values of fields.

Groups by plain stored fields and by periods of dates (in UTC, labelled in English), as observed on 17.
"""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odoo_bridge.sandbox.errors import PythonError, value_error

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.fields import Field
    from odoo_bridge.sandbox.orm.reading import Reading

ASKED = re.compile(r"(\w+)(?::(\w+)(?:\((\w+)\))?)?")
AGGREGATES = {
    "sum": "SUM({0})",
    "avg": "AVG({0})",
    "min": "MIN({0})",
    "max": "MAX({0})",
    "count": "COUNT({0})",
    "count_distinct": "COUNT(DISTINCT {0})",
}
DAY = "substr({0}, 1, 10)"
PERIODS = {
    "day": DAY,
    "week": f"date({DAY}, '-6 days', 'weekday 0')",
    "month": "substr({0}, 1, 7) || '-01'",
    "quarter": "substr({0}, 1, 5) || printf('%02d', (CAST(substr({0}, 6, 2) AS INTEGER) - 1) / 3 * 3 + 1) || '-01'",
    "year": "substr({0}, 1, 4) || '-01-01'",
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Group:
    """One way to group: a field, and for dates a period."""

    key: str
    field: Field
    period: str

    @property
    def sql(self) -> str:
        column = f'"{self.field.name}"'
        if self.period:
            return PERIODS[self.period].format(column)
        return f"COALESCE({column}, 0)" if self.field.type == "boolean" else column


def read_group(
    model: Reading,
    domain: Any,
    fields: Any,
    groupby: Any,
    offset: int,
    limit: int | None,
    orderby: Any,
    lazy: bool,
) -> list[dict[str, Any]]:
    """A row for each group. When ``lazy`` only the first of ``groupby`` counts, the others are handed on."""
    keys = [groupby] if isinstance(groupby, str) else list(groupby or [])
    groups = [_group(model, key) for key in (keys[:1] if lazy else keys)]
    sums = _aggregates(model, fields, {group.field.name for group in groups})
    counted = f"{groups[0].field.name}_count" if lazy and groups else "__count"
    where, parameters = model._where(domain)
    columns = [group.sql for group in groups] + ["COUNT(*)", *sums.values()]
    statement = f"SELECT {', '.join(columns)} FROM {model.table} WHERE {where}"
    if groups:
        statement += f" GROUP BY {', '.join(group.sql for group in groups)}"
        statement += f" ORDER BY {_order(groups, sums, counted, orderby)}"
    if limit or offset:
        statement += f" LIMIT {int(limit or -1)} OFFSET {int(offset or 0)}"
    rows = model.env.execute(statement, parameters).fetchall()
    return [_row(model, list(domain or []), groups, keys, [counted, *sums], row, lazy) for row in rows]


def _group(model: Reading, key: str) -> Group:
    name, _colon, period = key.partition(":")
    field = model._field(name, "read")
    if not field.is_column:
        raise value_error(f"Cannot convert field {model.name}.{name} to SQL")
    dated = field.type in ("date", "datetime")
    if dated and (period or "month") not in PERIODS:
        raise value_error(f"Invalid granularity: {period}")
    return Group(key, field, (period or "month") if dated else "")


def _aggregates(model: Reading, fields: Any, grouped: set[str]) -> dict[str, str]:
    """What to sum up, by the name it is answered under: ``amount``, ``amount:avg``, ``mean:avg(amount)``."""
    found = {}
    for asked in fields or []:
        match = ASKED.fullmatch(asked)
        if not match:
            raise value_error(f"Invalid field specification {asked!r}.")
        alias, function, inner = match.groups()
        if alias == "__count" or alias in grouped:
            continue
        field = model._field(inner or alias, "read")
        if function is None and field.type in ("integer", "float", "monetary") and field.name != "id":
            function = "sum"
        if function is None or not field.is_column:
            continue
        if function not in AGGREGATES:
            raise PythonError("ValueError", f"Invalid aggregation function {function!r}.")
        found[alias] = AGGREGATES[function].format(f'"{field.name}"')
    return found


def _order(groups: list[Group], sums: dict[str, str], counted: str, orderby: Any) -> str:
    """By the groups themselves, empty ones last, unless told otherwise."""
    known = {group.key: group.sql for group in groups} | sums | {counted: "COUNT(*)", "__count": "COUNT(*)"}
    terms = []
    for term in filter(None, (orderby or "").split(",")):
        name, *direction = term.split()
        if name in known:
            down = bool(direction) and direction[0].lower() == "desc"
            terms.append(f"{known[name]} {'DESC NULLS FIRST' if down else 'ASC NULLS LAST'}")
    return ", ".join([*terms, *(f"{group.sql} ASC NULLS LAST" for group in groups)])


def _row(
    model: Reading, domain: list[Any], groups: list[Group], keys: list[str], names: list[str], row: Any, lazy: bool
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    conditions, ranges = [], {}
    for group, value in zip(groups, row, strict=False):
        out[group.key] = _value(model, group, value)
        conditions.append(_condition(group, value))
        if group.period:
            ranges[group.key] = _range(group, value)
    for name, value in zip(names, row[len(groups) :], strict=True):
        out[name] = False if value is None else value
    out["__domain"] = _and(domain, conditions)
    if ranges:
        out["__range"] = ranges
    if lazy and keys[1:]:
        out["__context"] = {"group_by": keys[1:]}
    return out


def _value(model: Reading, group: Group, value: Any) -> Any:
    if value is None:
        return False
    if group.period:
        return _label(group.period, dt.date.fromisoformat(value))
    if group.field.type == "many2one":
        return model._pair(value, model._names_of(group.field, [value]), named=True)
    return group.field.to_wire(value)


def _label(period: str, start: dt.date) -> str:
    if period == "week":
        # The week of 1 January is the first; weeks begin on Sunday, as in the United States.
        new_year = dt.date((start + dt.timedelta(days=6)).year, 1, 1)
        first = new_year - dt.timedelta(days=new_year.isoweekday() % 7)
        return f"W{(start - first).days // 7 + 1} {new_year.year}"
    formats = {"day": "%d %b %Y", "month": "%B %Y", "year": "%Y", "quarter": f"Q{(start.month + 2) // 3} %Y"}
    return start.strftime(formats[period])


def _range(group: Group, value: str | None) -> Any:
    if value is None:
        return False
    start = dt.date.fromisoformat(value)
    clock = " 00:00:00" if group.field.type == "datetime" else ""
    return {"from": f"{start}{clock}", "to": f"{_next(group.period, start)}{clock}"}


def _next(period: str, start: dt.date) -> dt.date:
    if period in MONTHS:
        months = start.year * 12 + start.month - 1 + MONTHS[period]
        return dt.date(months // 12, months % 12 + 1, 1)
    return start + dt.timedelta(days=7 if period == "week" else 1)


def _condition(group: Group, value: Any) -> list[Any]:
    """The domain that finds a group's records."""
    name = group.field.name
    if group.period and value is not None:
        between = _range(group, value)
        return ["&", [name, ">=", between["from"]], [name, "<", between["to"]]]
    return [[name, "=", bool(value) if group.field.type == "boolean" else False if value is None else value]]


def _and(domain: list[Any], conditions: list[list[Any]]) -> list[Any]:
    """Everything at once, with each "and" written out."""
    parts = [_normal(domain), *conditions] if domain else conditions
    return ["&"] * (len(parts) - 1) + [item for part in parts for item in part]


def _normal(domain: list[Any]) -> list[Any]:
    """A domain with its implicit "and"s written out."""
    wanted = 1
    out: list[Any] = []
    for item in domain:
        if wanted == 0:
            out.insert(0, "&")
            wanted = 1
        if isinstance(item, str):
            wanted += 0 if item == "!" else 1
        else:
            wanted -= 1
        out.append(item)
    return out
