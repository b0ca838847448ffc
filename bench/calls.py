"""Which calls a run makes and how long Odoo takes for them, as the bridge's own log of calls tells."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Calls(logging.Handler):
    """`made`: how often each "model.method" was called; `seconds`: how long these calls took together."""

    def __init__(self) -> None:
        super().__init__()
        self.made: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        model, method, _, milliseconds, _ = record.args
        self.made[f"{model}.{method}"] += 1
        self.seconds[f"{model}.{method}"] += milliseconds / 1000


@contextmanager
def counted() -> Iterator[Calls]:
    """Count the calls that are made in the block."""
    logger, calls = logging.getLogger("odoo_bridge.calls"), Calls()
    logger.addHandler(calls)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield calls
    finally:
        logger.removeHandler(calls)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
