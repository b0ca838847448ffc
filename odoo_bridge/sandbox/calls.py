"""From a method's name to its answer: what ``execute_kw`` does once the user is known."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from odoo_bridge.sandbox.errors import AccessError, OdooError, PythonError, UserError
from odoo_bridge.sandbox.orm.env import Env
from odoo_bridge.sandbox.orm.model import BaseModel

# Methods that never write, so that they need not wait for a writer.
READERS = frozenset(
    {
        "search",
        "search_read",
        "search_count",
        "read_group",
        "has_access",
        "check_access",
        "read",
        "fields_get",
        "exists",
        "name_search",
        "name_get",
        "get_metadata",
    }
    | {"check_access_rights", "check_object_reference", "default_get", "get_external_id"}
)

# Odoo has these models; the sandbox has them in name only, so that a wrong method is answered as there.
NAMES_ONLY = {"ir.actions.report": "Report Action"}


def call(env: Env, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a public method.

    Raises ``UserError`` for an unknown model, ``AccessError`` for a private method, ``AttributeError`` and
    ``TypeError`` (as ``PythonError``) for an unknown method and for wrong arguments.
    """
    if model not in env.registry.classes and model not in NAMES_ONLY:
        raise UserError(f"Object {model} doesn't exist")
    if method.startswith("_"):
        raise AccessError(env.profile.texts["private"].format(model=model, method=method))
    target = getattr(env[model], method, None) if model in env.registry.classes else None
    if not getattr(target, "is_public", False):
        raise PythonError("AttributeError", env.profile.texts["unknown_method"].format(model=model, method=method))
    assert target is not None
    _check_arguments(env[model], method, target, args, kwargs)
    try:
        return target(*args, **kwargs)
    except OdooError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
        # What a client sent has not the shape the method expects; on a real server that is a traceback too.
        raise PythonError(type(error).__name__, str(error)) from error


def _check_arguments(
    model: BaseModel, method: str, target: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
) -> None:
    try:
        inspect.signature(target).bind(*args, **kwargs)
    except TypeError as error:
        message = str(error)
        if message.startswith("missing a required argument: "):
            message = f"missing 1 required positional argument: {message.rpartition(' ')[2]}"
        raise PythonError("TypeError", f"{_owner(model, method)}.{method}() {message}") from None


def _owner(model: BaseModel, method: str) -> str:
    """The class a traceback would name: models that extend ``write`` and the like show their own."""
    extends = type(model).__module__ != "odoo_bridge.sandbox.orm.registry" and method in (
        "create",
        "write",
        "unlink",
    )
    return type(model).__name__ if extends else "BaseModel"
