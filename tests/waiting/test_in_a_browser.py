"""Cancelling a visit and filling its time from the waiting list: on one screen, in four clicks, or without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Two visits of Máire Ní Bhriain on one day, and somebody who waits for either. Nobody else waits: who of those that
# are made up would fit depends on the weekday.
DIARY = """
from datetime import datetime, time, timedelta
from clinic.appointments.actions import book
from clinic.demo.factories import PatientFactory
from clinic.practice.models import AppointmentType, Branch
from clinic.staff.models import Practitioner
from clinic.waiting.models import Entry
branch = Branch.objects.get(code="NORTH")
kind, chair, dentist = AppointmentType.objects.first(), branch.chairs.first(), Practitioner.objects.first()
day = branch.today() + timedelta(days=60)
Entry.objects.all().delete()
maire = PatientFactory(given_name="Máire", family_name="Ní Bhriain", branch=branch)
for number, name in enumerate(["Jon Berg", "Ewa Nowak"]):
    start = datetime.combine(day, time(10 + number), branch.zone)
    book(patient=maire, practitioner=dentist, chair=chair, appointment_type=kind, starts_at=start)
    given, family = name.split()
    waits = PatientFactory(given_name=given, family_name=family, branch=branch)
    Entry.objects.create(
        patient=waits, appointment_type=kind, minutes=kind.minutes, branch=branch, urgency=2, earliest=day, latest=day,
        not_after=time(10, 30) if number == 0 else None, part="hours" if number == 0 else "any",
    )
print(day.isoformat())
"""

# A key pressed on a button is a click as well, with a detail of 0.
COUNT = "() => { window.clicks = 0; addEventListener('click', event => window.clicks += event.detail > 0, true); }"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[tuple[Stack, str]]:
    with ExitStack() as resources:
        stack = bring_up(resources, tmp_path_factory.mktemp("waiting") / "stack", redis_url, start=["web"], seed=20)
        yield stack, stack.manage("shell", "--verbosity", "0", "-c", DIARY).split()[-1]


@pytest.fixture
def day(clinic: tuple[Stack, str], page: Page) -> Page:
    """The day with both visits, at the desk."""
    stack, date = clinic
    sign_in(stack, page, "maria")
    page.goto(f"{stack.url}/?day={date}")
    page.evaluate(COUNT)
    return page


def test_four_clicks_on_one_screen(day: Page) -> None:
    address = day.url
    day.locator(".visit", has_text="10:00").filter(has_text="Máire").click()
    day.get_by_text("Cancel the visit").click()
    day.get_by_role("button", name="Patient is ill").click()
    expect(day.locator(".fit").first).to_contain_text("Jon Berg")
    expect(day.locator(".fit").first).to_contain_text("Urgent")
    day.get_by_role("button", name="Book Jon Berg").click()
    expect(day.locator("#panel")).to_contain_text("Jon Berg")
    expect(day.locator(".visit", has_text="Jon Berg")).to_be_visible()
    assert day.evaluate("window.clicks") <= 4
    assert day.url == address


def test_without_a_mouse(day: Page) -> None:
    day.locator(".visit", has_text="11:00").filter(has_text="Máire").focus()
    day.keyboard.press("Enter")
    expect(day.locator("#panel")).to_contain_text("Cancel the visit")
    day.locator("#panel summary", has_text="Cancel the visit").focus()
    day.keyboard.press("Enter")
    day.get_by_role("button", name="Patient is ill").focus()
    day.keyboard.press("Enter")
    expect(day.locator(".fit", has_text="Ewa Nowak")).to_be_visible()
    day.get_by_role("button", name="Book Ewa Nowak").focus()
    day.keyboard.press("Enter")
    expect(day.locator("#panel")).to_contain_text("Ewa Nowak")
    assert day.evaluate("window.clicks") == 0


def test_the_list_takes_a_patient_who_is_searched_for(day: Page, clinic: tuple[Stack, str]) -> None:
    day.goto(f"{clinic[0].url}/waiting/new/")
    day.get_by_role("combobox", name="Search for the patient").press_sequentially("bhriain")
    day.get_by_role("option", name=re.compile("Máire")).click()
    day.get_by_label("Mon", exact=True).check()
    day.get_by_role("button", name="Add to the list").click()
    expect(day.get_by_role("row", name=re.compile("Máire"))).to_contain_text("Mon")
