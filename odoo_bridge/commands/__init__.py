"""The words after `manage.py odoo`: every `Action` in a module of this package is one, found when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from odoo_bridge.commands.action import Action


@cache
def actions() -> dict[str, Action]:
    """Return the actions by their names, in alphabetical order."""
    found = [
        value
        for module in iter_modules(__path__)
        for value in vars(import_module(f"{__name__}.{module.name}")).values()
        if isinstance(value, type) and issubclass(value, Action) and "name" in vars(value)
    ]
    return {action.name: action() for action in sorted(found, key=lambda one: one.name)}
