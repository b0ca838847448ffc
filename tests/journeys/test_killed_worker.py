"""The worker is killed in the middle of a push of five hundred patients: five hundred contacts are there in the end."""

from __future__ import annotations

import pytest

from clinic.demo.running.follow import wait_until
from odoo_bridge.client import Client
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.contract.line import line_to

PATIENTS = 500
SOON = {"ODOO_SWEEP_SECONDS": "1", "ODOO_POLL_SECONDS": "60"}

MAKE = f"""
from clinic.demo.factories import BranchFactory, PatientFactory
branch = BranchFactory(code="NORTH")
PatientFactory.create_batch({PATIENTS}, branch=branch)
"""

COUNT = """
from odoo_bridge.models import Link
partners = Link.objects.filter(mapping="partner")
print(partners.filter(odoo_id__isnull=False, wanted=models.F("pushed")).count())
""".replace("from odoo", "from django.db import models\nfrom odoo", 1)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("after", [False, True], ids=["before Odoo has them", "after Odoo has them"])
def test_five_hundred_patients_are_five_hundred_contacts_when_the_worker_is_killed(live_stack, after):
    stack = live_stack(start=["redis", "sandbox"])
    with line_to(stack.sandbox_url) as line:
        stack.env["ODOO_SANDBOX_URL"] = line.url
        stack.env.update(SOON)
        stack.manage("odoo", "connect")
        stack.manage("shell", "-c", MAKE)
        # Two hundred go in one call: the second one is under way when the worker dies.
        first = line.hold_answer("res.partner", "load")
        stack.start("worker", "beat")
        assert first.reached.wait(60)
        held = line.hold("res.partner", "load", after=after)
        first.let_go.set()
        assert held.reached.wait(60)
        stack.kill("worker")
        held.let_go.set()
        assert 0 < _contacts(stack) < PATIENTS

        stack.start("worker")
        done = wait_until(lambda: stack.manage("shell", "-c", COUNT).split()[-1] == str(PATIENTS), 120, every=2)

    assert done, stack.manage("odoo", "status")
    assert _contacts(stack) == PATIENTS
    assert _addresses(stack) == PATIENTS


def _contacts(stack) -> int:
    with Client(stack.sandbox_url, "sandbox", "bridge", BRIDGE_KEY) as odoo:
        return odoo.search_count("res.partner", [["email", "=like", "%@post.example"]])


def _addresses(stack) -> int:
    """Return how many different addresses there are: no contact is there twice under another's name."""
    with Client(stack.sandbox_url, "sandbox", "bridge", BRIDGE_KEY) as odoo:
        found = odoo.search_read("res.partner", [["email", "=like", "%@post.example"]], ["email"])
    return len({row["email"] for row in found})
