"""Positional arguments by name, for a wire that knows names only.

The names are those of the methods in Odoo 19, as its source and the recordings of JSON-2 have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from odoo_bridge.errors import Rejected

_OF_MODELS: dict[str, tuple[str, ...]] = {
    "check_access_rights": ("operation", "raise_exception"),
    "check_object_reference": ("module", "xml_id", "raise_on_access_error"),
    "context_get": (),
    "create": ("vals_list",),
    "default_get": ("fields",),
    "fields_get": ("allfields", "attributes"),
    "load": ("fields", "data"),
    "name_create": ("name",),
    "name_search": ("name", "domain", "operator", "limit"),
    "read_group": ("domain", "fields", "groupby", "offset", "limit", "orderby", "lazy"),
    "search": ("domain", "offset", "limit", "order"),
    "search_count": ("domain", "limit"),
    "search_read": ("domain", "fields", "offset", "limit", "order"),
}
_OF_RECORDS: dict[str, tuple[str, ...]] = {
    "copy": ("ids", "default"),
    "has_access": ("ids", "operation"),
    "js_assign_outstanding_line": ("ids", "line_id"),
    "message_unsubscribe": ("ids", "partner_ids"),
    "read": ("ids", "fields", "load"),
    "write": ("ids", "vals"),
}


def named(model: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping of arguments.

    A method that is not known here is taken for one of records: its first argument is `ids`. Raises Rejected
    for a further positional argument of such a method, and for an argument given twice.
    """
    names = _OF_MODELS.get(method, _OF_RECORDS.get(method, ("ids",)))
    if len(args) > len(names):
        raise Rejected(f"{model}.{method}: name the arguments; JSON-2 has no positional ones.")
    given = dict(zip(names, args, strict=False))
    if twice := given.keys() & kwargs.keys():
        raise Rejected(f"{model}.{method}: {min(twice)} is given twice.", field=min(twice))
    return given | dict(kwargs)


def positional(method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The same call for RPC, where a record method takes its ids first and never by name."""
    if "ids" not in kwargs or method in _OF_MODELS:
        return list(args), dict(kwargs)
    if args:
        raise Rejected(f"{method}: ids is given twice.", field="ids")
    return [kwargs["ids"]], {name: value for name, value in kwargs.items() if name != "ids"}
