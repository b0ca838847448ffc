"""What cannot be had on this machine: said loudly, and a failure where everything is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

PREFIX = "NOT AVAILABLE HERE: "


def everything_is_required() -> bool:
    """Tell whether a test that cannot run is a failure (`REQUIRE_ALL=1`) rather than something to report."""
    return os.environ.get("REQUIRE_ALL", "") not in ("", "0")


def unavailable(what: str) -> NoReturn:
    """Skip the running test because `what` is not to be had, or fail it if everything is required."""
    if everything_is_required():
        pytest.fail(PREFIX + what, pytrace=False)
    pytest.skip(PREFIX + what)
