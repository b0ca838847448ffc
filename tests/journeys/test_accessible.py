"""Automated checks of accessibility (axe) find nothing: on any page, for each role, light and dark, both directions.

Only colours depend on the look, so the dark look is asked about nothing else. A page that is built just like one that
was asked about, in a frame like one that was, as it is for roles that see the same of it, is not asked about again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up
from tests.shots import LINKS, addresses

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

ROLES = ["sam", "declan", "maria", "chidi", "priya"]
# From left to right in English, from right to left in Arabic.
LANGUAGES = ["en", "ar"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
ASK = "options => axe.run(document, options).then(answer => answer.violations)"
# How the page and the frame around it are built: their elements in order, with all that is not a text or a number.
BUILT = """() => {
  const told = (one) => [
    one.tagName, one.parentElement?.children.length, Boolean(one.textContent.trim()),
    ...[...one.attributes].map(({ name, value }) =>
      /^(class|role|type|aria-(?!label))/.test(name) ? `${name}=${value}` : name),
  ].join(" ");
  const parts = { frame: [], page: [] };
  for (const one of document.querySelectorAll("*")) {
    parts[one.closest("#main, #panel, #found") ? "page" : "frame"].push(told(one));
  }
  return Object.values(parts).map((part) => document.dir + part.join("\\n").replace(/\\d+/g, "0"));
}"""

# A column with several visits that take up no time, whatever the day of the week.
CALLED_OFF = """
from datetime import datetime, time
from clinic.demo.factories import AppointmentFactory
from clinic.practice.models import Branch
from clinic.staff.models import Practitioner
branch, dentist = Branch.objects.get(code="NORTH"), Practitioner.objects.first()
for hour in (9, 10, 11):
    starts_at = datetime.combine(branch.today(), time(hour), branch.zone)
    chair = branch.chairs.first()
    AppointmentFactory(practitioner=dentist, chair=chair, starts_at=starts_at, status="cancelled")
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        stack = bring_up(resources, tmp_path_factory.mktemp("axe") / "stack", redis_url, start=["web"], seed=30)
        stack.manage("shell", "--verbosity", "0", "-c", CALLED_OFF)
        yield stack


@pytest.fixture(scope="module")
def known() -> set[str]:
    """How the pages are built that were asked about."""
    return set()


class Inspector:
    """Walks through the pages that one role can open, and asks axe about each."""

    def __init__(self, page: Page, url: str, known: set[str]) -> None:
        self.page, self.url, self.known = page, url, known
        self.links: dict[str, str] = {}
        self.found: list[str] = []
        self.seen = 0
        self.asked: set[str] = set()

    def inspect(self, name: str, path: str) -> None:
        """Ask axe about a page, if this role has it."""
        answer = self.page.request.get(urljoin(self.url, path))
        if answer.status != 200 or "<html" not in answer.text()[:1000].lower():
            return
        self.page.goto(urljoin(self.url, path))
        self._remember()
        self.look(name)

    def look(self, name: str) -> None:
        """Ask axe about what is on the screen now, in both looks."""
        # What a page fetches when it opens belongs to it.
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        self.seen += 1
        built = set(self.page.evaluate(BUILT))
        if built <= self.known:
            return
        self.known |= built
        self.asked.add(name)
        self.page.evaluate(AXE_SCRIPT)
        self._ask(name, EVERYTHING)
        self.page.emulate_media(color_scheme="dark")
        expect(self.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        self._ask(f"{name}, dark", COLOURS)
        self.page.emulate_media(color_scheme="light")

    def _ask(self, name: str, options: dict[str, Any]) -> None:
        for violation in self.page.evaluate(ASK, options):
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


def pages_of(browser: Browser, stack: Stack, user: str) -> Iterator[Page]:
    """Sign somebody in once, and yield a page of theirs in each language."""
    first = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light").new_page()
    sign_in(stack, first, user)
    for language in LANGUAGES:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900},
            color_scheme="light",
            # Buttons fade from one look to the other, and half-way nothing can be read.
            reduced_motion="reduce",
            locale=language,
            storage_state=first.context.storage_state(),
        )
        yield context.new_page()
        context.close()


@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing(stack: Stack, browser: Browser, known: set[str], role: str) -> None:
    # Those without arguments first: they hold the links to the others.
    wanted = dict(sorted(addresses(), key=lambda address: address[1] is None))
    wanted.pop("staff:logout")
    for page in pages_of(browser, stack, role):
        inspector = Inspector(page, stack.url, known)
        for name, path in wanted.items():
            if path := path or inspector.links.get(name):
                inspector.inspect(name, path)
        assert inspector.seen >= min(len(wanted), 6)
        assert not inspector.found, "\n".join(inspector.found)
        # What was known from left to right would be known from right to left.
        wanted = {name: inspector.links.get(name, wanted[name]) for name in wanted if name in inspector.asked}


def test_axe_finds_nothing_in_what_opens_over_a_page(stack: Stack, browser: Browser, known: set[str]) -> None:
    for page in pages_of(browser, stack, "maria"):
        page.goto(stack.url)
        page.wait_for_load_state("networkidle")
        inspector = Inspector(page, stack.url, known)
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
        assert inspector.seen == 3
        assert not inspector.found, "\n".join(inspector.found)
