"""From a method's name to its answer, once the user is known."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from odoo_bridge.sandbox.errors import AccessError, OdooError, PythonError, UserError, not_found, unprocessable
from odoo_bridge.sandbox.orm.env import Env
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.registry import Registry

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
    | {"check_access_rights", "check_object_reference", "context_get", "default_get", "get_external_id"}
)

# Odoo has these models; the sandbox has them in name only, so that a wrong method is answered as there.
NAMES_ONLY = {"ir.actions.report": "Report Action"}


def call(env: Env, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Calls a public method as RPC and web sessions do, ids first.

    Raises ``UserError`` for an unknown model, ``AccessError`` for a private method, ``AttributeError`` and
    ``TypeError`` (as ``PythonError``) for an unknown method and for wrong arguments.
    """
    if not is_known(env.registry, model):
        raise UserError(f"Object {model} doesn't exist")
    target = _public(env, model, method)
    if target is None:
        raise PythonError("AttributeError", env.profile.texts["unknown_method"].format(model=model, method=method))
    _check_arguments(env[model], method, target, args, kwargs)
    return _run(target, args, kwargs)


def call_named(env: Env, model: str, method: str, ids: Any, kwargs: dict[str, Any]) -> Any:
    """Calls a public method as JSON-2 does: everything by name, a new record as a list (recorded on 19).

    Raises ``HttpError`` for an unknown model or method, for ``ids`` where there is no place for them and for
    wrong arguments, ``AccessError`` for a private method.
    """
    if not is_known(env.registry, model):
        raise not_found(f"the model {model!r} does not exist")
    target = _public(env, model, method)
    if target is None:
        raise not_found(env.profile.texts["unknown_method"].format(model=model, method=method))
    on_records = "ids" in _signature(target).parameters
    if ids and not on_records:
        raise unprocessable(f"cannot call {model}.{method} with ids")
    args = [ids] if on_records else []
    try:
        _signature(target).bind(*args, **kwargs)
    except TypeError as error:
        raise unprocessable(str(error)) from None
    result = _run(target, args, kwargs)
    return [result] if method == "create" and isinstance(result, int) else result


def is_known(registry: Registry, model: Any) -> bool:
    return model in registry.classes or model in NAMES_ONLY


def _public(env: Env, model: str, method: str) -> Callable[..., Any] | None:
    """The method if it may be called from outside. Raises ``AccessError`` for a private one."""
    if method.startswith("_"):
        raise AccessError(env.profile.texts["private"].format(model=model, method=method))
    target = getattr(env[model], method, None) if model in env.registry.classes else None
    return target if getattr(target, "is_public", False) else None


def _run(target: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    try:
        return target(*args, **kwargs)
    except OdooError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
        # What a client sent has not the shape the method expects; on a real server that is a traceback too.
        raise PythonError(type(error).__name__, str(error)) from error


def _signature(target: Callable[..., Any]) -> inspect.Signature:
    """The signature of a model's method; reading one takes longer than most calls."""
    function = getattr(target, "__func__", target)
    known = _signatures.get(function)
    if known is None:
        known = _signatures[function] = inspect.signature(target)
    return known


_signatures: dict[Callable[..., Any], inspect.Signature] = {}


def _check_arguments(
    model: BaseModel, method: str, target: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
) -> None:
    signature = _signature(target)
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        message = _complaint(signature, args, kwargs)
        raise PythonError("TypeError", f"{_owner(model, method)}.{method}() {message}") from None


def _complaint(signature: inspect.Signature, args: list[Any], kwargs: dict[str, Any]) -> str:
    """What Python says of arguments that do not fit, in the order in which it looks (observed on 17)."""
    every = signature.parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in every.values())
    parameters = {name: each for name, each in every.items() if each.kind is each.POSITIONAL_OR_KEYWORD}
    by_position = list(parameters)[: len(args)]
    for name in kwargs:
        if name not in parameters and not takes_any:
            return f"got an unexpected keyword argument '{name}'"
        if name in by_position:
            return f"got multiple values for argument '{name}'"
    required = [name for name, each in parameters.items() if each.default is each.empty]
    if len(args) > len(parameters):
        # Python counts ``self``, which in Odoo carries the ids.
        unseen = 0 if "ids" in parameters else 1
        most, least = len(parameters) + unseen, len(required) + unseen
        takes = f"{most} positional argument{'s' if most > 1 else ''}"
        if least < most:
            takes = f"from {least} to {takes}"
        return f"takes {takes} but {len(args) + unseen} were given"
    lacking = [f"'{name}'" for name in required if name not in by_position and name not in kwargs]
    listed = " and ".join(lacking) if len(lacking) < 3 else f"{', '.join(lacking[:-1])}, and {lacking[-1]}"
    return f"missing {len(lacking)} required positional argument{'s' if len(lacking) > 1 else ''}: {listed}"


def _owner(model: BaseModel, method: str) -> str:
    """The class a traceback would name: models that extend a method, or have it alone, show their own."""
    defined_by = next(each.__module__ for each in type(model).__mro__ if method in vars(each))
    extends = type(model).__module__ != "odoo_bridge.sandbox.orm.registry" and method in (
        "create",
        "write",
        "unlink",
    )
    return type(model).__name__ if extends or ".models." in defined_by else "BaseModel"
