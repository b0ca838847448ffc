from __future__ import annotations

import time

import pytest

from odoo_bridge.sandbox import OdooError, Sandbox
from tests.odoo_bridge.sandbox.conftest import Clock, User

HEAD = ["id", "name", "email"]


def test_the_same_external_ids_are_the_same_records(bridge: User) -> None:
    rows = [["clinic.p_1", "Ann", "a@x.com"], ["clinic.p_2", "Bob", "b@x.com"]]
    first = bridge("res.partner", "load", HEAD, rows)
    assert bridge("res.partner", "load", HEAD, rows) == first
    assert bridge("ir.model.data", "check_object_reference", "clinic", "p_2") == [
        "res.partner",
        first["ids"][1],
    ]


def test_one_bad_row_and_nothing_is_written(sandbox: Sandbox, bridge: User) -> None:
    before = sandbox.query("SELECT COUNT(*) FROM res_partner")
    answer = bridge("res.partner", "load", HEAD, [["c.1", "Ann", ""], ["c.2", "", ""]])
    assert answer["ids"] is False
    assert [m["record"] for m in answer["messages"]] == [1]
    assert sandbox.query("SELECT COUNT(*) FROM res_partner") == before
    assert sandbox.query("SELECT 1 FROM ir_model_data WHERE module = 'c'") == []


def test_an_empty_cell_clears_the_field(bridge: User) -> None:
    (made,) = bridge("res.partner", "load", HEAD, [["c.1", "Ann", "a@x.com"]])["ids"]
    bridge("res.partner", "load", HEAD, [["c.1", "Ann", ""]])
    assert bridge.one("res.partner", made, "email")["email"] is False


@pytest.mark.parametrize(("zone", "stored"), [("America/New_York", "14:00"), ("UTC", "09:00"), (None, "09:00")])
def test_times_are_read_in_the_zone_of_the_context(zone: str | None, stored: str, bridge: User) -> None:
    row = [["c.e", "Visit", "2027-03-01 09:00:00", "2027-03-01 09:30:00"]]
    (made,) = bridge(
        "calendar.event", "load", ["id", "name", "start", "stop"], row, context={"tz": zone} if zone else {}
    )["ids"]
    assert bridge.one("calendar.event", made, "start")["start"] == f"2027-03-01 {stored}:00"


def test_times_are_read_in_the_zone_of_the_user(bridge: User, office: User) -> None:
    office("res.users", "write", [bridge.uid], {"tz": "Europe/Paris"})
    row = [["c.e", "Visit", "2027-03-01 09:00:00", "2027-03-01 09:30:00"]]
    (made,) = bridge("calendar.event", "load", ["id", "name", "start", "stop"], row)["ids"]
    assert bridge.one("calendar.event", made, "start")["start"] == "2027-03-01 08:00:00"


def test_lines_without_external_ids_are_added_again(bridge: User) -> None:
    partner = bridge("res.partner", "create", {"name": "Ann"})
    head = ["id", "move_type", "partner_id/.id", "invoice_line_ids/name", "invoice_line_ids/price_unit"]
    row = ["c.i", "out_invoice", partner, "Visit", "100"]
    (move,) = bridge("account.move", "load", head, [row])["ids"]
    bridge("account.move", "load", head, [row])
    assert bridge.one("account.move", move, "amount_total")["amount_total"] == 200.0


def test_lines_with_external_ids_are_changed_in_place(bridge: User) -> None:
    partner = bridge("res.partner", "create", {"name": "Ann"})
    lines = ["invoice_line_ids/id", "invoice_line_ids/name", "invoice_line_ids/price_unit"]
    head = ["id", "move_type", "partner_id/.id", *lines]

    def rows(price: str) -> list[list[str]]:
        return [
            ["c.i", "out_invoice", str(partner), "c.l1", "Visit", price],
            ["", "", "", "c.l2", "X-ray", "50"],
        ]

    (move,) = bridge("account.move", "load", head, rows("100"))["ids"]
    assert bridge("account.move", "load", head, rows("120"))["ids"] == [move]
    assert bridge.one("account.move", move, "amount_total")["amount_total"] == 170.0


def test_an_external_id_wins_over_a_database_id(bridge: User) -> None:
    there = bridge("res.partner", "create", {"name": "Ann"})
    (made,) = bridge("res.partner", "load", ["id", ".id", "name"], [["c.new", str(there), "Other"]])["ids"]
    assert made != there
    assert bridge.one("res.partner", there, "name")["name"] == "Ann"


def test_a_deleted_target_is_made_anew(bridge: User) -> None:
    (made,) = bridge("res.partner", "load", HEAD, [["c.1", "Ann", ""]])["ids"]
    bridge("res.partner", "unlink", [made])
    assert bridge("res.partner", "load", HEAD, [["c.1", "Ann", ""]])["ids"] != [made]


def test_an_archived_target_stays_archived(bridge: User) -> None:
    (made,) = bridge("res.partner", "load", HEAD, [["c.1", "Ann", ""]])["ids"]
    bridge("res.partner", "action_archive", [made])
    assert bridge("res.partner", "load", HEAD, [["c.1", "Ann B", ""]])["ids"] == [made]
    assert bridge.one("res.partner", made, "name", "active") == {"id": made, "name": "Ann B", "active": False}


def test_all_rows_of_a_load_have_one_write_date(bridge: User, clock: Clock) -> None:
    ids = bridge("res.partner", "load", HEAD, [[f"c.{n}", f"P{n}", ""] for n in range(50)])["ids"]
    rows = bridge("res.partner", "read", ids, ["write_date"])
    assert {row["write_date"] for row in rows} == {"2026-11-22 08:00:00"}


def test_an_unknown_column_is_a_fault(bridge: User) -> None:
    with pytest.raises(OdooError) as caught:
        bridge("res.partner", "load", ["id", "nofield"], [["c.1", "x"]])
    assert caught.value.name == "builtins.KeyError"


def test_five_hundred_rows_are_loaded_in_a_moment(bridge: User) -> None:
    rows = [[f"c.{n}", f"Patient {n}", f"p{n}@example.com"] for n in range(500)]
    began = time.perf_counter()
    assert len(bridge("res.partner", "load", HEAD, rows)["ids"]) == 500
    # A quarter of a second is the aim; a busy machine gets ten times that.
    assert time.perf_counter() - began < 2.5
