"""A branch with a till, people who take money there, and payments."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest

from clinic.dayend import actions
from clinic.demo.factories import BranchFactory, PaymentFactory, UserFactory
from tests.desk.practice import open_practice

MONDAY, TUESDAY, WEDNESDAY = (date(2030, 1, day) for day in (14, 15, 16))


@pytest.fixture
def branch(db):
    return BranchFactory(name="North", code="NORTH", time_zone="Europe/Dublin")


@pytest.fixture
def practice(db):
    return open_practice()


@pytest.fixture
def desk(practice):
    """The receptionist's browser."""
    return practice.somebody()


@pytest.fixture
def maria(branch):
    return UserFactory(username="maria", first_name="Maria", last_name="Keane", branches=[branch])


@pytest.fixture(autouse=True)
def on_wednesday(time_machine):
    time_machine.move_to("2030-01-16T18:00:00+00:00")


@pytest.fixture
def take(branch):
    """Take a payment: `take("12.50", "cash", MONDAY, maria)`."""

    def taken(amount, method="cash", day=TUESDAY, by=None, **more):
        more = {"branch": branch} | more
        return PaymentFactory(amount=Decimal(amount), method=method, received_on=day, taken_by=by, **more)

    return taken


@pytest.fixture
def close(branch, maria):
    """Close a day: `close(TUESDAY, "150.00")`, with 100.00 in the till in the morning and in the evening."""

    def closed(day, counted, note="", opening_float="100.00", left="100.00", **more):
        count = actions.Count(Decimal(opening_float), Decimal(counted), Decimal(left), note=note)
        return actions.close(branch, day, count, **{"by": maria, "uid": uuid.uuid4()} | more)

    return closed
