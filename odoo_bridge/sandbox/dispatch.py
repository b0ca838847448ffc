"""Odoo's services (``common``, ``db``, ``object``) by name: what every wire format ends up calling."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from odoo_bridge.sandbox.errors import OdooError, PythonError, SerializationFailure
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox


def dispatch(sandbox: Sandbox, service: str, method: str, args: list[Any], fault: Fault | None = None) -> Any:
    """The answer of a service's method; ``fault`` may delay it or make it fail.

    Raises ``OdooError``.
    """
    if service == "object":
        return _object(sandbox, method, args, fault)
    if service == "common":
        return _common(sandbox, method, args)
    if service == "db" and method == "list":
        return sandbox.databases()
    if service == "db" and method == "server_version":
        return sandbox.version()["server_version"]
    if service == "db" and method == "db_exist":
        return list(args) == [sandbox.database]
    raise PythonError("KeyError", repr(service if service != "db" else method))


def _common(sandbox: Sandbox, method: str, args: list[Any]) -> Any:
    if method == "version":
        return sandbox.version()
    if method in ("authenticate", "login"):
        try:
            return sandbox.authenticate(*args)
        except TypeError as error:
            raise PythonError("TypeError", str(error)) from None
    raise PythonError("Exception", f"Method not found: {method}")


def _object(sandbox: Sandbox, method: str, args: list[Any], fault: Fault | None) -> Any:
    if method not in ("execute", "execute_kw"):
        raise PythonError("NameError", f"Method not available {method}")
    if len(args) < 5:
        raise PythonError("TypeError", "execute_kw() takes a database, a uid, a secret, a model and a method")
    database, uid, secret, model, name, *rest = args
    positional, named = (rest, {}) if method == "execute" else _arguments(rest)
    return perform(
        sandbox,
        fault,
        name,
        positional[1] if len(positional) > 1 else None,
        lambda started: sandbox.execute_kw(database, uid, secret, model, name, positional, named, started=started),
    )


def perform(sandbox: Sandbox, fault: Fault | None, method: str, rows: Any, work: Callable[[dt.datetime], Any]) -> Any:
    """Does a model's method under the faults that happen inside a transaction.

    ``rows`` are what ``load()`` was given, ``work`` gets the moment the transaction began. Raises ``OdooError``.
    """
    started = sandbox.clock()
    if fault and fault.kind == "delay":
        time.sleep(fault.seconds)
    if fault and fault.kind == "serialization":
        return _conflict(method, rows)
    return work(started)


def _arguments(rest: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    positional = list(rest[0]) if rest and rest[0] else []
    named = dict(rest[1]) if len(rest) > 1 and rest[1] else {}
    return positional, named


def _conflict(method: str, rows: Any) -> Any:
    """Two transactions changed one row. ``load()`` reports it for every row and is not retried (observed)."""
    failure: OdooError = SerializationFailure()
    if method != "load":
        raise failure
    messages = [
        {"rows": {"from": at, "to": at}, "record": at, "type": "error", "message": failure.message}
        for at in range(len(rows or []))
    ]
    return {"ids": False, "messages": messages, "nextrow": 0}


def target(service: str, args: list[Any]) -> tuple[str, str]:
    """The model and method a call is about, for matching faults; empty for other services."""
    if service == "object" and len(args) >= 5:
        return str(args[3]), str(args[4])
    return "", ""
