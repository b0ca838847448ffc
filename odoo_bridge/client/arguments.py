"""Whether ids, names and values have the shape that a call takes, before anything is sent.

A text is a sequence, too: the ids "12" would go out as "1" and "2", which Odoo calls deleted records (observed on
17), and a row that is a mapping would send its names in place of its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from odoo_bridge.errors import Rejected

_MODEL = re.compile(r"\w+(\.\w+)*", re.ASCII)
_METHOD = re.compile(r"[^\W\d]\w*", re.ASCII)


def check_names(model: str, method: str) -> None:
    """Raise Rejected for what names no model or method: both become a part of an address on some wires."""
    for what, name, pattern in (("model", model, _MODEL), ("method", method, _METHOD)):
        if not isinstance(name, str) or not pattern.fullmatch(name):
            raise Rejected(f"The name of a {what} is made of letters, digits and _, without accents.", field=what)


def credential(what: str, text: str, argument: str) -> str:
    """A user name, key or database as it is. Raises Rejected, without repeating it, for one that no wire carries."""
    if not isinstance(text, str) or not text.isprintable():
        raise Rejected(f"The {what} contains a line break or another invisible character.", field=argument)
    return text


def ids_of(ids: Iterable[int]) -> list[int]:
    """The ids as a list. Raises Rejected for anything but whole numbers above zero."""
    found = _items(ids, "ids", "The records of a call are given as a list of ids.")
    for place, one in enumerate(found):
        if type(one) is not int or one <= 0:
            raise Rejected(f"ids[{place}] is no id of a record.", field="ids")
    return found


def names_of(names: Iterable[str], argument: str = "fields") -> list[str]:
    """Names of fields or columns as a list. Raises Rejected for anything but texts."""
    found = _items(names, argument, f"The {argument} of a call are a list of names.")
    for place, one in enumerate(found):
        if not isinstance(one, str):
            raise Rejected(f"{argument}[{place}] is no name of a field.", field=argument)
    return found


def values_of(values: Mapping[str, Any], argument: str = "vals") -> dict[str, Any]:
    """Values by field. Raises Rejected for what is no mapping with texts as keys."""
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise Rejected(f"{argument}: the values of a record are given by the names of its fields.", field=argument)
    return dict(values)


def several_of(values: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The values of several records. Raises Rejected as `values_of` does, with the record's number."""
    several = _items(values, "vals_list", "The values of several records are a list.")
    return [values_of(each, f"vals_list[{place}]") for place, each in enumerate(several)]


def rows_of(rows: Iterable[Any]) -> list[list[Any]]:
    """Rows of cells. Raises Rejected for a text or a mapping, of which only letters or names would be sent."""
    found = _items(rows, "data", "The rows of load are a list.")
    return [_items(row, "data", f"data[{place}] is no list of cells.") for place, row in enumerate(found)]


def _items(several: Any, argument: str, otherwise: str) -> list[Any]:
    if isinstance(several, str | bytes | Mapping) or not isinstance(several, Iterable):
        raise Rejected(otherwise, field=argument)
    return list(several)
