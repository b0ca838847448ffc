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


# By the words, since an entry of two may well stand on two lines.
BROKEN = """() => [...document.querySelectorAll(".nav-side :is(a, button)")].filter(entry => entry.checkVisibility())
    .flatMap(entry => [...entry.childNodes]).filter(node => node.nodeType === Node.TEXT_NODE)
    .flatMap(node => [...node.data.matchAll(/\\S+/g)].filter(word => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
    })).map(String)"""


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar"])
def test_no_word_of_the_navigation_is_broken(clinic: Stack, page: Page, language: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    form = {"language": language, "csrfmiddlewaretoken": token}
    page.context.request.post(f"{clinic.url}/language/", form=form, headers={"Referer": clinic.url})
    page.goto(clinic.url)
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate(BROKEN) == []
