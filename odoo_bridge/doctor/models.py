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
from odoo_bridge.said import _, listed, pgettext
from odoo_bridge.scope import Scope

RIGHTS = {
    "read": pgettext("right in Odoo", "read"),
    "create": pgettext("right in Odoo", "create"),
    "write": pgettext("right in Odoo", "write"),
}

NEEDED: tuple[Operation, ...] = ("read", "create", "write")
GROUPS = _("Add the user to the groups that the README names, in Odoo under Settings, Users.")

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
            found.append(Finding("rights", False, _lacks(mapping.odoo, lacking), GROUPS))
    yield from found or [Finding("rights", True, _("The user may read and write what is needed."))]


def _lacks(model: str, lacking: list[Operation]) -> str:
    rights = listed(RIGHTS[right] for right in lacking)
    return _("The user may not do this with %(model)s: %(rights)s.", model=model, rights=rights)


def apps(scope: Scope) -> Iterator[Finding]:
    """What the sync goes on without: a line for each optional model that this Odoo has not got, or not for the user."""
    scope.client.remembered.forget()
    for mapping in registry().values():
        if not offered(scope, mapping):
            says = _without(mapping)
            yield Finding(
                "apps",
                True,
                says,
                listed((_("Should they be exchanged, install the app that brings it."), GROUPS), " "),
            )


def _without(mapping: type[Mapping]) -> str:
    names = {"model": mapping.odoo, "what": mapping.kind()}
    if mapping.pull_only:
        return _("This Odoo has no %(model)s that the user may use: %(what)s do not come here.", **names)
    return _("This Odoo has no %(model)s that the user may use: %(what)s stay in the clinic.", **names)


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
    yield from found or [Finding("fields", True, _("Odoo has the fields that are exchanged."))]


def _of_mapping(scope: Scope, mapping: type[Mapping]) -> Iterator[Finding]:
    try:
        theirs = scope.client.fields_get(mapping.odoo)
    except Denied:
        return  # the rights tell
    except Incompatible:
        yield Finding(
            "fields",
            False,
            _("This Odoo has no %(model)s.", model=mapping.odoo),
            _("Install the app that brings it, in Odoo."),
        )
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
        says = _(
            "%(model)s.%(name)s is of type %(type)s in this Odoo, which does not fit.",
            model=model,
            name=name,
            type=known["type"],
        )
        yield Finding("fields", False, says, _("An add-on changed it: take it out, or ask whoever installed it."))
    values = [key for key, _ in known.get("selection") or []]
    missing = [word for word in field.words if word not in values] if isinstance(field, Const) and values else []
    if missing:
        says = _(
            "%(model)s.%(name)s does not offer %(value)s in this Odoo.",
            model=model,
            name=name,
            value=missing[0],
        )
        yield Finding("selection", False, says, _("An add-on took it away: take it out, or ask whoever installed it."))


def _absent(model: str, name: str) -> Finding:
    return Finding(
        "fields",
        False,
        _("This Odoo has no %(model)s.%(name)s.", model=model, name=name),
        _("Install the app that brings it, in Odoo."),
    )


def _demanded(mapping: type[Mapping], theirs: Fields) -> Iterator[Finding]:
    """Fields that somebody added to Odoo by hand, that have to be filled in, and that we know nothing of."""
    for name, known in theirs.items():
        if name.startswith("x_") and known.get("required") and name not in mapping.fields():
            says = _(
                "%(model)s demands %(name)s (%(label)s), which the clinic does not know.",
                model=mapping.odoo,
                name=name,
                label=known.get("string", name),
            )
            yield Finding("fields", False, says, _("Make it optional in Odoo: Settings, Technical, Fields."))
