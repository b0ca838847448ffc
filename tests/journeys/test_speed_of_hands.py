"""How many keys and clicks the desk's work takes, each task from the desk's own page; more than ours is a failure.

The patients are three dozen Murphys: a few letters of the surname find nobody yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.busy_desk import MAKE
from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        stack = bring_up(resources, tmp_path_factory.mktemp("hands") / "stack", redis_url, start=["web"])
        stack.manage("shell", "-c", MAKE)
        yield stack


class Hands:
    """A receptionist's hands, which count. A drag counts as one click."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.clicks = page, 0, 0

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type as people do: what comes up meanwhile comes up while they type."""
        self.keys += len(text)
        self.page.keyboard.type(text, delay=15)

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def drag(self, what: Locator, onto: str) -> None:
        """Drag a visit, and drop it on something that may appear only then."""
        self.clicks += 1
        box = what.bounding_box()
        assert box
        self.page.mouse.move(box["x"] + 40, box["y"] + 6)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 60, box["y"] + 26, steps=4)
        target = self.page.locator(onto).bounding_box()
        assert target
        self.page.mouse.move(target["x"] + 20, target["y"] + 10, steps=6)
        self.page.mouse.up()


@pytest.fixture
def hands(stack: Stack, page: Page) -> Hands:
    """The desk's page, open on its day, with nothing in hand."""
    sign_in(stack, page, "maria")
    page.wait_for_load_state("networkidle")
    return Hands(page)


@pytest.fixture
def tomorrow(stack: Stack, hands: Hands) -> Page:
    """Tomorrow's page. The desk looks at it already when the telephone rings."""
    day = date.today() + timedelta(days=1)  # noqa: DTZ011
    hands.page.goto(f"{stack.url}/?day={day.isoformat()}")
    hands.page.wait_for_load_state("networkidle")
    return hands.page


def told(page: Page) -> Locator:
    return page.locator("#toasts p").last


def visit_of(page: Page, name: str) -> Locator:
    return page.locator(".visit", has_text=name).first


def test_a_known_patient_by_keys(hands: Hands) -> None:
    hands.press("/")
    hands.type("mur nia")
    expect(hands.page.locator("#found [aria-selected=true]")).to_contain_text("Nia")
    hands.press("Enter")
    expect(hands.page.locator(".offer-slot").first).to_be_focused()
    expect(hands.page.locator(".offer-slot").first).to_contain_text("Dr Okafor")
    hands.press("Enter")
    expect(told(hands.page)).to_contain_text(re.compile(r"Booked: Nia\w+ Murphy.*Dr Okafor"))
    assert (hands.clicks, hands.keys) <= (0, 10)


def test_a_known_patient_by_mouse(hands: Hands) -> None:
    hands.click(hands.page.get_by_role("combobox", name="Search patients"))
    hands.type("mur deir")
    hands.click(hands.page.locator("#found .found-one", has_text="Deirdre Murphy"))
    hands.click(hands.page.locator(".offer-slot").first)
    expect(told(hands.page)).to_contain_text("Booked: Deirdre Murphy")
    assert hands.clicks <= 3


def test_a_new_patient_by_phone(hands: Hands) -> None:
    hands.press("/")
    hands.type("siobhan kavanagh 0861234567")
    hands.press("Enter")
    expect(hands.page.locator(".offer-slot").first).to_be_focused()
    hands.press("Enter")
    expect(told(hands.page)).to_contain_text("Booked: Siobhan Kavanagh")
    assert (hands.clicks, hands.keys) <= (4, 30)
    assert hands.clicks == 0


def test_another_week_by_one_drag(hands: Hands, tomorrow: Page) -> None:
    hands.drag(visit_of(tomorrow, "Tadhg Murphy"), "[data-drop='7']")
    expect(told(tomorrow)).to_contain_text(f"Moved: Tadhg Murphy, {_day(8)}")
    assert (hands.clicks, hands.keys) == (1, 0)
    tomorrow.keyboard.press("u")
    expect(told(tomorrow)).to_contain_text("Undone")


def test_another_week_by_two_clicks(hands: Hands, tomorrow: Page) -> None:
    hands.click(visit_of(tomorrow, "Tadhg Murphy"))
    hands.click(tomorrow.get_by_role("button", name="Next week"))
    expect(told(tomorrow)).to_contain_text(f"Moved: Tadhg Murphy, {_day(8)}")
    assert (hands.clicks, hands.keys) == (2, 0)
    tomorrow.keyboard.press("u")
    expect(told(tomorrow)).to_contain_text("Undone")


def test_another_week_by_three_keys(hands: Hands, tomorrow: Page) -> None:
    visit_of(tomorrow, "Tadhg Murphy").focus()
    hands.press("r")
    expect(tomorrow.locator("#panel .offer-slot").first).to_be_focused()
    hands.press("Enter")
    expect(told(tomorrow)).to_contain_text(f"Moved: Tadhg Murphy, {_day(8)}")
    assert hands.clicks == 0
    assert hands.keys <= 3
    tomorrow.keyboard.press("u")
    expect(told(tomorrow)).to_contain_text("Undone")


def test_escape_closes_the_panel_and_then_lets_go_of_what_was_chosen(tomorrow: Page) -> None:
    visit_of(tomorrow, "Tadhg Murphy").focus()
    tomorrow.keyboard.press("r")
    expect(tomorrow.locator("#panel .offer-slot").first).to_be_focused()
    chosen = tomorrow.locator("[data-tray-pick][aria-pressed=true]")
    expect(chosen).to_have_count(1)
    tomorrow.keyboard.press("Escape")
    expect(tomorrow.locator("#panel .offer-slot")).to_have_count(0)
    expect(chosen).to_have_count(1)
    tomorrow.keyboard.press("Escape")
    expect(chosen).to_have_count(0)


def test_cancelling_and_filling_from_the_waiting_list(hands: Hands, tomorrow: Page) -> None:
    hands.click(visit_of(tomorrow, "Orla Murphy"))
    hands.click(tomorrow.get_by_text("Cancel the visit"))
    hands.click(tomorrow.get_by_role("button", name="Patient is ill"))
    hands.click(tomorrow.get_by_role("button", name="Book Úna Murphy"))
    expect(visit_of(tomorrow, "Úna Murphy")).to_be_visible()
    assert hands.clicks <= 4
    assert hands.keys == 0


def test_checking_out_and_paying(stack: Stack, hands: Hands) -> None:
    hands.page.goto(f"{stack.url}/today/")
    hands.page.wait_for_load_state("networkidle")
    hands.click(hands.page.get_by_role("link", name="Check out Liam Murphy"))
    hands.click(hands.page.get_by_role("button", name="Issue invoice"))
    hands.click(hands.page.get_by_role("button", name="Take payment"))
    expect(hands.page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(hands.page.locator(".receipt")).to_contain_text("€65.00")
    assert hands.clicks <= 3
    assert hands.keys == 0


def _day(days: int) -> str:
    day = date.today() + timedelta(days=days)  # noqa: DTZ011
    return f"{day:%a} {day.day} {day:%b}"
