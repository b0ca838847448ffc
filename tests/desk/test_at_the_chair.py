"""The pages of those who treat, as they are used: on a phone, between two patients, where networks come and go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844}
IN_THE_CHAIR = """
import json
from datetime import datetime, time, timedelta
from django.utils import timezone
from clinic.appointments.models import Appointment
from clinic.demo.factories import AlertFactory, AppointmentFactory, ChairFactory, PatientFactory
from clinic.practice.models import Branch, Procedure
from clinic.staff.models import User
from clinic.treatments import actions
chidi, branch = User.objects.get(username="chidi").practitioner, Branch.objects.get(code="NORTH")
Appointment.objects.filter(practitioner=chidi, status__in=["booked", "confirmed", "arrived", "in_chair"]).update(
    status="cancelled", cancelled_because="Ill")
chair, first = ChairFactory(branch=branch, name="Chair 9"), datetime.combine(branch.today(), time(11), branch.zone)
Appointment.objects.filter(practitioner=chidi, starts_at__gt=first - timedelta(days=1)).update(practitioner=
    User.objects.get(username="aoife").practitioner, overbooked_because="Out of the way")
visits = []
for minutes, status in ((0, "in_chair"), (20, "arrived")):
    now, at = timezone.now(), first + timedelta(minutes=minutes)
    who = PatientFactory(branch=branch)
    visits.append(AppointmentFactory(patient=who, practitioner=chidi, chair=chair, starts_at=at,
        ends_at=at + timedelta(minutes=15), status=status, arrived_at=now, in_chair_at=None if minutes else now))
AlertFactory(patient=visits[0].patient, text="Penicillin allergy")
plan = actions.draw_up(visits[0].patient, chidi, branch, "Crown on 36")
actions.add_item(plan.phases.get(), Procedure.objects.get(code="D501"), tooth="36")
actions.accept(actions.propose(plan), "Signed")
print(json.dumps([visit.pk for visit in visits]))
"""
STEP = "from clinic.appointments import actions, models; actions.advance(models.Appointment.objects.get(pk={}), "
FOUND = """axe.run(document, {resultTypes: ["violations"]})
    .then(all => all.violations.map(one => one.id + ": " + one.nodes[0].html))"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("chair") / "stack", redis_url, start=["web"], seed=20)


@pytest.fixture(scope="module")
def visits(stack: Stack) -> list[int]:
    """Two visits of Dr Okafor's: one in the chair, with an alert and a plan, and one who waits."""
    return json.loads(stack.manage("shell", "-v", "0", "-c", IN_THE_CHAIR))


def enter(stack: Stack, browser: Browser, user: str, **how: object) -> BrowserContext:
    context = browser.new_context(**{"viewport": PHONE, "has_touch": True, "reduced_motion": "reduce"} | how)
    sign_in(stack, context.new_page(), user)
    return context


@pytest.fixture
def phone(stack: Stack, browser: Browser, visits: list[int]) -> Iterator[Page]:
    """Dr Okafor's phone."""
    if "web" not in stack.running:
        stack.start("web")
    context = enter(stack, browser, "chidi")
    yield context.pages[0]
    context.close()


def note(page: Page):
    return page.get_by_label("Clinical note of this visit")


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save the note").tap()
    expect(page.locator("#note")).to_contain_text("Written by Chidi Okafor")


def test_between_two_patients_it_is_two_taps(stack: Stack, phone: Page, visits: list[int]) -> None:
    phone.goto(f"{stack.url}/mine/")
    first = phone.locator(f"[data-visit='{visits[0]}']")
    expect(first).to_contain_text("In your chair now")
    expect(first).to_contain_text("Penicillin allergy")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = first.get_by_role("button", name="Complete")
    assert (button.bounding_box() or {})["height"] >= 44
    button.tap()
    expect(first).to_contain_text("Completed")
    second = phone.locator(f"[data-visit='{visits[1]}']")
    expect(second).to_contain_text("Next, and here")
    second.get_by_role("button", name="to the chair").tap()
    expect(second).to_contain_text("In your chair now")
    for _ in range(2):  # Each step is taken back by its own notice, the last one first.
        phone.get_by_role("button", name="Undo").last.tap()
        phone.keyboard.press("Escape")
        phone.wait_for_load_state("networkidle")
    expect(second).to_contain_text("Arrived")
    expect(first).to_contain_text("In your chair now")


