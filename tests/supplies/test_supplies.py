"""Supplies: what is there, where, and what runs low."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.demo.factories import BranchFactory
from clinic.staff.models import User
from clinic.supplies import actions
from clinic.supplies.actions import Goods
from clinic.supplies.models import Holding, Supply
from tests.desk.conftest import practice  # noqa: F401

pytestmark = pytest.mark.django_db


def goods(key: str = "1@8", name: str = "Gloves", warehouse: str = "WH") -> Goods:
    return Goods(key, name, "GLV", "Units", f"{warehouse}/Stock", warehouse)


def hold(quantity: int, **facts: str) -> Holding:
    [holding] = actions.hold([goods(**facts)])
    holding.quantity = Decimal(quantity)
    holding.save()
    return holding


def test_lots_of_one_product_at_one_place_are_one_supply():
    hold(4)
    hold(3)
    supply = Supply.objects.with_quantity().get()
    assert (supply.name, supply.quantity) == ("Gloves", 7)


def test_a_warehouse_with_a_branchs_code_is_that_branchs_and_others_are_everybodys():
    north, south = BranchFactory(code="NORTH"), BranchFactory(code="SOUTH")
    hold(1, key="1@8", warehouse="NORTH")
    hold(1, key="1@9", warehouse="WH", name="Masks")
    assert {supply.name for supply in Supply.objects.at([north])} == {"Gloves", "Masks"}
    assert {supply.name for supply in Supply.objects.at([south])} == {"Masks"}


def test_a_supply_keeps_when_it_is_low_though_it_was_used_up_and_comes_again_under_another_name():
    holding = hold(4)
    Supply.objects.update(low_below=5)
    holding.delete()
    assert [supply.quantity for supply in Supply.objects.low()] == [0]
    hold(9, name="Gloves, blue")
    supply = Supply.objects.with_quantity().get()
    assert (supply.name, supply.low_below, supply.is_low) == ("Gloves, blue", 5, False)


def test_a_holding_that_was_moved_belongs_to_the_supply_there():
    holding = hold(4)
    actions.describe([(holding, goods(key="1@9", warehouse="SOUTH"))])
    assert Holding.objects.get().supply.place == "SOUTH/Stock"


def test_a_fixed_number_of_queries_brings_a_page():
    counts = []
    for size in (2, 50):
        page = [goods(key=f"{size}-{number}@8") for number in range(size)]
        with CaptureQueriesContext(connection) as queries:
            actions.hold(page)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_lists_what_is_there_and_what_runs_low(practice):  # noqa: F811
    hold(4)
    hold(90, key="2@8", name="Masks")
    Supply.objects.update(low_below=10)
    hygienist = practice.somebody(User.Role.HYGIENIST)
    everything = hygienist.get("/supplies/").content.decode()
    assert "Gloves" in everything
    assert "Masks" in everything
    low = hygienist.get("/supplies/?show=low").content.decode()
    assert "Gloves" in low
    assert "Masks" not in low
    assert "Nothing matches" in hygienist.get("/supplies/?q=drill").content.decode()


def test_whoever_works_with_supplies_says_when_they_are_low(practice):  # noqa: F811
    hold(4)
    supply = Supply.objects.get()
    manager = practice.somebody(User.Role.MANAGER)
    assert manager.post(f"/supplies/{supply.pk}/low/", {"low_below": "2.5"}).url == "/supplies/"
    assert Supply.objects.get().low_below == Decimal("2.5")
    manager.post(f"/supplies/{supply.pk}/low/", {"low_below": "3,5"})
    assert Supply.objects.get().low_below == Decimal("3.5"), "as most of Europe writes it"
    mistyped = manager.post(f"/supplies/{supply.pk}/low/", {"low_below": "many"}, follow=True)
    assert "Not saved" in mistyped.content.decode()
    assert manager.post(f"/supplies/{supply.pk}/low/", {"low_below": "", "show": "low"}).url == "/supplies/?show=low"
    assert Supply.objects.get().low_below is None
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    assert accountant.get("/supplies/").status_code == 200
    assert accountant.post(f"/supplies/{supply.pk}/low/", {"low_below": "1"}).status_code == 403


def test_another_branchs_supply_is_not_found(practice):  # noqa: F811
    hold(4, warehouse="SOUTH")
    supply = Supply.objects.get()
    assert supply.branch == practice.elsewhere
    assert practice.somebody(User.Role.MANAGER).post(f"/supplies/{supply.pk}/low/", {}).status_code == 404
