"""x2many commands: by name, as every transport carries them, and checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.commands import Command, checked_commands
from odoo_bridge.errors import Rejected

EACH = [
    (Command.create({"name": "a"}), [0, 0, {"name": "a"}]),
    (Command.update(7, {"name": "a"}), [1, 7, {"name": "a"}]),
    (Command.delete(7), [2, 7, 0]),
    (Command.unlink(7), [3, 7, 0]),
    (Command.link(7), [4, 7, 0]),
    (Command.clear(), [5, 0, 0]),
    (Command.set((7, 8)), [6, 0, [7, 8]]),
]


@pytest.mark.parametrize(("command", "written"), EACH)
def test_a_command_is_the_list_that_odoo_reads(command: list[Any], written: list[Any]) -> None:
    assert command == written
    assert checked_commands([command]) == [written]
    assert checked_commands((tuple(command),)) == [written]


@pytest.mark.parametrize(
    ("short", "full"), [((5,), [5, 0, 0]), ((4, 7), [4, 7, 0]), ((0, False, {"a": 1}), [0, 0, {"a": 1}])]
)
def test_shorter_forms_that_odoo_reads_are_filled_up(short: Any, full: list[Any]) -> None:
    assert checked_commands([short]) == [full]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (7, "is not a list of three"),
        ((), "is not a list of three"),
        ((0, 0, {}, 1), "is not a list of three"),
        ((7, 0, 0), "none of the numbers 0 to 6"),
        ((True, 0, 0), "none of the numbers 0 to 6"),
        (("create", 0, {}), "none of the numbers 0 to 6"),
        ((1, 0, {}), r"\(update\) names no record"),
        ((2, False, 0), r"\(delete\) names no record"),
        ((3,), r"\(unlink\) names no record"),
        ((4, -1, 0), r"\(link\) names no record"),
        ((0, 0, None), "has no values by field"),
        ((0, 0, {1: "x"}), "has no values by field"),
        ((1, 7, [("a", 1)]), "has no values by field"),
        ((6, 0, 5), "has no list of ids"),
        ((6, 0), "has no list of ids"),
        ((6, 0, ["5"]), "has no list of ids"),
        ((6, 0, [0]), "has no list of ids"),
    ],
)
def test_a_malformed_command_is_refused_by_its_number(command: Any, reason: str) -> None:
    with pytest.raises(Rejected, match=f"^Command 2 for line_ids .*{reason}") as caught:
        checked_commands([Command.clear(), command], "line_ids")
    assert caught.value.field == "line_ids"


def test_commands_come_in_a_list() -> None:
    for wrong in ("0", {}, 5, None):
        with pytest.raises(Rejected, match="a list of commands"):
            checked_commands(wrong)  # type: ignore[arg-type]


def test_odoo_does_what_each_command_says(odoo: Client) -> None:
    def tag(name: str) -> int:
        return odoo.create("res.partner.category", {"name": name})

    def tags() -> set[int]:
        return set(odoo.read("res.partner", [partner], ["category_id"])[0]["category_id"])

    one, two, three = tag("one"), tag("two"), tag("three")
    partner = odoo.create("res.partner", {"name": "Ann", "category_id": [Command.set([one, two])]})
    assert tags() == {one, two}
    odoo.write("res.partner", [partner], {"category_id": [Command.unlink(one), Command.link(three)]})
    assert tags() == {two, three}
    odoo.write("res.partner", [partner], {"category_id": [Command.update(two, {"name": "second"})]})
    assert odoo.read("res.partner.category", [two], ["name"])[0]["name"] == "second"
    odoo.write("res.partner", [partner], {"category_id": [Command.create({"name": "four"})]})
    assert tags() > {two, three}
    odoo.write("res.partner", [partner], {"category_id": [Command.delete(two)]})
    assert odoo.read("res.partner.category", [two], ["name"]) == []
    odoo.write("res.partner", [partner], {"category_id": [Command.clear()]})
    assert tags() == set()
    assert odoo.read("res.partner.category", [one], ["name"])
