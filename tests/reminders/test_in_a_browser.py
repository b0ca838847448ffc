"""The page behind the link, on a phone: axe finds nothing, nothing is cut off, and it works without a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.journeys.test_accessible import EVERYTHING
from tests.provision.stack import Stack, bring_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LINKS = """
from datetime import timedelta
from django.utils import timezone
from clinic.demo.factories import AppointmentFactory, BranchFactory, ChairFactory, PatientFactory
from clinic.reminders.tokens import token_for
branch = BranchFactory(phone="+35318370190")
for number, language in enumerate(["en", "ar"]):
    visit = AppointmentFactory(
        chair=ChairFactory(branch=branch), patient=PatientFactory(branch=branch, language=language),
        starts_at=timezone.now() + timedelta(days=9 + number),
    )
    print(token_for(visit))
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[tuple[Stack, list[str]]]:
    with ExitStack() as resources:
        stack = bring_up(resources, tmp_path_factory.mktemp("answers") / "stack", redis_url, start=["web"])
        yield stack, stack.manage("shell", "--verbosity", "0", "-c", LINKS).split()[-2:]


@pytest.mark.parametrize(
    ("which", "scheme", "yes", "thanks"),
    [(0, "light", "Yes, I will come", "Thank you."), (1, "dark", "نعم، سأحضر", "شكرًا لك.")],
)
def test_a_patient_answers_on_a_phone(clinic, browser: Browser, which, scheme, yes, thanks) -> None:
    stack, tokens = clinic
    page = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme).new_page()
    page.goto(f"{stack.url}/v/{tokens[which]}/")
    found = Axe().run(page, options=EVERYTHING).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=yes)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(thanks)
    page.context.close()
