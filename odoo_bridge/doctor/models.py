"""Models: what the user may do with them, and whether they have the fields that the mappings name."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from typing import Any

from odoo_bridge.client.access import Operation, may
from odoo_bridge.client.checking import Fields
from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.fields import (
    Bool,
    Char,
    Const,
    Date,
    Datetime,
    Field,
    File,
    Lookup,
    Lookups,
    Number,
    Ref,
    RefId,
    Refs,
    Stage,
)
from odoo_bridge.mapping import Mapping
from odoo_bridge.registry import offered, registry
from odoo_bridge.scope import Scope

NEEDED: tuple[Operation, ...] = ("read", "create", "write")
GROUPS = "Add the user to the groups that the README names, in Odoo under Settings, Users."

# Odoo's types that a field of a mapping can stand for; the first class that fits decides.
TYPES: tuple[tuple[type[Field], tuple[str, ...]], ...] = (
    (Refs, ("many2many", "one2many")),
    (RefId, ("many2one_reference", "integer")),
    (Lookups, ("many2many", "one2many")),
    (Ref, ("many2one",)),
    (Lookup, ("many2one",)),
    (Datetime, ("datetime",)),
    (Date, ("date",)),
    (Number, ("float", "monetary", "integer")),
    (Bool, ("boolean",)),
    (Char, ("char", "text", "html")),
    (File, ("binary",)),
    (Stage, ("selection",)),
)


def rights(scope: Scope) -> Iterator[Finding]:
    """Whether the user may read, create and write what is mapped."""
    found = []
    for mapping in _offered(scope):
        needed = NEEDED[:1] if mapping.pull_only else NEEDED
        lacking = [right for right in needed if not _may(scope, mapping.odoo, right)]
        if lacking:
            found.append(Finding("rights", False, f"The user may not {', '.join(lacking)} {mapping.odoo}.", GROUPS))
    yield from found or [Finding("rights", True, "The user may read and write what is needed.")]


def apps(scope: Scope) -> Iterator[Finding]:
    """What the sync goes on without: a line for each optional model that this Odoo has not got, or not for the user."""
    scope.client.remembered.forget()
    for mapping in registry().values():
        if not offered(scope, mapping):
            says = f"This Odoo has no {mapping.odoo} that the user may use: {mapping.kept_here()}."
            yield Finding("apps", True, says, f"Should they be exchanged, install the app that brings it. {GROUPS}")


def _offered(scope: Scope) -> list[type[Mapping]]:
    return [mapping for mapping in registry().values() if offered(scope, mapping)]


def _may(scope: Scope, model: str, right: Operation) -> bool:
    try:
        return may(scope.client, model, right)
    except (Denied, Incompatible):
        return False


def fields(scope: Scope) -> Iterator[Finding]:
    """Whether Odoo has each field that a mapping names, of a type that fits, with the values that are sent."""
    found = [finding for mapping in _offered(scope) for finding in _of_mapping(scope, mapping)]
    yield from found or [Finding("fields", True, "Odoo has the fields that are exchanged.")]


def _of_mapping(scope: Scope, mapping: type[Mapping]) -> Iterator[Finding]:
    try:
        theirs = scope.client.fields_get(mapping.odoo)
    except Denied:
        return  # the rights tell
    except Incompatible:
        yield Finding("fields", False, f"This Odoo has no {mapping.odoo}.", "Install the app that brings it, in Odoo.")
        return
    yield from _of_model(mapping.odoo, mapping.fields(), theirs)
    yield from (_absent(mapping.odoo, name) for name in mapping.observed if name not in theirs)
    yield from _demanded(mapping, theirs)
    lines = mapping.lines()
    if lines and lines.name in theirs:
        relation = str(theirs[lines.name]["relation"])
        yield from _of_model(relation, lines.fields, scope.client.fields_get(relation))


def _of_model(model: str, ours: dict[str, Field], theirs: Fields) -> Iterator[Finding]:
    for name, field in ours.items():
        if name not in theirs:
            if not field.optional:
                yield _absent(model, name)
            continue
        yield from _unfit(model, name, field, theirs[name])


def _unfit(model: str, name: str, field: Field, known: AnyMapping[str, Any]) -> Iterator[Finding]:
    wanted = next((types for kind, types in TYPES if isinstance(field, kind)), None)
    if wanted and known["type"] not in wanted:
        says = f"{model}.{name} is of type {known['type']} in this Odoo, not {' or '.join(wanted)}."
        yield Finding("fields", False, says, "An add-on changed it: take it out, or ask whoever installed it.")
    values = [key for key, _ in known.get("selection") or []]
    if isinstance(field, Const) and values and field.value(None, None) not in values:
        says = f"{model}.{name} does not offer {field.value(None, None)} in this Odoo."
        yield Finding("selection", False, says, "An add-on took it away: take it out, or ask whoever installed it.")


def _absent(model: str, name: str) -> Finding:
    return Finding("fields", False, f"This Odoo has no {model}.{name}.", "Install the app that brings it, in Odoo.")


def _demanded(mapping: type[Mapping], theirs: Fields) -> Iterator[Finding]:
    """Fields that somebody added to Odoo by hand, that have to be filled in, and that we know nothing of."""
    for name, known in theirs.items():
        if name.startswith("x_") and known.get("required") and name not in mapping.fields():
            says = f"{mapping.odoo} demands {name} ({known.get('string', name)}), which the clinic does not know."
            yield Finding("fields", False, says, "Make it optional in Odoo: Settings, Technical, Fields.")
