"""Which mappings there are: every module in `odoo_bridge.mappings` is one, discovered when first asked for."""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from odoo_bridge import mappings
from odoo_bridge.mapping import Mapping
from odoo_bridge.scope import Scope


@cache
def registry() -> dict[str, type[Mapping]]:
    """Return the mappings by key, those that others refer to first."""
    found: dict[str, type[Mapping]] = {}
    for module in iter_modules(mappings.__path__):
        for value in vars(import_module(f"{mappings.__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Mapping) and value.key:
                found[value.key] = value
    order = TopologicalSorter({key: mapping.refers_to() for key, mapping in sorted(found.items())}).static_order()
    return {key: found[key] for key in order}


def offered(scope: Scope, mapping: type[Mapping]) -> bool:
    """Tell whether the sync works with a mapping: always, but for an optional one that this Odoo has not got."""
    return not mapping.optional or scope.offers(mapping.odoo, read_only=mapping.pull_only)


def kept_in(scope: Scope) -> list[type[Mapping]]:
    """Return the mappings whose records the clinic keeps in this Odoo."""
    return [mapping for mapping in registry().values() if not mapping.pull_only and offered(scope, mapping)]


def mapping_for(model: type[Any]) -> type[Mapping] | None:
    """Return the mapping of one of the clinic's models, or None if it is not mapped.

    Of several, the one that the others refer to: an appointment is its event, and not the answer to it.
    """
    label = model._meta.label_lower
    return next((mapping for mapping in registry().values() if mapping.local.lower() == label), None)
