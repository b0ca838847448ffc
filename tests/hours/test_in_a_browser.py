"""Leave with stranded visits, from the page of the hours to the last visit dealt with, without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("hours") / "stack", redis_url, start=["web"], seed=20)


@pytest.fixture
def manager(stack: Stack, page: Page) -> Page:
    sign_in(stack, page, "declan")
    page.goto(f"{stack.url}/hours/")
    return page


def press(one: Locator) -> None:
    """Choose a link or a button as the keyboard does."""
    one.focus()
    expect(one).to_be_focused()
    one.press("Enter")


def next_monday() -> date:
    today = date.today()  # noqa: DTZ011
    return today + timedelta(days=7 - today.weekday())


def test_leave_is_entered_and_every_visit_it_strands_is_dealt_with(manager: Page) -> None:
    press(manager.get_by_role("link", name="Leave Dr Brennan"))
    manager.get_by_label("First day").fill(next_monday().isoformat())
    manager.get_by_label("Last day").fill((next_monday() + timedelta(days=11)).isoformat())
    manager.get_by_label("Last day").press("Enter")
    heading = manager.get_by_role("heading", name="This would strand")
    expect(heading).to_be_visible()
    many = int(re.search(r"\d+", heading.inner_text()).group())
    expect(manager.get_by_label("First day")).to_have_value(next_monday().isoformat())
    press(manager.get_by_role("button", name="Save all the same"))
    expect(manager.get_by_role("heading", name="Stranded visits", exact=True)).to_be_visible()
    rows = manager.locator("main tbody tr")
    here = rows.count()
    assert 2 <= here <= many
    expect(rows.first).to_contain_text("Dr Brennan is on leave until")

    press(rows.first.get_by_role("button", name="Accept"))
    expect(rows).to_have_count(here - 1)

    press(rows.first.get_by_role("link", name="Move"))
    moving = manager.get_by_role("form", name="Move this visit")
    moving.get_by_label("Date").fill((next_monday() + timedelta(days=70)).isoformat())
    moving.get_by_label("Time", exact=True).fill("09:00")
    moving.get_by_label("Time", exact=True).press("Enter")
    expect(manager.locator("#toasts")).to_contain_text("Moved")
    expect(rows).to_have_count(here - 2)


def test_a_week_with_a_break_is_typed_and_taken_over_from_the_day_above(stack: Stack, manager: Page) -> None:
    press(manager.get_by_role("link", name="Change Dr Okafor"))
    expect(manager.get_by_label("Monday")).to_be_hidden()
    manager.get_by_label("Keeps the hours of").focus()
    manager.keyboard.press("Space")
    monday = manager.get_by_label("Monday", exact=True)
    monday.fill("9-12, 13-17")
    press(manager.get_by_role("button", name=re.compile("Like the day above.*Tuesday")))
    tuesday = manager.get_by_label("Tuesday", exact=True)
    expect(tuesday).to_have_value("9-12, 13-17")
    expect(tuesday).to_be_focused()
    manager.get_by_label("From").fill((next_monday() + timedelta(days=70)).isoformat())
    tuesday.press("Enter")
    row = manager.locator("tr.is-later", has_text="Dr Okafor")
    expect(row).to_contain_text("13:00–17:00")
    manager.goto(f"{stack.url}/?day={next_monday() + timedelta(days=71)}")
    expect(manager.get_by_label("Book 11:45, Dr Okafor")).to_be_attached()
    expect(manager.get_by_label("Book 12:00, Dr Okafor")).to_have_count(0)
