"""Odoo from a shell, for people: one call, a model's fields, a prompt."""

from __future__ import annotations

import code
import json
import sys
from collections.abc import Sequence
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from odoo_bridge.client import Client

READS = {
    "check_access_rights",
    "check_object_reference",
    "context_get",
    "default_get",
    "fields_get",
    "get_metadata",
    "has_access",
    "name_search",
    "read",
    "read_group",
    "search",
    "search_count",
    "search_read",
}
"""Methods that change nothing; any other may."""


def arguments(words: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """What stands on a command line, as a call's arguments: each word as JSON, or else as the text it is.

    `name=value` is an argument by name.
    """
    positional, named = [], {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name.isidentifier():
            named[name] = _value(value)
        else:
            positional.append(_value(word))
    return positional, named


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


def show_fields(client: Client, model: str, only: Sequence[str], out: Console) -> None:
    """Print a table of a model's fields. Raises Incompatible for a model that this Odoo has not."""
    table = Table("Field", "Type", "Label", "", "Of", box=None, pad_edge=False)
    for name, known in sorted(client.fields_get(model).items()):
        if only and name not in only:
            continue
        marks = [mark for mark in ("required", "readonly") if known.get(mark)]
        if known.get("store") is False:
            marks.append("not stored")
        offered = ", ".join(key for key, _ in known.get("selection") or [])
        about = known.get("relation") or offered
        table.add_row(name, known["type"], known.get("string", ""), " ".join(marks), about)
    out.print(table)


def prompt(client: Client, source: IO[str]) -> None:
    """A Python prompt with the client as `odoo`; run what comes from `source` instead if that is no terminal."""
    names = {"odoo": client}
    if not source.isatty():
        exec(compile(source.read(), "<input>", "exec"), names)  # noqa: S102 - what whoever started it wrote
        return
    sys.ps1 = "odoo> "
    banner = f"{client!r}\nodoo.search_read('res.partner', [['is_company', '=', True]], ['name'], limit=5)"
    code.interact(banner=banner, local=names, exitmsg="")
