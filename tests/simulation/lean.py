"""Django, spared what it does anew for every statement although it always comes to the same.

Far more of a schedule's time goes into how Django writes statements than into carrying them out. Which columns a model
has, what their texts are and how their values are read is the same in every query set of that model: it is worked out
once, by Django itself. Whatever a query adds of its own is worked out as ever.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler


def make_lean() -> None:
    """Let this process remember; to be called once, before the first schedule."""
    _remember_columns()
    _remember_texts()


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
