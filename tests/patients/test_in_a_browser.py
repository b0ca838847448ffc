"""Duplicates, families, merges and imports as somebody at the desk meets them, with a real worker behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("people") / "stack"
    with ExitStack() as resources:
        yield bring_up(resources, folder, redis_url, start=["web", "worker"], seed=20)


@pytest.fixture
def clinic(stack: Stack, page: Page) -> Stack:
    """The clinic with the manager at its desk."""
    sign_in(stack, page, "declan")
    page.wait_for_load_state("networkidle")
    return stack


def register(stack: Stack, page: Page, given: str, family: str, mobile: str) -> str:
    """Register somebody by keyboard and return the address of their page."""
    page.goto(f"{stack.url}/patients/new/")
    page.get_by_label("Surname").fill(family)
    page.keyboard.press("Tab")
    page.keyboard.type(given)
    page.get_by_label("Mobile").fill(mobile)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{given} {family}")).to_be_visible()
    return page.url


def test_a_likely_duplicate_is_hinted_at_while_typing_and_holds_nobody_up(clinic: Stack, page: Page) -> None:
    register(clinic, page, "Siobhán", "Kavanagh", "086 123 4567")
    page.goto(f"{clinic.url}/patients/new/")
    page.get_by_label("Surname").press_sequentially("Kavanagh")
    hints = page.locator("#hints")
    expect(hints).to_be_empty()
    page.get_by_label("First name").press_sequentially("Siobhan")
    expect(hints).to_contain_text("Siobhán Kavanagh")
    expect(hints).to_contain_text("the same name")
    page.get_by_label("First name").fill("Tom")
    expect(hints).not_to_contain_text("Siobhán")
    page.get_by_label("Mobile").press_sequentially("0861234567")
    expect(hints).to_contain_text("the same phone number")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tom Kavanagh")).to_be_visible()
    logs = [log.read_text(errors="replace") for log in clinic.var.glob("log/*.log")]
    assert not any("kavanagh" in log.lower() for log in logs)


def test_a_child_is_added_to_the_family_without_a_mouse_and_booked_for_from_there(clinic: Stack, page: Page) -> None:
    register(clinic, page, "Zoe", "Quirke", "086 111 2222")
    address = register(clinic, page, "Una", "Quirke", "086 111 3333")
    page.get_by_role("link", name="Change the family").press("Enter")
    page.get_by_label("Who", exact=True).focus()
    page.keyboard.type("zoe quir")
    expect(page.locator("#picks [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_label("They are the patient’s").select_option(label="Child")
    page.get_by_role("button", name="Add to the family").press("Enter")
    expect(page.get_by_role("link", name="Zoe Quirke")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="Book for Zoe Quirke").press("Enter")
    expect(page.locator("#panel")).to_contain_text("Zoe Quirke")


def test_two_records_become_one_and_two_again(clinic: Stack, page: Page) -> None:
    register(clinic, page, "Agnes", "Tully", "086 333 4444")
    register(clinic, page, "Agness", "Tully", "086 333 4444")
    page.get_by_role("link", name="Merge", exact=True).click()
    page.get_by_role("link", name="Agnes Tully").click()
    page.get_by_role("radio", name="First name: Agnes", exact=True).check()
    page.get_by_role("button", name="Merge the two records").click()
    expect(page.get_by_role("heading", name="Agnes Tully")).to_be_visible()
    expect(page.locator(".merged")).to_contain_text("was merged into this one")
    page.locator(".merged a").click()
    expect(page.locator(".merged")).to_contain_text("This record was merged into Agnes Tully")
    page.get_by_role("button", name="Undo this merge").click()
    expect(page.get_by_role("link", name="Merge", exact=True)).to_be_visible()
    page.goto(f"{clinic.url}/patients/?q=tully")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("Tully, Agness")


def test_a_large_file_is_imported_by_a_worker_that_is_killed_on_the_way(clinic: Stack, page: Page) -> None:
    rows = "".join(f"Brannigan{n:03d};Tom;+35388{n + 1000000:07d}\n" for n in range(400))
    page.goto(f"{clinic.url}/patients/import/")
    data = f"Surname;First name;Mobile\n{rows}".encode("cp1252")
    page.set_input_files("input[type=file]", {"name": "old.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_role("button", name="Read this file").click()
    page.get_by_role("button", name="Check every row").click()
    page.get_by_role("button", name="Import 400 patients").click(timeout=60_000)
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    clinic.kill("worker")
    page.reload()
    clinic.start("worker")
    aged = "from clinic.patients.imports import Import; Import.objects.update(worked_at='2020-01-01T00:00Z')"
    clinic.manage("shell", "-c", aged + "; from clinic.patients.tasks import take_up; take_up()")
    expect(page.get_by_text("This file has been imported.")).to_be_visible(timeout=90_000)
    page.goto(f"{clinic.url}/patients/?q=brannigan")
    expect(page.locator(".bar-title + .num")).to_have_text("400")
