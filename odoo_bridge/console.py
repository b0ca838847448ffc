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
from odoo_bridge.errors import Rejected


def arguments(words: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """What stands on a command line, as a call's arguments: each word as JSON, or else as the text it is.

    `name=value` is an argument by name. Raises Rejected for a list or an object that is not JSON, which Odoo would be
    sent as a text, and for a file, which has no place on a command line.
    """
    positional, named = [], {}
    for word in words:
        name, equals, value = word.partition("=")
        if name in ("upload", "sink") and equals:
            raise Rejected(f"{name} is no argument that can be given here.", field=name)
        if equals and name.isidentifier():
            named[name] = _value(value)
        else:
            positional.append(_value(word))
    return positional, named


def _value(word: str) -> Any:
    try:
        return json.loads(word)
    except (ValueError, RecursionError):
        if word[:1] in ("[", "{"):
            raise Rejected(
                f"{word[:40]} is not JSON: names and texts in it stand in double quotes, and it is all in single ones."
            ) from None
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
        about = known.get("relation") or ", ".join(str(each[0]) for each in known.get("selection") or [])
        table.add_row(name, known["type"], str(known.get("string", "")), " ".join(marks), str(about))
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