def test_the_bar_at_the_foot_holds_what_one_uses_most_and_unfolds_the_rest(stack: Stack, phone: Page) -> None:
    phone.goto(f"{stack.url}/mine/")
    bar = phone.get_by_role("navigation", name="Main")
    shown = bar.get_by_role("link")
    expect(shown).to_have_text(["Mine", "Day", "Today", "Patients"])
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    more = bar.get_by_role("button", name="More")
    more.tap()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(bar.get_by_role("link", name="Waiting")).to_be_focused()
    expect(bar.get_by_role("link", name="Hours")).to_be_in_viewport()
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    phone.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(shown).to_have_count(4)
    more.tap()
    bar.get_by_role("link", name="Supplies").tap()
    expect(shown).to_have_text(["Mine", "Day", "Today", "Patients", "Supplies"])
    tops = bar.evaluate("bar => [...bar.children].map(one => one.offsetTop).filter(Boolean)")
    assert len(set(tops)) == 1, "one row, also with the page that one is on"


def test_what_the_desk_does_is_seen_within_five_seconds(stack: Stack, phone: Page, visits: list[int]) -> None:
    phone.goto(f"{stack.url}/mine/{visits[1]}/")
    expect(phone.get_by_role("button", name="To chair")).to_be_visible()
    note(phone).fill("Begins with")
    change = STEP.format(visits[1])
    stack.manage("shell", "-v", "0", "-c", change + "'in_chair')")
    expect(phone.get_by_role("button", name="Complete")).to_be_visible(timeout=6000)
    expect(note(phone)).to_have_value("Begins with")
    stack.manage("shell", "-v", "0", "-c", change + "'arrived')")
    phone.goto(f"{stack.url}/mine/")
    expect(phone.locator(f"[data-visit='{visits[1]}']")).to_contain_text("Arrived")


def test_recording_what_was_done_leaves_the_note_as_it_is(stack: Stack, phone: Page, visits: list[int]) -> None:
    phone.goto(f"{stack.url}/mine/{visits[0]}/")
    note(phone).fill("Deep, close to the pulp")
    phone.get_by_role("button", name="Ceramic crown on 36 is done").dblclick()
    done = phone.locator(".chairside-done")
    expect(done).to_contain_text("Ceramic crown on 36")
    expect(phone.get_by_role("heading", name="What was done")).to_be_focused()
    phone.get_by_label("Procedure", exact=True).select_option(index=1)
    phone.get_by_label("Tooth").fill("99")
    phone.get_by_role("button", name="Add", exact=True).tap()
    expect(phone.get_by_text("A tooth in FDI notation")).to_be_visible()
    phone.get_by_label("Tooth").fill("46")
    phone.get_by_label("Surfaces").fill("mo")
    phone.get_by_role("button", name="Add", exact=True).tap()
    expect(done).to_contain_text("on 46 MO")
    expect(done.locator("li")).to_have_count(2)
    remove = done.get_by_role("button")
    remove.last.focus()
    phone.keyboard.press("Enter")
    expect(done.locator("li")).to_have_count(1)
    expect(remove).to_be_focused()
    phone.get_by_label("Procedure", exact=True).select_option(index=1)
    phone.get_by_label("Tooth").fill("46")
    phone.get_by_label("Surfaces").fill("mo")
    phone.get_by_role("button", name="Add", exact=True).tap()
    expect(done.locator("li")).to_have_count(2)
    expect(phone.get_by_label("Tooth")).to_have_value("")
    expect(note(phone)).to_have_value("Deep, close to the pulp")
    phone.goto(f"{stack.url}/checkout/{visits[0]}/")
    for line in ("Ceramic crown on 36", "on 46 MO"):
        expect(phone.locator(".tab")).to_contain_text(line)


