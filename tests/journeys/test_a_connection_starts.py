"""A connection to an Odoo that is in use starts as a manager starts it: check, adopt, look at the plan, apply, go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clinic.demo.running import programs
from clinic.demo.running.ports import LOOPBACK, free_port
from odoo_bridge.client import Client
from odoo_bridge.connecting import SANDBOX
from tests.journeys.pages import sign_in
from tests.provision.processes import Processes
from tests.provision.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TWO_PATIENTS = """
from clinic.patients.models import Patient
for given, family in (("Ottilie", "Quarterman"), ("Bartholomew", "Ludgrove")):
    Patient.objects.create(given_name=given, family_name=family, email=f"{given}@post.example".lower(),
                           branch=Patient.objects.first().branch, city="Cork")
"""


def test_who_is_there_is_adopted_by_keys_and_the_plan_does_what_it_says(
    live_stack: Callable[..., Stack], processes: Processes, tmp_path: Path, page: Page
) -> None:
    url = f"http://{LOOPBACK}:{(port := free_port())}"
    processes.start(programs.sandbox(port, tmp_path / "odoo.sqlite3", {}), ready=url)
    odoo = Client(url, SANDBOX["database"], SANDBOX["username"], SANDBOX["api_key"])
    same = odoo.create("res.partner", {"name": "Quarterman, Ottilie", "email": "ottilie@post.example"})
    other = odoo.create("res.partner", {"name": "Maud Ludgrove", "email": "bartholomew@post.example", "city": "Cobh"})
    named = {"ODOO_URL": url, "ODOO_DB": "sandbox", "ODOO_USERNAME": "bridge", "ODOO_API_KEY": SANDBOX["api_key"]}
    stack = live_stack(start=[], env=named)
    stack.manage("seed", "--patients", "10", "--even-with-a-real-odoo")
    stack.manage("shell", "-c", TWO_PATIENTS)
    stack.start("web", "worker", "beat")
    sign_in(stack, page, "declan")
    page.goto(f"{stack.url}/sync/connection/1/")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Odoo has the taxes, currencies and payment journals in use")).to_be_visible(timeout=30_000)
    page.reload()
    page.get_by_role("button", name="Go", exact=True).click()  # The box above it is not ticked: it goes nowhere.
    expect(page.get_by_role("heading", name="Running")).to_have_count(0)

    page.get_by_role("link", name="Look for them").click()
    page.get_by_role("button", name="Look in Odoo now").click()
    expect(page.get_by_role("heading", name="Is it the same person?")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("rowheader", name="Full name")).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text("Nothing is left to decide")).to_be_visible()
    page.get_by_role("button", name="Link all 1").click()
    expect(page.get_by_text("1 patient is linked")).to_be_visible()

    page.goto(f"{stack.url}/sync/connection/1/plan/")
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_role("button", name="Apply this plan")).to_be_visible(timeout=60_000)
    page.locator("summary", has_text="Ottilie Quarterman").click()
    expect(page.get_by_text("cannot be taken back, only credited")).to_be_visible()
    assert odoo.search_count("account.move", [["state", "=", "posted"]]) == 0
    page.get_by_role("button", name="Apply this plan").click()
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible(timeout=90_000)

    assert odoo.read("res.partner", [same], ["city"])[0]["city"] == "Cork"
    assert odoo.read("res.partner", [other], ["name"])[0]["name"] == "Maud Ludgrove"
    assert odoo.search_count("res.partner", [["email", "=", "ottilie@post.example"]]) == 1
    assert odoo.search_count("res.partner", [["email", "=", "bartholomew@post.example"]]) == 2
    assert odoo.search_count("account.move", [["state", "=", "posted"]]) > 0
    page.goto(f"{stack.url}/sync/connection/1/")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
