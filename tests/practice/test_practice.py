"""Branches, hours and fees."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    ClosureFactory,
    ProcedureFactory,
    TaxFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)])
def test_a_day_is_as_long_as_the_clock_says(day, hours):
    start, end = BranchFactory.build(time_zone="Europe/Dublin").day(day)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


def test_a_day_starts_at_the_branchs_midnight():
    start, _ = BranchFactory.build(time_zone="Asia/Kathmandu").day(date(2026, 6, 1))
    assert start.astimezone(UTC) == datetime(2026, 5, 31, 18, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Europe/Atlantis"),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("code", "north"),
        ("code", "N"),
        ("code", "N/1"),
        ("code", "NORTHS"),
    ],
)
def test_what_no_branch_can_have_is_refused(field, value):
    with pytest.raises(ValidationError) as refusal:
        BranchFactory.build(**{field: value}).full_clean()
    assert set(refusal.value.error_dict) == {field}


def test_two_branches_do_not_share_a_code():
    branch = BranchFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        BranchFactory(code=branch.code)


def test_a_chairs_name_is_its_own_within_a_branch():
    chair = ChairFactory()
    assert ChairFactory(name=chair.name).branch != chair.branch
    with pytest.raises(IntegrityError), transaction.atomic():
        ChairFactory(name=chair.name, branch=chair.branch)


def test_closures_run_forward():
    with pytest.raises(IntegrityError, match="closure_in_order"), transaction.atomic():
        ClosureFactory(first_day=date(2026, 1, 2), last_day=date(2026, 1, 1))


@pytest.mark.parametrize("minutes", [0, 4, 481])
def test_an_appointment_type_has_a_sensible_length(minutes):
    with pytest.raises(ValidationError):
        AppointmentTypeFactory.build(minutes=minutes).full_clean()


def test_fees_and_taxes_are_not_negative():
    for refused in (ProcedureFactory.build(fee=Decimal("-0.01")), TaxFactory.build(rate=Decimal(-1))):
        with pytest.raises(ValidationError):
            refused.full_clean()
