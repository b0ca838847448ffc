"""A patient signs a treatment plan with a finger; whoever cannot, types a name as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from tests.desk.test_at_the_chair import FOUND
from tests.journeys.pages import sign_in
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PROPOSED = """
from clinic.demo.factories import PatientFactory
from clinic.practice.models import Branch, Procedure
from clinic.staff.models import User
from clinic.treatments import actions
branch, chidi = Branch.objects.get(code="NORTH"), User.objects.get(username="chidi").practitioner
plan = actions.draw_up(PatientFactory(branch=branch), chidi, branch, "Crown")
actions.add_item(plan.phases.get(), Procedure.objects.get(code="D501"), tooth="36")
print(actions.propose(plan).pk)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Stack]:
    with ExitStack() as resources:
        yield bring_up(resources, tmp_path_factory.mktemp("sign") / "stack", redis_url, start=["web"], seed=10)


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    sign_in(stack, context.new_page(), "declan")
    plan = stack.manage("shell", "-v", "0", "-c", PROPOSED).strip()
    context.pages[0].goto(f"{stack.url}/treatments/plans/{plan}/")
    yield context.pages[0]
    context.close()


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw a line through points that are given as parts of the pad's width and height."""
    pad = page.locator(".signature-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        if not number:
            page.mouse.down()
    page.mouse.up()


def test_a_plan_is_signed_with_a_finger(page: Page) -> None:
    sent = page.locator("input[name=signature]")
    stroke(page, (0.1, 0.1), (0.5, 0.5))
    page.get_by_role("button", name="Clear the signature").click()
    expect(sent).to_have_value("")
    stroke(page, (0.2, 0.5), (0.4, 0.25), (1.4, 0.5))
    stroke(page, (0.2, 0.75), (0.8, 0.75))
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(FOUND) == []
    drawn = sent.input_value()
    assert drawn.count("M") == 2
    assert "L600 " in drawn, "what leaves the pad stays at its edge"
    page.get_by_role("button", name="Accepted").click()
    shown = page.get_by_role("img", name="Signature of")
    expect(shown.locator("path")).to_have_attribute("d", drawn)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_name_alone_is_enough(page: Page) -> None:
    page.get_by_label("Accepted by").fill("Ana Silva")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Accepted by Ana Silva")).to_be_visible()
    expect(page.get_by_role("img", name="Signature of")).to_have_count(0)
