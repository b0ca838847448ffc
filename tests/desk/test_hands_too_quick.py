"""What only a browser can tell of the search and the drag: answers that come late, keys held down, a page that
refreshes itself under the hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.desk.test_in_a_browser import Held, _a_wednesday
from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("quick") / "stack", redis_url, start=["web"], seed=20)


@pytest.fixture
def clinic(stack: Stack, page: Page) -> Stack:
    sign_in(stack, page, "maria")
    page.wait_for_load_state("networkidle")
    return stack


def _search(page: Page, text: str) -> None:
    page.locator("#find").click()
    page.locator("#find").press_sequentially(text)
    expect(page.locator("#glance h2")).to_be_visible()


def test_nobody_is_booked_for_while_the_answer_about_another_is_under_way(clinic: Stack, page: Page) -> None:
    _search(page, "ar")
    before = page.locator("#glance h2").inner_text()
    held = Held(page, r"/search/glance/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#glance .offer-slot")).to_have_count(0)
    held.release()
    expect(page.locator("#glance [data-first]").first).to_be_focused()
    assert page.locator("#glance h2").inner_text() != before


def test_a_glance_that_hangs_holds_up_no_other(clinic: Stack, page: Page) -> None:
    _search(page, "ar")
    Held(page, r"/search/glance/")
    page.keyboard.press("ArrowDown")
    page.unroute_all(behavior="ignoreErrors")
    page.keyboard.press("ArrowUp")
    shown = page.locator("#found [aria-selected=true] strong").inner_text()
    expect(page.locator("#glance h2")).to_have_text(shown)


def test_looking_at_somebody_does_not_stop_the_search_for_what_is_typed(clinic: Stack, page: Page) -> None:
    _search(page, "ar")
    held = Held(page, r"/search/\?q=arxqz")
    page.locator("#find").press_sequentially("xqz")
    page.wait_for_timeout(400)
    page.keyboard.press("ArrowDown")
    held.release()
    expect(page.locator("#found")).to_contain_text("Nobody at your branches matches")


def test_enter_held_down_chooses_and_does_not_book(clinic: Stack, page: Page) -> None:
    posts: list[Any] = []
    page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    _search(page, "ar")
    page.keyboard.down("Enter")
    expect(page.locator("#glance [data-first]").first).to_be_focused()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.wait_for_load_state("networkidle")
    assert not posts


def test_enter_in_a_field_of_the_offer_does_not_book(clinic: Stack, page: Page) -> None:
    posts: list[Any] = []
    page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    _search(page, "ar")
    page.locator("#offer input[name=start]").fill(_a_wednesday().isoformat())
    page.wait_for_load_state("networkidle")
    page.locator("#offer input[name=start]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#offer .offer-slot").first).to_be_focused()
    assert not posts


def _book_one(page: Page, clinic: Stack) -> Any:
    """Open a day with a visit that can be moved, and return it."""
    page.goto(f"{clinic.url}/?day={_a_wednesday().isoformat()}")
    visit = page.locator(".visit[data-move-url]").first
    page.wait_for_load_state("networkidle")
    if not visit.count():
        page.locator(".slot").nth(20).click()
        page.get_by_label("Patient", exact=True).press_sequentially("ar")
        expect(page.locator("#picks [aria-selected=true]")).to_be_visible()
        page.keyboard.press("Enter")
        page.locator("#booking").get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_test_id("visit")).to_be_visible()
        page.keyboard.press("Escape")
    visit.scroll_into_view_if_needed()
    return visit


def _refresh(page: Page) -> None:
    """Let the page ask for its visits, and wait until it has dealt with the answer."""
    with page.expect_response(re.compile("/day/visits/")):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('visits-changed'))")
    page.wait_for_load_state("networkidle")


def test_a_visit_in_hand_is_not_taken_away_by_the_page_and_escape_puts_it_back(clinic: Stack, page: Page) -> None:
    visit = _book_one(page, clinic)
    box = visit.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 5)
    page.route(
        re.compile("/day/visits/"), lambda route: route.continue_(url=re.sub("seen=[^&]*", "seen=x", route.request.url))
    )
    page.mouse.down()
    _refresh(page)
    page.mouse.move(box["x"] + 30, box["y"] + 30, steps=4)
    expect(page.locator(".is-ghost")).to_be_visible()
    _refresh(page)
    expect(page.locator(".visit.is-dragged")).to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.move(box["x"] + 20, box["y"] + 5)
    page.mouse.up()
    expect(page.locator(".is-ghost")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("visit")).to_have_count(0)
    page.wait_for_timeout(150)
    page.locator(".visit[data-move-url]").first.click()
    expect(page.get_by_test_id("visit")).to_be_visible()


def test_two_notices_can_both_be_undone(clinic: Stack, page: Page) -> None:
    page.goto(clinic.url)
    _search(page, "ar")
    page.locator("#offer select[name=then]").select_option(index=1)
    page.wait_for_load_state("networkidle")
    with page.expect_response(re.compile("/appointments/book/")):
        page.locator("#offer .offer-slot").first.click()
    expect(page.locator("#toasts .toast-undo")).to_have_count(2)
