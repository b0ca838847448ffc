"""The chart of the teeth: clicked, or typed beside, it is the same, in every language and on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, expect

from tests.desk.test_at_the_chair import FOUND, IN_THE_CHAIR
from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

UNIVERSAL = (
    'from clinic.practice.models import Branch; Branch.objects.filter(code="NORTH").update(notation="universal")'
)
DRAFT = """
from clinic.appointments.models import Appointment
from clinic.treatments import actions
visit = Appointment.objects.get(pk={})
plan = actions.draw_up(visit.patient, visit.practitioner, visit.branch, "Fillings")
actions.add_phase(plan)
print(plan.pk)
"""
SURFACES = ["M", "O", "D", "B", "L"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        made = bring_up(resources, tmp_path_factory.mktemp("teeth") / "stack", redis_url, start=["web"], seed=20)
        made.manage("shell", "-v", "0", "-c", UNIVERSAL)
        yield made


@pytest.fixture(scope="module")
def visit(stack: Stack) -> int:
    """A visit at a branch that counts teeth as the ADA does, of a patient with a crown planned on 36, there 19."""
    return json.loads(stack.manage("shell", "-v", "0", "-c", IN_THE_CHAIR))[0]


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    sign_in(stack, context.new_page(), "declan")
    yield context.pages[0]
    context.close()


def tooth(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def surface(page: Page | Locator, letter: str) -> Locator:
    return page.get_by_role("checkbox", name=f"{letter}, ")


def fields(page: Page | Locator) -> tuple[Locator, Locator]:
    return page.get_by_label("Tooth"), page.get_by_label("Surfaces")


def test_what_is_clicked_stands_in_the_fields_and_is_kept(stack: Stack, page: Page, visit: int) -> None:
    page.goto(f"{stack.url}/checkout/{visit}/")
    typed, letters = fields(page)
    expect(tooth(page, "19, lower left first molar, planned")).to_be_visible()
    tooth(page, "3, upper right first molar").click()
    expect(typed).to_have_value("3")
    for letter in ("D", "O", "M"):
        surface(page, letter).click()
    expect(letters).to_have_value("MOD")
    surface(page, "D").click()
    expect(letters).to_have_value("MO")
    tooth(page, "8, upper right central incisor").click()
    expect(letters).to_have_value("MI")
    expect(surface(page, "O")).to_have_count(0)
    tooth(page, "8, upper right central incisor").click()
    for field in (typed, letters):
        expect(field).to_have_value("")
    tooth(page, "3, upper right first molar").click()
    surface(page, "O").click()
    page.get_by_label("Procedure", exact=True).select_option(index=1)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".tab")).to_contain_text("on 3 O")
    expect(tooth(page, "3, upper right first molar, done")).to_be_visible()
    kept = "from clinic.treatments.models import Treatment; print(Treatment.objects.latest('pk').tooth)"
    assert stack.manage("shell", "-v", "0", "-c", kept).strip() == "16"


def test_typing_is_as_fast_as_before_and_the_chart_follows(stack: Stack, page: Page, visit: int) -> None:
    page.goto(f"{stack.url}/checkout/{visit}/")
    typed, letters = fields(page)
    typed.focus()
    for key in ("3", "0", "Tab", "m", "b"):
        page.keyboard.press(key)
    expect(letters).to_be_focused()
    expect(tooth(page, "30, lower right first molar")).to_be_checked()
    expect(page.locator("[data-mouth-says]")).to_contain_text("30, lower right first molar")
    for letter in SURFACES:
        expect(surface(page, letter)).to_be_checked(checked=letter in "MB")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Quantity")).to_be_focused()
    typed.fill("t")
    expect(tooth(page, "T, lower right second primary molar")).to_be_checked()
    expect(page.get_by_role("switch", name="Milk teeth")).to_be_checked()
    expect(tooth(page, "30, lower right first molar")).to_have_count(0)
    typed.fill("99")
    expect(page.locator(".mouth-tooth[aria-checked=true]")).to_have_count(0)


def test_the_chart_is_used_with_keys_alone(stack: Stack, page: Page, visit: int) -> None:
    page.goto(f"{stack.url}/checkout/{visit}/")
    typed, letters = fields(page)
    page.locator("summary", has_text="Chart of the teeth").focus()
    page.keyboard.press("Tab")
    expect(tooth(page, "1, upper right third molar")).to_be_focused()
    page.keyboard.press("Space")
    expect(typed).to_have_value("1")
    for key, number in [
        ("ArrowRight", "2"),
        ("ArrowDown", "31"),
        ("End", "17"),
        ("ArrowRight", "32"),
        ("ArrowUp", "1"),
    ]:
        page.keyboard.press(key)
        expect(typed).to_have_value(number)
    # The letters of surfaces work where one is; elsewhere on the page they press buttons.
    page.keyboard.press("o")
    expect(letters).to_have_value("O")
    page.keyboard.press("Tab")
    expect(surface(page, "M")).to_be_focused()
    page.keyboard.press("Space")
    expect(letters).to_have_value("MO")
    tooth(page, "1, upper right third molar").focus()
    page.keyboard.press("Delete")
    for field in (typed, letters):
        expect(field).to_have_value("")


def test_each_phase_of_a_plan_has_its_own_chart(stack: Stack, page: Page, visit: int) -> None:
    plan = stack.manage("shell", "-v", "0", "-c", DRAFT.format(visit)).strip()
    page.goto(f"{stack.url}/treatments/plans/{plan}/")
    first, second = (page.get_by_role("form", name=f"Add to Phase {number}") for number in (1, 2))
    expect(tooth(second, "14,")).to_be_hidden()
    second.locator("summary").click()
    tooth(second, "14, upper left first molar").click()
    expect(fields(second)[0]).to_have_value("14")
    expect(fields(first)[0]).to_have_value("")
    second.get_by_label("Procedure").select_option(index=1)
    second.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("article", name="Phase 2").locator(".ledger")).to_contain_text("on 14")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_on_a_phone_the_mouth_is_seen_as_it_is_and_a_finger_hits(
    stack: Stack, browser: Browser, visit: int, locale: str
) -> None:
    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, has_touch=True, reduced_motion="reduce", locale=locale)
    page = context.new_page()
    sign_in(stack, page, "declan")
    page.goto(f"{stack.url}/mine/{visit}/")
    page.locator(".mouth summary").tap()
    upper = page.locator("[data-set=permanent] [data-tooth]")
    boxes = {one.get_attribute("data-tooth"): one.locator(".mouth-crown").bounding_box() for one in upper.all()}
    assert all(box and min(box["width"], box["height"]) >= 24 for box in boxes.values())
    across = {key: box["x"] for key, box in boxes.items() if key and box}
    assert across["18"] < across["11"] < across["21"] < across["28"], "their right is on the viewer's left"
    page.locator("[data-tooth='11']").tap()
    page.locator("[data-surface=M]").tap()
    assert page.locator("[name=tooth]").input_value() == "8"
    mesial, distal = (page.locator(f"[data-surface={one}]").bounding_box() for one in "MD")
    assert mesial and distal
    assert mesial["x"] > distal["x"], "mesial is towards the midline"
    assert mesial["height"] >= 24
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(FOUND) == []
    context.close()


def test_what_was_just_done_is_marked_without_loading_the_page_anew(stack: Stack, page: Page, visit: int) -> None:
    page.goto(f"{stack.url}/mine/{visit}/")
    tooth(page, "11, upper left canine").click()
    page.get_by_label("Procedure", exact=True).select_option(index=1)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".chairside-done")).to_contain_text("on 11")
    expect(tooth(page, "11, upper left canine, done")).to_be_visible()
    page.get_by_role("button", name="Ceramic crown on 19 is done").click()
    expect(tooth(page, "19, lower left first molar, done")).to_be_visible()
