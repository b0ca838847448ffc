"""A feed as its owner gets it and a calendar program reads it, from the real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        folder = tmp_path_factory.mktemp("feeds") / "stack"
        yield bring_up(resources, folder, redis_url, start=["web"], seed=20, env={"LOG_LEVEL": "DEBUG"})


def test_an_address_is_copied_read_and_revoked_and_stands_in_no_log(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stack.url)
    page = context.new_page()
    sign_in(stack, page, "chidi")
    page.goto(f"{stack.url}/feeds/")
    page.get_by_role("button", name="Make an address").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    path = "/feed/" + page.evaluate("navigator.clipboard.readText()").split("/feed/")[1]
    secret = path.removeprefix("/feed/").removesuffix(".ics")
    answer = httpx.get(stack.url + path)
    assert Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    again = httpx.get(stack.url + path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    page.goto(f"{stack.url}/feeds/")
    assert secret not in page.content(), "it is shown once"
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("opens nothing any more")).to_be_visible()
    assert httpx.get(stack.url + path).status_code == 404
    assert httpx.get(stack.url + path + "/").status_code == 404
    logs = [log.read_text(errors="replace") for log in stack.var.glob("log/*.log")]
    assert any("/feed/..." in log for log in logs), "that somebody asked is noted"
    assert not any(secret in log for log in logs)
    context.close()
