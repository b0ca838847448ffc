"""Odoo is away, the key is wrong, a record is refused: what people are told, and that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clinic.demo.running import programs
from clinic.demo.running.ports import LOOPBACK, free_port
from odoo_bridge.client import Client
from odoo_bridge.connecting import SANDBOX
from tests.journeys.pages import sign_in, until
from tests.provision.processes import Processes
from tests.provision.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

UNTAXABLE = """
from decimal import Decimal
from clinic.invoices.actions import draft_from, issue, record_treatment
from clinic.appointments.models import Appointment
from clinic.practice.models import Procedure, Tax
tax = Tax.objects.create(name="Luxury", rate=Decimal(77))
procedure = Procedure.objects.create(code="GOLD", name="Gold inlay", fee=Decimal(900))
procedure.taxes.add(tax)
visit = Appointment.objects.filter(status="booked").first()
record_treatment(visit, procedure)
print("ISSUED", issue(draft_from(visit)).pk)
"""


def test_while_odoo_is_away_the_desk_is_told_and_afterwards_everything_arrives(
    live_stack: Callable[..., Stack], page: Page
) -> None:
    stack = live_stack(seed=10, start=["web", "worker", "beat"])
    sign_in(stack, page, "declan")
    page.goto(f"{stack.url}/sync/")
    expect(page.get_by_text("Odoo cannot be reached since")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Nothing answers at", exact=False).first).to_be_visible()

    stack.start("sandbox")

    stack.wait_for_sync()
    page.reload()
    expect(page.get_by_test_id("count-waiting")).to_have_text("0")
    expect(page.get_by_test_id("count-needs-you")).to_have_text("0")
    expect(page.get_by_text("Odoo cannot be reached since")).to_have_count(0)


def test_a_real_odoo_gets_nothing_before_somebody_checked_and_said_go(
    live_stack: Callable[..., Stack], processes: Processes, tmp_path: Path, page: Page
) -> None:
    url = f"http://{LOOPBACK}:{(port := free_port())}"
    processes.start(programs.sandbox(port, tmp_path / "odoo.sqlite3", {}), ready=url)
    odoo = Client(url, SANDBOX["database"], SANDBOX["username"], SANDBOX["api_key"])
    before = odoo.search_count("res.partner", [])
    named = {"ODOO_URL": url, "ODOO_DB": "sandbox", "ODOO_USERNAME": "bridge"}
    stack = live_stack(start=[], env={**named, "ODOO_API_KEY": "0" * 40})
    stack.manage("seed", "--patients", "10", "--even-with-a-real-odoo")
    stack.start("web", "worker", "beat")
    sign_in(stack, page, "declan")
    page.goto(f"{stack.url}/sync/connection/1/")

    page.get_by_role("button", name="Check now").click()

    expect(page.get_by_text("refused the user name or API key")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("make a new API key in Odoo")).to_be_visible()
    expect(page.get_by_role("button", name="Go")).to_be_disabled()
    assert odoo.search_count("res.partner", []) == before


def test_a_record_that_odoo_cannot_take_asks_for_somebody_by_name(live_stack: Callable[..., Stack], page: Page) -> None:
    stack = live_stack(seed=10)
    stack.wait_for_sync()
    issued = re.search(r"ISSUED (\d+)", stack.manage("shell", "-c", UNTAXABLE))
    assert issued
    sign_in(stack, page, "declan")

    def needs_somebody() -> bool:
        page.goto(f"{stack.url}/invoices/{issued[1]}/")
        return page.locator("[data-sync=needs_you]").count() > 0

    until(needs_somebody, 20, "the invoice to need somebody")
    page.goto(f"{stack.url}/sync/")
    expect(page.get_by_test_id("count-needs-you")).to_have_text("1")
    expect(page.get_by_text("Odoo has no sales tax of 77 % on top of the price")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Decided. It is on its way.")).to_be_visible()
    until(needs_somebody, 20, "the invoice to need somebody again")
