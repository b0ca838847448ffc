"""What only a browser can tell: late answers, a server that is gone, a session that ends, work without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What lies within the margins of the paper, in CSS pixels.
PAPER = {"A4": 703, "Letter": 725}
CUT_OFF = """[...document.querySelectorAll(".daysheet :is(td, th)")]
    .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent.trim())"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    """A small clinic that the tests here share: whichever kills the server leaves it to the next to start it again."""
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("desk") / "stack", redis_url, start=["web"], seed=20)


@pytest.fixture
def clinic(stack: Stack, page: Page) -> Stack:
    """The clinic with its desk open in the browser."""
    if "web" not in stack.running:
        stack.start("web")
    sign_in(stack, page, "maria")
    page.wait_for_load_state("networkidle")
    return stack


def _a_wednesday() -> date:
    day = date.today() + timedelta(days=90)  # noqa: DTZ011
    return day + timedelta(days=(2 - day.weekday()) % 7)


class Held:
    """Keeps the answers to some requests back until they are released."""

    def __init__(self, page: Page, url: str) -> None:
        self.routes: list[Route] = []
        page.route(re.compile(url), lambda route: self.routes.append(route))

    def release(self) -> None:
        for route in self.routes:
            route.continue_()


def test_what_is_typed_while_the_chairs_are_asked_for_stays(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/appointments/book/")
    held = Held(page, r"/appointments/book/\?.*day=")
    booking = page.get_by_role("form", name="Book a visit")
    booking.get_by_label("Date").fill(_a_wednesday().isoformat())
    with page.expect_request(lambda request: "at=10" in request.url):
        booking.get_by_label("Time").fill("10:10")
        page.keyboard.press("Tab")
    chair = booking.get_by_label("Chair")
    chair.select_option(index=2)
    chosen = chair.input_value()
    booking.get_by_label("Minutes").press_sequentially("5")
    with page.expect_response(lambda response: "at=10" in response.url):
        held.release()
    page.wait_for_load_state("networkidle")
    assert booking.get_by_label("Time").input_value() == "10:10"
    assert booking.get_by_label("Minutes").input_value() == "530"
    assert chair.input_value() == chosen
    expect(booking.get_by_label("Minutes")).to_be_focused()


def test_another_type_of_visit_brings_its_own_length(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/appointments/book/")
    booking = page.get_by_role("form", name="Book a visit")
    booking.get_by_label("Visit type").select_option(label="Crown")
    option = booking.get_by_label("Visit type").locator("option:checked")
    expect(booking.get_by_label("Minutes")).to_have_value(option.get_attribute("data-minutes") or "")


def test_a_day_whose_server_is_gone_says_so_and_says_no_more_once_it_is_back(clinic: Stack, page: Page) -> None:
    clinic.kill("web")
    expect(page.locator("#stale")).to_contain_text("Not refreshed since", timeout=15000)
    expect(page.locator("[data-day-grid]")).to_be_visible()
    clinic.start("web")
    expect(page.locator("#stale")).to_be_hidden(timeout=15000)


def test_the_sync_page_says_once_that_the_server_is_gone(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/sync/")
    page.wait_for_load_state("networkidle")
    clinic.kill("web")
    expect(page.locator("#stale")).to_contain_text("Not refreshed since", timeout=15000)
    expect(page.locator("#toasts p")).to_have_count(0)
    clinic.start("web")
    expect(page.locator("#stale")).to_be_hidden(timeout=15000)


def test_a_session_that_has_ended_leads_to_the_sign_in_page_and_back(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/today/")
    cookies: list[Any] = [cookie for cookie in page.context.cookies() if cookie["name"] != "sessionid"]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=15000)
    assert page.locator("main input[name=password]").count() == 1
    page.get_by_label("Username").fill("maria")
    page.get_by_label("Password").fill("open wide please")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def test_nobody_reads_a_page_with_the_back_button_after_signing_out(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/patients/")
    page.locator("summary", has_text="Maria Keane").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_visit_is_booked_without_a_mouse(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/?day={_a_wednesday().isoformat()}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("b")
    expect(page.get_by_label("Patient", exact=True)).to_be_focused()
    page.keyboard.type("ar")
    expect(page.locator("#picks [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Visit type")).to_be_focused()
    for _ in range(30):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("visit").get_by_role("heading").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-key=b]")).to_be_focused()


def test_what_is_searched_for_is_in_no_log(clinic: Stack, page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("Zebulonsky")
    expect(page.locator("#found")).to_contain_text("Nobody at your branches matches")
    page.goto(f"{clinic.url}/patients/?q=Zebulonsky")
    page.goto(f"{clinic.url}/patients/99999/?q=Zebulonsky")
    logs = [log.read_text(errors="replace") for log in clinic.var.glob("log/*.log")]
    assert logs
    assert not any("zebulonsky" in log.lower() for log in logs)


def test_the_keyboard_stays_where_it_was_when_a_refused_booking_asks_and_a_card_moves(
    clinic: Stack, page: Page
) -> None:
    page.goto(f"{clinic.url}/?day={_a_wednesday().isoformat()}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("b")
    expect(page.get_by_label("Patient", exact=True)).to_be_focused()
    page.keyboard.type("ar")
    expect(page.locator("#picks [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_label("Time").fill("05:00")
    page.keyboard.press("Enter")
    outside = page.get_by_label("although it is outside of these hours")
    expect(outside).to_be_focused()
    page.get_by_label("Date", exact=True).fill(date.today().isoformat())  # noqa: DTZ011
    outside.check()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("visit")).to_be_visible()
    page.goto(f"{clinic.url}/today/")
    card = page.locator(".lane-expected .card-visit", has_text="05:00")
    pk = card.get_attribute("data-visit")
    card.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f".lane-waiting #next-{pk}")).to_be_focused()


def test_a_refused_amount_has_the_keyboard(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/invoices/?state=unpaid")
    page.locator("a.row-link").first.click()
    page.get_by_label("Amount in EUR").fill("1,000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("with at most 2 decimals")).to_be_visible()
    expect(page.get_by_label("Amount in EUR")).to_be_focused()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_day_sheet_prints_each_person_on_pages_of_their_own(clinic: Stack, page: Page, paper: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{clinic.url}/sheet/?day={date.today().isoformat()}&who=")  # noqa: DTZ011
    sheets = page.locator(".daysheet").count()
    assert sheets > 1
    assert sheets <= _pages(page, paper) <= 2 * sheets
    page.set_viewport_size({"width": PAPER[paper], "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".bar, .top, .nav-side").first).to_be_hidden()
    expect(page.locator(".daysheet strong bdi").first).to_have_css("color", "rgb(0, 0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(CUT_OFF) == []


def test_a_day_that_is_longer_than_a_page_goes_on_with_its_head_above_it(clinic: Stack, page: Page) -> None:
    page.goto(f"{clinic.url}/sheet/?day={date.today().isoformat()}")  # noqa: DTZ011
    page.evaluate("document.querySelectorAll('.daysheet').forEach((one, at) => at && one.remove())")
    assert _pages(page, "A4") == 1
    page.evaluate("for (const rows of document.querySelectorAll('tbody')) rows.innerHTML = rows.innerHTML.repeat(12)")
    assert _pages(page, "A4") > 1
    page.emulate_media(media="print")
    expect(page.locator(".daysheet thead")).to_have_css("display", "table-header-group")
    expect(page.locator(".daysheet tbody tr").first).to_have_css("break-inside", "avoid")


def _pages(page: Page, paper: str) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
