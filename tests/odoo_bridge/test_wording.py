"""Plain values as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from odoo_bridge.fields import Bool, Char, Date, Datetime
from odoo_bridge.mappings.order import Order
from odoo_bridge.wording import LineDifference, line_differences, worded


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (Datetime("starts_at"), "2026-07-01 09:00:00", "1 Jul 2026, 10:00"),
        (Datetime("starts_at"), "rubbish", "rubbish"),
        (Date("issued_on"), "2026-07-01", "1 Jul 2026"),
        (Bool("is_active"), True, "yes"),
        (Bool("is_active", words=("archived", "in use")), False, "archived"),
        (Char("city"), None, ""),
        (Char("city"), "Cork", "Cork"),
        (None, [3, 4], "3, 4"),
        (None, [], ""),
    ],
)
def test_moments_are_on_the_clinics_clock_and_nothing_is_said_of_what_is_empty(field, value, words, settings):
    settings.TIME_ZONE = "Europe/Dublin"
    assert worded(field, value) == words


@dataclass
class Item:
    uid: UUID
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass
class Plan:
    items: list[Item]


def test_lines_are_told_apart_by_what_they_are_called_here_or_in_odoo():
    filling, crown = Item(uuid4(), "Filling on 36"), Item(uuid4(), "Crown on 11")
    keys = [f"clinic.item_{item.uid.hex}" for item in (filling, crown)]
    values = {"product_uom_qty": "1", "price_unit": "120", "discount": "0"}
    ours = dict.fromkeys(keys, values)
    theirs = {keys[0]: values | {"discount": "10"}, "#9": values | {"name": "Whitening"}}

    assert line_differences(Order.order_line, Plan([filling, crown]), ours, theirs) == [
        LineDifference("Filling on 36", "discount", "0", "10"),
        LineDifference("Crown on 11", "", "quantity 1, fee 120", "not there"),
        LineDifference("Whitening", "", "not there", "quantity 1, fee 120"),
    ]
    assert line_differences(Order.order_line, None, ours, {})[0].line == "A line"
    before = {keys[0]: values | {"discount": "5"}, keys[1]: values | {"price_unit": "90"}}
    known = line_differences(Order.order_line, Plan([filling, crown]), ours, theirs, before)
    assert [one.agreed for one in known] == ["5", "quantity 1, fee 90", "not there"], "neither side's of now"