def test_a_note_survives_a_server_that_is_gone_and_a_session_that_ends(
    stack: Stack, phone: Page, visits: list[int]
) -> None:
    phone.goto(f"{stack.url}/mine/{visits[0]}/")
    note(phone).fill("Two cartridges, then numb")
    expect(phone.locator("#note")).to_contain_text("Not saved yet")
    stack.kill("web")
    phone.get_by_role("button", name="Save the note").tap()
    expect(phone.locator("#note")).to_contain_text("What you wrote is kept here")
    expect(note(phone)).to_have_value("Two cartridges, then numb")
    stack.start("web")
    phone.reload()
    expect(note(phone)).to_have_value("Two cartridges, then numb")
    expect(phone.locator("#note")).to_contain_text("this is what you had written before")
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="Save the note").tap()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    phone.get_by_label("Username").fill("chidi")
    phone.get_by_label("Password").fill("open wide please")
    phone.keyboard.press("Enter")
    expect(note(phone)).to_have_value("Two cartridges, then numb")
    saved(phone)
    phone.reload()
    expect(note(phone)).to_have_value("Two cartridges, then numb")
    expect(phone.locator("[data-draft-told]")).to_be_hidden()
    assert phone.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('draft:')).length") == 0


def test_two_who_write_at_once_are_told_and_neither_loses_a_word(
    stack: Stack, phone: Page, browser: Browser, visits: list[int]
) -> None:
    manager = enter(stack, browser, "declan")
    theirs = manager.pages[0]
    for page in (phone, theirs):
        page.goto(f"{stack.url}/mine/{visits[1]}/")
    note(phone).fill("Caries at 36")
    note(theirs).fill("Caries at 46")
    theirs.get_by_role("button", name="Save the note").tap()
    expect(theirs.locator("#note")).to_contain_text("Written by Declan Moore")
    expect(phone.locator("#note")).to_contain_text("Somebody else has changed this note meanwhile", timeout=6000)
    expect(note(phone)).to_have_value("Caries at 36")
    phone.reload()
    expect(note(phone)).to_have_value("Caries at 36")
    phone.get_by_role("button", name="Save the note").tap()
    expect(phone.get_by_text("Somebody has changed this to “Caries at 46”")).to_be_visible()
    expect(note(phone)).to_have_value("Caries at 36")
    saved(phone)
    # Who has written nothing since sees it by itself.
    expect(note(theirs)).to_have_value("Caries at 36", timeout=6000)
    manager.close()


def test_signing_out_forgets_what_was_not_saved(stack: Stack, browser: Browser, visits: list[int]) -> None:
    context = enter(stack, browser, "chidi")
    page = context.pages[0]
    page.goto(f"{stack.url}/mine/{visits[1]}/")
    note(page).fill("Half a sentence")
    assert "Half a sentence" in page.evaluate("JSON.stringify(sessionStorage)")
    page.locator("summary", has_text="Chidi Okafor").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "Half a sentence" not in page.evaluate("JSON.stringify(sessionStorage)")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_axe_finds_nothing_and_nothing_is_cut_off(
    stack: Stack, browser: Browser, visits: list[int], scheme: str
) -> None:
    context = enter(stack, browser, "chidi", color_scheme=scheme)
    page = context.pages[0]
    for path in ("/mine/", f"/mine/{visits[0]}/", "/feeds/", "/sheet/"):
        page.goto(stack.url + path)
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(FOUND)
        assert found == [], path
    context.close()


def test_a_large_screen_has_the_next_patient_beside_the_list(stack: Stack, browser: Browser, visits: list[int]) -> None:
    context = enter(stack, browser, "chidi", viewport={"width": 1440, "height": 900})
    page = context.pages[0]
    page.goto(f"{stack.url}/mine/")
    beside = page.get_by_role("complementary", name="The patient at a glance")
    for words in ("Penicillin allergy", "Clinical notes", "Last visits"):
        expect(beside).to_contain_text(words)
    context.close()
