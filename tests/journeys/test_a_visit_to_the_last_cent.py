"""The main job, walked by a receptionist in a browser and an accountant on the sandbox's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from odoo_bridge.client import Client
from odoo_bridge.connecting import SANDBOX
from tests.journeys.pages import sign_in, until
from tests.provision.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

POLL = 15
"""Seconds between two polls of Odoo, by default."""


@pytest.fixture
def clinic(live_stack: Callable[..., Stack]) -> Stack:
    stack = live_stack(seed=40)
    stack.wait_for_sync()
    return stack


@pytest.fixture
def odoo(clinic: Stack) -> Client:
    return Client(clinic.sandbox_url, SANDBOX["database"], SANDBOX["username"], SANDBOX["api_key"])


def test_a_visit_reaches_odoo_and_what_the_accountant_does_comes_back(clinic: Stack, odoo: Client, page: Page) -> None:
    before = {model: set(odoo.search(model, [])) for model in ("res.partner", "calendar.event", "account.move")}
    sign_in(clinic, page, "maria")
    _register(page, "Ní Dhomhnaill", "Gráinne", "087 123 4567")
    _find(page, "dhomhnaill")
    _book(page, _a_quiet_wednesday())
    _check_in(page)
    number, total = _check_out(page, "Examination")
    paid = (total / 2).quantize(Decimal("0.01"))
    _take(page, paid)

    def new(model: str) -> list[int]:
        return sorted(set(odoo.search(model, [])) - before[model])

    def invoice() -> dict[str, Any]:
        fields = ["name", "state", "amount_total", "amount_residual"]
        found = odoo.search_read("account.move", [["name", "=", number]], fields)
        return found[0] if found else {}

    until(
        lambda: invoice().get("state") == "posted" and _money(invoice()["amount_residual"]) == total - paid,
        5,
        "the invoice and the payment to be in Odoo",
    )
    [partner], [event] = new("res.partner"), new("calendar.event")
    assert _money(invoice()["amount_total"]) == total
    assert odoo.read("res.partner", [partner], ["name", "mobile"])[0]["name"] == "Gráinne Ní Dhomhnaill"
    assert odoo.read("calendar.event", [event], ["partner_ids"])[0]["partner_ids"] == [partner]

    _as_accountant(clinic, page, invoice()["id"], event)

    page.goto(f"{clinic.url}/invoices/")
    page.get_by_role("link", name=number).first.click()

    def shows_paid() -> bool:
        page.reload()
        return page.locator("header .state").inner_text().strip() == "Paid"

    until(shows_paid, POLL + 5, "the clinic to show the invoice as paid")
    page.goto(f"{clinic.url}/patients/?q=dhomhnaill")
    page.locator("a.row-link").first.click()

    def shows_noon() -> bool:
        page.reload()
        return page.get_by_text("12:00").count() > 0

    # A poll of its own: one may have fallen between the payment and the moved event.
    until(shows_noon, POLL + 5, "the clinic to show the visit at noon")
    expect(page.locator("[data-sync=needs_you]")).to_have_count(0)


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def _a_quiet_wednesday() -> date:
    """A Wednesday that the demo has not booked anybody on."""
    day = date.today() + timedelta(days=90)  # noqa: DTZ011
    return day + timedelta(days=(2 - day.weekday()) % 7)


def _register(page: Page, family: str, given: str, mobile: str) -> None:
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    page.get_by_label("Surname").fill(family)
    page.get_by_label("First name").fill(given)
    page.get_by_label("Mobile").fill(mobile)
    page.get_by_role("button", name="Register patient").click()
    expect(page.get_by_role("heading", name=re.compile(given))).to_be_visible()


def _find(page: Page, words: str) -> None:
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    page.keyboard.type(words)
    expect(page.locator("#found").get_by_role("option").first).to_contain_text("Gráinne")
    page.keyboard.press("Enter")
    expect(page.locator("#glance .offer-slot").first).to_be_focused()
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1, name=re.compile("Gráinne"))).to_be_visible()


def _book(page: Page, day: date) -> None:
    page.get_by_role("link", name="Book", exact=True).click()
    booking = page.get_by_role("form", name="Book a visit")
    booking.get_by_label("Date").fill(day.isoformat())
    page.wait_for_load_state("networkidle")
    booking.get_by_label("Time").fill("10:00")
    page.wait_for_load_state("networkidle")
    booking.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_test_id("visit")).to_be_visible()


def _check_in(page: Page) -> None:
    visit = page.get_by_test_id("visit")
    visit.get_by_role("button", name="Check in").click()
    expect(visit.locator("[aria-current=step]")).to_contain_text("Arrived")


def _check_out(page: Page, procedure: str) -> tuple[str, Decimal]:
    page.get_by_test_id("visit").get_by_role("link", name="Check out").click()
    choice = page.get_by_label("Procedure", exact=True)
    value = choice.locator("option", has_text=procedure).first.get_attribute("value")
    choice.select_option(value)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Issue invoice").click()
    bill = page.locator("article.bill")
    number = bill.get_by_role("link").first.inner_text()
    return number, Decimal(re.sub(r"[^\d.]", "", bill.get_by_test_id("balance").inner_text()))


def _take(page: Page, amount: Decimal) -> None:
    page.get_by_label("Amount in EUR").fill(str(amount))
    page.get_by_label("Card").check()
    page.get_by_role("button", name="Take payment").click()
    expect(page.get_by_text("Payment taken.")).to_be_visible()


def _as_accountant(clinic: Stack, page: Page, invoice: int, event: int) -> None:
    """Pay the rest and move the event by two hours, to noon, on the sandbox's pages."""
    page.goto(f"{clinic.sandbox_url}/invoices/{invoice}")
    page.get_by_role("button", name="Register payment").click()
    expect(page.locator("#amount-residual")).to_have_text("0.00")
    page.goto(f"{clinic.sandbox_url}/events/{event}")
    for field in ("start", "stop"):
        box = page.locator(f"[name={field}]")
        box.fill(_later(box.input_value()))
    page.locator("#save").click()
    page.wait_for_load_state("networkidle")


def _later(value: str) -> str:
    hour = int(value[11:13]) + 2
    return f"{value[:11]}{hour:02d}{value[13:]}"
