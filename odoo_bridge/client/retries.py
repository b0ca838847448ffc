"""Repeating calls that failed, where that cannot do anything twice.

An error that says LATER (nobody there, too busy, rolled back) leaves nothing done: any call is repeated. One
that says LOOK leaves open whether the call was carried out: only calls that just read are repeated. `create`,
`write`, `load` and every other method then rise to the caller, who alone can look.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from odoo_bridge.errors import Busy, OdooError, Retry

READS = frozenset(
    {
        "check_access_rights",
        "check_object_reference",
        "context_get",
        "default_get",
        "fields_get",
        "formatted_read_group",
        "get_external_id",
        "get_metadata",
        "has_access",
        "name_get",
        "name_search",
        "read",
        "read_group",
        "search",
        "search_count",
        "search_read",
        "version",
    }
)
"""Methods of Odoo's own that change nothing on Odoo 16 to 19."""

Answer = TypeVar("Answer")


class Retries:
    """Up to `attempts` calls in all, with pauses that double from `base` up to `cap` seconds, each a random part
    of that ("full jitter"), so that many clients do not come back at once.

    When Odoo says how long to wait, that is waited; if it is more than `patience` seconds, the error rises at
    once. `sleep` and `spread` (a part of a number of seconds) are there to be replaced by tests.
    """

    def __init__(
        self,
        attempts: int = 4,
        *,
        base: float = 0.5,
        cap: float = 30,
        patience: float = 120,
        sleep: Callable[[float], None] = time.sleep,
        spread: Callable[[float], float] = lambda seconds: random.uniform(0, seconds),  # noqa: S311 - no secret
    ) -> None:
        self._attempts, self._base, self._cap, self._patience = attempts, base, cap, patience
        self._sleep, self._spread = sleep, spread

    def run(self, method: str, attempt: Callable[[], Answer]) -> Answer:
        """What `attempt`, one call of `method`, gives in the end; the last error when there is no answer."""
        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=self._pause,
            retry=retry_if_exception(lambda error: self._repeatable(method, error)),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _repeatable(self, method: str, error: BaseException) -> bool:
        if not isinstance(error, OdooError):
            return False
        if isinstance(error, Busy) and (error.retry_after or 0) > self._patience:
            return False
        return error.retry is Retry.LATER or (error.retry is Retry.LOOK and method in READS)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Busy) and error.retry_after is not None:
            return error.retry_after
        return self._spread(min(self._cap, self._base * 2.0 ** (state.attempt_number - 1)))
