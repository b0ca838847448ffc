"""Fields of several records are changed by commands, on every transport alike."""

from __future__ import annotations

from decimal import Decimal

import pytest

from odoo_bridge.client import Client, Command
from odoo_bridge.errors import Rejected

from .conftest import Made

TAG = "res.partner.category"


@pytest.fixture
def tags(odoo: Client, made: Made, unique: str) -> list[int]:
    """Three tags."""
    return [made(TAG, odoo.create(TAG, {"name": f"{unique} {number}"})) for number in range(3)]


def tags_of(odoo: Client, partner: int) -> list[int]:
    found: list[int] = odoo.read("res.partner", [partner], ["category_id"])[0]["category_id"]
    return sorted(found)


def test_tags_are_linked_and_taken_off(odoo: Client, partner: int, tags: list[int], made: Made, unique: str) -> None:
    def do(*commands: list[object]) -> list[int]:
        odoo.write("res.partner", [partner], {"category_id": list(commands)})
        return tags_of(odoo, partner)

    assert do(Command.link(tags[0]), Command.link(tags[1])) == tags[:2]
    assert do(Command.link(tags[0])) == tags[:2]
    assert do(Command.unlink(tags[0])) == [tags[1]]
    assert do(Command.set([tags[2], tags[0]])) == [tags[0], tags[2]]
    assert do(Command.update(tags[0], {"color": 9})) == [tags[0], tags[2]]
    assert odoo.read(TAG, [tags[0]], ["color"]) == [{"id": tags[0], "color": 9}]
    assert do(Command.clear()) == []
    assert len(odoo.read(TAG, tags, ["name"])) == 3
    (new,) = do(Command.create({"name": f"{unique} new"}))
    made(TAG, new)
    assert odoo.read(TAG, [new], ["name"]) == [{"id": new, "name": f"{unique} new"}]
    assert do(Command.link(tags[1]), Command.delete(tags[1])) == [new]
    assert [row["id"] for row in odoo.read(TAG, tags, ["name"])] == [tags[0], tags[2]]


def test_contacts_of_a_company_are_made_changed_and_let_go(odoo: Client, partner: int, made: Made) -> None:
    def do(*commands: list[object]) -> dict[str, int]:
        odoo.write("res.partner", [partner], {"child_ids": list(commands)})
        rows = odoo.search_read("res.partner", [["parent_id", "=", partner]], ["name"], order="id")
        return {row["name"]: made("res.partner", row["id"]) for row in rows}

    children = do(Command.create({"name": "Ann"}), Command.create({"name": "Bob"}), Command.create({"name": "Cid"}))
    assert list(children) == ["Ann", "Bob", "Cid"]
    assert list(do(Command.update(children["Bob"], {"name": "Rob"}))) == ["Ann", "Rob", "Cid"]
    assert list(do(Command.delete(children["Cid"]))) == ["Ann", "Rob"]
    assert odoo.read("res.partner", [children["Cid"]], ["name"]) == []
    assert list(do(Command.unlink(children["Ann"]))) == ["Rob"]
    assert odoo.read("res.partner", [children["Ann"]], ["parent_id"]) == [{"id": children["Ann"], "parent_id": False}]
    assert list(do(Command.link(children["Ann"]))) == ["Ann", "Rob"]
    assert list(do(Command.set([children["Ann"]]))) == ["Ann"]
    assert do(Command.clear()) == {}
    assert len(odoo.read("res.partner", [children["Ann"], children["Bob"]], ["name"])) == 2


def test_lines_of_an_invoice_are_changed(odoo: Client, invoice: int) -> None:
    def do(*commands: list[object]) -> tuple[list[str], Decimal]:
        odoo.write("account.move", [invoice], {"invoice_line_ids": list(commands)})
        row = odoo.read("account.move", [invoice], ["invoice_line_ids", "amount_total"])[0]
        lines = odoo.read("account.move.line", sorted(row["invoice_line_ids"]), ["name"])
        return [line["name"] for line in lines], Decimal(str(row["amount_total"]))

    (visit,) = odoo.read("account.move", [invoice], ["invoice_line_ids"])[0]["invoice_line_ids"]
    film = {"name": "Film", "quantity": 1, "price_unit": 12.5, "tax_ids": [Command.clear()]}
    assert do(Command.create(film)) == (["Visit", "Film"], Decimal("92.5"))
    assert do(Command.update(visit, {"quantity": 1})) == (["Visit", "Film"], Decimal("52.5"))
    assert do(Command.delete(visit)) == (["Film"], Decimal("12.5"))


def test_several_are_made_with_their_parts(odoo: Client, made: Made, unique: str) -> None:
    child = [Command.create({"name": f"{unique} child", "category_id": [Command.create({"name": unique})]})]
    parent = made("res.partner", odoo.create("res.partner", {"name": unique, "child_ids": child}))
    (row,) = odoo.search_read("res.partner", [["parent_id", "=", parent]], ["name", "category_id"])
    made("res.partner", row["id"])
    (tag,) = row["category_id"]
    made(TAG, tag)
    assert (row["name"], odoo.read(TAG, [tag], ["name"])[0]["name"]) == (f"{unique} child", unique)


def test_a_command_that_names_an_unknown_field_is_refused(odoo: Client) -> None:
    with pytest.raises(Rejected) as caught:
        odoo.create("res.partner", {"name": "Ann", "child_ids": [Command.create({"no_field": 1})]})
    assert (caught.value.field, caught.value.model) == ("no_field", "res.partner")
