"""Automated checks of accessibility (axe) find nothing: on any page, for each role, light and dark, both directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up
from tests.shots import LINKS, addresses

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# Each role once, and each look; roles differ in what a page leaves out, looks in its style sheets.
WALKS = [
    ("sam", "light", "ltr"),
    ("declan", "dark", "rtl"),
    ("maria", "light", "rtl"),
    ("chidi", "dark", "ltr"),
    ("priya", "light", "ltr"),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("axe") / "stack", redis_url, start=["web"], seed=30)


class Inspector:
    """Walks through the pages that one role can open, and asks axe about each."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.axe = page, url, Axe()
        self.links: dict[str, str] = {}
        self.found: list[str] = []
        self.seen = 0

    def inspect(self, name: str, path: str) -> None:
        """Ask axe about a page, if this role has it."""
        answer = self.page.request.get(urljoin(self.url, path))
        if answer.status != 200 or "<html" not in answer.text()[:1000].lower():
            return
        self.page.goto(urljoin(self.url, path), wait_until="networkidle")
        self._remember()
        self.look(name)

    def look(self, name: str) -> None:
        """Ask axe about what is on the screen now."""
        self.seen += 1
        for violation in self.axe.run(self.page, options=RULES).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"]]
            if violation["id"] == "target-size":
                # A quarter of an hour is a small target; the search, the form and the keys do the same (WCAG 2.5.8).
                nodes = [html for html in nodes if not re.match(r'<a (id="visit-\d+" )?class="(slot|visit) ', html)]
            if nodes:
                self.found.append(f"{name}: {violation['id']} ({len(nodes)}): {'; '.join(nodes[:3])}")

    def _remember(self) -> None:
        for href in self.page.eval_on_selector_all("[href], [hx-get]", LINKS):
            if href.startswith(self.url):
                try:
                    self.links.setdefault(resolve(urlsplit(href).path).view_name, urlsplit(href).path)
                except Resolver404:
                    continue


def context(browser: Browser, scheme: Any, direction: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme).new_page()
    page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => document.dir = '{direction}')")
    return page


@pytest.mark.parametrize(("role", "scheme", "direction"), WALKS)
def test_axe_finds_nothing(stack: Stack, browser: Browser, role: str, scheme: str, direction: str) -> None:
    page = context(browser, scheme, direction)
    sign_in(stack, page, role)
    inspector = Inspector(page, stack.url)
    # Those without arguments first: they hold the links to the others.
    for name, path in sorted(addresses(), key=lambda address: address[1] is None):
        if name != "staff:logout" and (path := path or inspector.links.get(name)):
            inspector.inspect(name, path)
    assert inspector.seen > 5
    assert not inspector.found, "\n".join(inspector.found)


def test_axe_finds_nothing_in_what_opens_over_a_page(stack: Stack, browser: Browser) -> None:
    page = context(browser, "light", "ltr")
    sign_in(stack, page, "maria")
    inspector = Inspector(page, stack.url)
    page.keyboard.press("?")
    inspector.look("keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ar")
    page.locator("#found [aria-selected=true]").wait_for()
    page.keyboard.press("Enter")
    page.locator("#glance .offer-slot, #glance [data-first]").first.wait_for()
    inspector.look("search")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator(".visit, .visit-off").first.click()
    page.get_by_test_id("visit").wait_for()
    inspector.look("visit panel")
    assert not inspector.found, "\n".join(inspector.found)
