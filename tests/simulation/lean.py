"""Django, spared what it does anew for every statement although it always comes to the same.

Far more of a schedule's time goes into how Django writes statements than into carrying them out. Which columns a model
has, what their texts are and how their values are read is the same in every query set of that model: it is worked out
once, by Django itself. Whatever a query adds of its own is worked out as ever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models.expressions import Col
from django.db.models.lookups import BuiltinLookup
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query
from django.db.models.sql.where import AND, WhereNode

PLAIN = frozenset({int, str, bool, datetime, UUID})
"""What conditions compare with, as it is. A list, a model or an expression is for Django to look through."""


def make_lean() -> None:
    """Let this process remember; to be called once, before the first schedule."""
    _remember_columns()
    _remember_texts()
    _remember_conditions()
    _remember_sides()
    _remember_order()


def _remember_columns() -> None:
    get_select, get_converters = SQLCompiler.get_select, SQLCompiler.get_converters
    selects: dict[Any, Any] = {}
    converters: dict[tuple[int, ...], Any] = {}
    """By the identities of columns: where it is a field's own one, Django keeps it as long as the field."""

    def remembered_select(self: SQLCompiler, with_col_aliases: bool = False) -> Any:
        query = self.query
        adds = query.select_related or query.extra or query.annotations or query.selected is not None
        if with_col_aliases or adds or not query.default_cols or query.deferred_loading != (frozenset(), True):
            return get_select(self, with_col_aliases=with_col_aliases)
        key = (query.model, query.get_initial_alias())
        if key not in selects:
            selects[key] = get_select(self)
        select, klass_info, annotations = selects[key]
        return list(select), dict(klass_info), dict(annotations)

    def remembered_converters(self: SQLCompiler, expressions: Any) -> Any:
        expressions = list(expressions)
        key = tuple(map(id, expressions))
        if key in converters:
            return converters[key]
        found = get_converters(self, expressions)
        if all(isinstance(one, Col) and one.target.cached_col is one for one in expressions):
            converters[key] = found
        return found

    SQLCompiler.get_select, SQLCompiler.get_converters = remembered_select, remembered_converters


def _remember_texts() -> None:
    convert_query = SQLiteCursorWrapper.convert_query
    texts: dict[str, str] = {}

    def remembered_text(self: SQLiteCursorWrapper, query: str, *, param_names: Any = None) -> str:
        if param_names is not None:
            return convert_query(self, query, param_names=param_names)
        if query not in texts:
            texts[query] = convert_query(self, query)
        return texts[query]

    SQLiteCursorWrapper.convert_query = remembered_text


def _remember_conditions() -> None:
    """Of a condition on a column of the model itself: what its name leads to."""
    build_filter = Query.build_filter
    led_to: dict[tuple[Any, str], Any] = {}

    def remembered_filter(self: Query, filter_expr: Any, *args: Any, **options: Any) -> Any:
        plain = type(filter_expr) is tuple and type(filter_expr[1]) in PLAIN
        if not plain or args or self.annotations or self._filtered_relations or options.get("branch_negated"):
            return build_filter(self, filter_expr, *args, **options)
        name, value = filter_expr
        if (self.model, name) not in led_to:
            led_to[self.model, name] = _leads_to(self, name)
        found = led_to[self.model, name]
        if found is None:
            return build_filter(self, filter_expr, **options)
        lookups, field = found
        alias = self.get_initial_alias()
        self._lookup_joins = [alias]
        condition = self.build_lookup(lookups, self._get_col(field, field, alias), value)
        outer = condition.lookup_name == "isnull" and condition.rhs is True
        return WhereNode([condition], connector=AND), () if outer else {alias}

    Query.build_filter = remembered_filter


def _leads_to(query: Query, name: str) -> Any:
    """Return the lookups and the field behind a name, or None where it leads to another model."""
    lookups, parts, annotation = query.solve_lookup_type(name)
    if annotation:
        return None
    path, field, targets, _ = query.names_to_path(parts, query.get_meta())
    return None if path or field.is_relation or targets != (field,) else (lookups, field)


def _remember_sides() -> None:
    """Of a condition on a column of the model itself: the text of its left-hand side."""
    process_lhs = BuiltinLookup.process_lhs
    texts: dict[tuple[Any, ...], str] = {}

    def remembered_side(self: BuiltinLookup[Any], compiler: Any, connection: Any, lhs: Any = None) -> Any:
        col = self.lhs
        if lhs is not None or type(col) is not Col or col.alias != col.target.model._meta.db_table:
            return process_lhs(self, compiler, connection, lhs)
        key = (self.lookup_name, col.alias, col.target, col.output_field)
        if key not in texts:
            texts[key] = process_lhs(self, compiler, connection)[0]
        return texts[key], []

    BuiltinLookup.process_lhs = remembered_side


def _remember_order() -> None:
    """Of whole records in an order by columns of their own: the order."""
    get_order_by = SQLCompiler.get_order_by
    orders: dict[Any, Any] = {}

    def remembered_order(self: SQLCompiler) -> Any:
        query = self.query
        own = query.order_by or (query.get_meta().ordering if query.default_ordering else ())
        if not own:
            return [] if not query.extra_order_by else get_order_by(self)
        adds = query.select_related or query.extra or query.annotations or query.extra_order_by or query.combinator
        if adds or query.distinct or not query.default_cols or not all(type(one) is str for one in own):
            return get_order_by(self)
        key = (query.model, query.get_initial_alias(), query.standard_ordering, tuple(own))
        if key not in orders:
            found = get_order_by(self)
            is_own = all(type(one.expression) is Col and one.expression.alias == key[1] for one, _ in found)
            orders[key] = found if is_own else None
        found = orders[key]
        return get_order_by(self) if found is None else list(found)

    SQLCompiler.get_order_by = remembered_order
