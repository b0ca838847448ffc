"""Which calls the bridge makes, as its own log of calls tells."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from odoo_bridge import guard
from odoo_bridge.client.retries import READS

_LINE = re.compile(r"(?P<model>[\w.]+)\.(?P<method>\w+) records=(?P<records>\d+) ms=\d+ outcome=(?P<outcome>\w+)")


@dataclass(frozen=True)
class Call:
    model: str
    method: str
    records: int
    outcome: str


class Calls(logging.Handler):
    """The calls made so far."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Call] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = _LINE.fullmatch(record.getMessage())
        assert found, record.getMessage()
        self.made.append(Call(found["model"], found["method"], int(found["records"]), found["outcome"]))

    @property
    def that_change(self) -> list[Call]:
        """The calls that may change something in Odoo, without the mark, which counts up while time goes by.

        Nothing else writes to attachments: files are created, and not touched afterwards.
        """
        mark = (guard.MODEL, "write")
        return [call for call in self.made if call.method not in READS and (call.model, call.method) != mark]

    def of(self, model: str, method: str) -> list[Call]:
        return [call for call in self.made if (call.model, call.method) == (model, method)]


@contextmanager
def recorded_calls() -> Iterator[Calls]:
    logger, calls = logging.getLogger("odoo_bridge.calls"), Calls()
    level = logger.level
    logger.addHandler(calls)
    logger.setLevel(logging.INFO)
    try:
        yield calls
    finally:
        logger.removeHandler(calls)
        logger.setLevel(level)
