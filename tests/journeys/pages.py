"""What journeys have in common: signing in, and waiting for something that takes a moment."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.provision.stack import Stack

PASSWORD = "open wide please"


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something, and fail with its name if it does not come within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain for {what}."
        time.sleep(0.2)


def sign_in(stack: Stack, page: Page, user: str) -> None:
    """Sign in as one of the demo's people."""
    page.goto(stack.url)
    page.locator("input[name=username]").fill(user)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    # By its class: what it is called depends on the language.
    expect(page.locator(".nav-side")).to_be_visible()
