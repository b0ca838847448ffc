"""Logs that tell where the software failed, without telling about whom."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_SECRET = re.compile(r"(/(?:v|feed)/)[^/\s]+")

Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Writes exceptions as their types and the lines they passed through, without their messages.

    A message quotes what it stumbled over: a database names the row it refuses, a parser the text it cannot read,
    and both belong to patients.
    """

    def formatException(self, ei: Failure) -> str:
        return "\n".join(_told(ei[1], set()))


class DiscreetJsonFormatter(JsonFormatter):
    """The same, as one JSON object a line, for whatever collects logs.

    Only these are written: what others hang onto a record (a request, a task's arguments) stays out.
    """

    KEPT = ("at", "level", "logger", "message", "process", "exc_info")

    def __init__(self) -> None:
        names = {"asctime": "at", "levelname": "level", "name": "logger"}
        super().__init__([*names, "message", "process"], rename_fields=names)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in self.KEPT if name in log_data}

    def formatException(self, ei: Failure) -> str:
        return "\n".join(_told(ei[1], set()))


class WithoutSecrets(logging.Filter):
    """Takes the secret out of addresses that open by it: a patient's answer, a practitioner's feed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_SECRET.sub(r"\1...", arg) if isinstance(arg, str) else arg for arg in record.args)
        if isinstance(record.msg, str):
            record.msg = _SECRET.sub(r"\1...", record.msg)
        return True


def _told(error: BaseException | None, known: set[int]) -> list[str]:
    """Return the lines for an exception, those that led to it first."""
    if error is None or id(error) in known:
        return []
    known.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
    return [*_told(cause, known), *lines, f"{_name(type(error))}{_rule(error)}"]


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _rule(error: BaseException) -> str:
    """Return the name of the database's rule that was broken, if PostgreSQL told it: that is ours, not a patient's."""
    broken = getattr(getattr(error, "diag", None), "constraint_name", None)
    return f" ({broken})" if broken else ""
