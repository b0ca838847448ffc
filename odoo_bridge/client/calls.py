"""The call log: one line for each call to Odoo, without any value that was sent or answered.

    res.partner.load records=200 ms=312 outcome=done

Logger `odoo_bridge.calls`, level INFO. `records` counts what was sent (ids, values, rows) or, for searches,
what came back. `outcome` is 'done', 'refused' (a `load()` that wrote nothing) or the name of an error
class.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

logger = logging.getLogger("odoo_bridge.calls")


class Entry:
    """What the line of one call will say; the caller sets `result` when there is one."""

    def __init__(self, method: str, args: tuple[Any, ...]) -> None:
        self.method = method
        self.args = args
        self.result: Any = None

    def records(self) -> int:
        """How many records the call was about; 0 where that cannot be told."""
        if self.method.startswith("search"):
            subject = self.result
        elif self.method == "load":
            subject = self.args[1] if len(self.args) > 1 else None
        else:
            subject = self.args[0] if self.args else None
        if isinstance(subject, list | tuple):
            return len(subject)
        return 1 if isinstance(subject, dict) else 0

    def outcome(self) -> str:
        """'done', or 'refused' for the answer of `load()` that stands for nothing written."""
        refused = self.method == "load" and isinstance(self.result, dict) and not self.result.get("ids")
        return "refused" if refused else "done"


@contextmanager
def logged(model: str, method: str, args: tuple[Any, ...]) -> Iterator[Entry]:
    """Write the line of one call when the block ends, however it ends."""
    entry = Entry(method, args)
    started = time.perf_counter()
    outcome = None
    try:
        yield entry
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        elapsed = (time.perf_counter() - started) * 1000
        logger.info(
            "%s.%s records=%d ms=%.0f outcome=%s",
            model,
            method,
            entry.records(),
            elapsed,
            outcome or entry.outcome(),
        )
