"""On a tablet that is held upright nothing is cut off, and nothing lies on top of something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

UPRIGHT = {"width": 820, "height": 1180}
TABLES = [
    "/hours/",
    "/invoices/",
    "/invoices/payments/",
    "/patients/",
    "/fees/",
    "/reports/",
    "/reports/production/",
    "/sheet/",
]
CUT_OFF = """[...document.querySelectorAll("table")]
    .map(table => [table.parentElement.scrollWidth, table.parentElement.clientWidth, table.parentElement.className])
    .filter(([wants, has]) => wants > has + 1)"""
OVER_EACH_OTHER = """() => {
    const labels = [...document.querySelectorAll("main label")].filter(label => label.checkVisibility());
    const boxes = labels.map(label => [label.textContent.trim(), label.getBoundingClientRect()]);
    return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => [one, other]));
}"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("tablet") / "stack", redis_url, start=["web"], seed=20)


@pytest.fixture
def clinic(stack: Stack, page: Page) -> Stack:
    page.set_viewport_size(UPRIGHT)
    sign_in(stack, page, "declan")
    return stack


def test_tables_show_all_their_columns(clinic: Stack, page: Page) -> None:
    for path in TABLES:
        page.goto(clinic.url + path)
        assert page.evaluate(CUT_OFF) == [], path


def test_no_label_lies_on_another(clinic: Stack, page: Page) -> None:
    for path in ("/fees/new/", "/patients/new/", "/hours/holidays/?year=2028", "/reminders/plan/", "/waiting/new/"):
        page.goto(clinic.url + path)
        assert page.locator("main label").count(), path
        assert page.evaluate(OVER_EACH_OTHER) == [], path
