"""What Odoo 19 says of a model's methods at ``/doc-bearer/<model>.json``.

JSON-2 takes only names, so clients that are called with positions look the names up here. Only who administers may
(Odoo's module ``api_doc``, version 19.0; read from its source, not observed).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.exceptions import Forbidden, NotFound, Unauthorized
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox.errors import HttpError
from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import json2


def rules(sandbox: Sandbox) -> list[Rule]:
    """The route of a version that has it; none before 19."""
    if sandbox.profile.version < json2.FIRST:
        return []
    return [Rule("/doc-bearer/<model>.json", endpoint=partial(_describe, sandbox), methods=["GET", "POST"])]


def _describe(sandbox: Sandbox, request: Request, model: str) -> Response:
    """Raises ``Unauthorized``, ``Forbidden`` or ``NotFound``."""
    refused = json2.no_database(sandbox, request)
    if refused:
        return refused
    try:
        uid = json2.caller(sandbox, request)
    except HttpError as error:
        raise Unauthorized(error.message) from None
    if not sandbox.is_admin(uid):
        raise Forbidden("This page is only accessible to Technical Documentation users.")
    if model not in sandbox.registry.classes:
        raise NotFound(response=Response("Not Found", status=404))
    described = {
        "model": model,
        "name": sandbox.registry.descriptions[model].label,
        "doc": None,
        "fields": sandbox.call_kw(uid, model, "fields_get", [], {}),
        "methods": _methods(sandbox.registry.classes[model]),
    }
    return Response(json.dumps(described, default=str), content_type=json2.JSON)


def _methods(model: type[BaseModel]) -> dict[str, Any]:
    found = {name: getattr(model, name) for name in dir(model)}
    return {name: _method(method) for name, method in found.items() if getattr(method, "is_public", False)}


def _method(method: Callable[..., Any]) -> dict[str, Any]:
    """Parameters in their order; ``api`` holds ``model`` for a method that takes no records."""
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    taken = [name for name in names if name != "ids"]
    return {
        "signature": f"({', '.join(taken)})",
        "parameters": {name: {"name": name} for name in taken},
        "api": [] if "ids" in names else ["model"],
    }
