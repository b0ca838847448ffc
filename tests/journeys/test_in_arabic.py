"""The desk from right to left: what a hand does with keys and mouse means what the eye sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.busy_desk import MAKE
from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        stack = bring_up(resources, tmp_path_factory.mktemp("arabic") / "stack", redis_url, start=["web"])
        stack.manage("shell", "-c", MAKE)
        yield stack


@pytest.fixture
def page(browser: Browser) -> Page:
    """A page of somebody whose browser asks for Arabic."""
    return browser.new_context(viewport={"width": 1280, "height": 900}, locale="ar").new_page()


@pytest.fixture
def tomorrow(stack: Stack, page: Page) -> Page:
    """The desk, open on tomorrow."""
    sign_in(stack, page, "maria")
    day = date.today() + timedelta(days=1)  # noqa: DTZ011
    page.goto(f"{stack.url}/?day={day.isoformat()}")
    page.wait_for_load_state("networkidle")
    return page


def _box(what: Locator) -> dict[str, float]:
    box = what.bounding_box()
    assert box
    return {**box, "middle": box["x"] + box["width"] / 2}


def _slot(page: Page, at: str, column: int) -> Locator:
    return page.locator(f".slot.in-{column}", has_text=at).first


def _visit(page: Page, name: str) -> Locator:
    return page.locator(".visit", has_text=name).first


def _drag(page: Page, what: Locator, to: tuple[float, float], start_y: float = 6) -> None:
    box = _box(what)
    page.mouse.move(box["middle"], box["y"] + start_y)
    page.mouse.down()
    page.mouse.move(box["middle"] - 20, box["y"] + start_y + 20, steps=4)
    page.mouse.move(*to, steps=8)
    with page.expect_response(lambda response: "/move/" in response.url and response.request.method == "POST"):
        page.mouse.up()
    page.wait_for_load_state("networkidle")


def test_the_page_is_mirrored(tomorrow: Page) -> None:
    expect(tomorrow.locator("html[lang=ar][dir=rtl]")).to_have_count(1)
    heads = [_box(head)["middle"] for head in tomorrow.locator(".day-head").all()]
    assert len(heads) == 3
    assert heads == sorted(heads, reverse=True)
    assert _box(tomorrow.locator(".day-corner"))["middle"] > heads[0]
    assert _box(tomorrow.locator(".nav-side"))["middle"] > heads[0]
    before, after = (_box(tomorrow.locator(f".bar [rel={rel}]"))["middle"] for rel in ("prev", "next"))
    assert after < before


def test_arrow_keys_go_where_they_point(tomorrow: Page) -> None:
    _slot(tomorrow, "12:00", 1).focus()
    tomorrow.keyboard.press("ArrowLeft")
    expect(_slot(tomorrow, "12:00", 2)).to_be_focused()
    tomorrow.keyboard.press("ArrowLeft")
    expect(_slot(tomorrow, "12:00", 3)).to_be_focused()
    tomorrow.keyboard.press("ArrowRight")
    expect(_slot(tomorrow, "12:00", 2)).to_be_focused()
    tomorrow.keyboard.press("ArrowDown")
    expect(_slot(tomorrow, "12:15", 2)).to_be_focused()


def test_a_visit_is_booked_by_keys(stack: Stack, tomorrow: Page) -> None:
    tomorrow.keyboard.press("/")
    tomorrow.keyboard.type("mur nia", delay=15)
    expect(tomorrow.locator("#found [aria-selected=true]")).to_contain_text("Nia")
    tomorrow.keyboard.press("Enter")
    first = tomorrow.locator(".offer-slot").first
    expect(first).to_be_focused()
    expect(first).to_contain_text("Dr Okafor")
    # The next practitioner is to the left, as everything that comes next is.
    tomorrow.keyboard.press("ArrowLeft")
    expect(first).to_contain_text("Dr Lindqvist")
    expect(first).to_be_focused()
    tomorrow.keyboard.press("Enter")
    told = tomorrow.locator("#toasts p").last
    expect(told).to_contain_text(re.compile(r"Nia\w+ Murphy.*Dr Lindqvist"))
    expect(told).to_be_in_viewport(ratio=1)


def test_a_visit_is_dragged_to_whose_column_the_mouse_is_over(tomorrow: Page) -> None:
    visit = _visit(tomorrow, "Tadhg Murphy")
    visit.scroll_into_view_if_needed()
    lindqvist, haddad = (_slot(tomorrow, "11:00", column) for column in (2, 3))
    assert _box(haddad)["middle"] < _box(lindqvist)["middle"]
    target = _box(haddad)
    _drag(tomorrow, visit, (target["middle"], target["y"] + 8))
    expect(visit).to_have_attribute("data-at", "11:00")
    expect(visit).to_have_class(re.compile(r"\bin-3\b"))


def test_a_visit_is_made_longer_by_its_lower_edge(tomorrow: Page) -> None:
    visit = _visit(tomorrow, "Tadhg Murphy")
    visit.scroll_into_view_if_needed()
    before, box = int(visit.get_attribute("data-minutes") or 0), _box(visit)
    _drag(tomorrow, visit, (box["middle"], box["y"] + 2 * (box["height"] + 2)), start_y=box["height"] - 3)
    expect(visit).to_have_attribute("data-minutes", str(2 * before))
