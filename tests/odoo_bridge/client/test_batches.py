"""Batches by count and size, and records that get the same values in one write."""

from __future__ import annotations

import itertools
import json
import logging
import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.client import Client
from odoo_bridge.client.batches import at_once, create_all, encoded_size, grouped, load_all, split
from odoo_bridge.client.updating import update_all
from odoo_bridge.errors import Rejected

ROWS = st.lists(st.text(max_size=30), max_size=40)


@given(ROWS, st.integers(1, 40), st.integers(200, 400))
def test_batches_keep_the_order_and_both_limits(rows: list[str], count: int, size: int) -> None:
    batches = split(rows, count=count, size=size)
    assert [row for batch in batches for row in batch] == rows
    assert all(0 < len(batch) <= count for batch in batches)
    assert all(len(json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode()) <= size for batch in batches)
    for batch, following in itertools.pairwise(batches):
        full = len(batch) == count or encoded_size([*batch, following[0]]) > size
        assert full


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 4))
def test_the_rows_of_one_record_stay_together(continuing: list[bool], count: int) -> None:
    rows = list(enumerate(continuing))
    batches = split(rows, count=count, continues=lambda row: row[1])
    assert [row for batch in batches for row in batch] == rows
    for batch in batches[1:]:
        assert not batch[0][1]
    for batch in batches:
        assert sum(not row[1] for row in batch[1:]) + 1 <= count


def test_a_row_that_is_too_large_is_refused_by_its_name_before_anything_is_sent() -> None:
    rows = [{"name": "Ann"}, {"name": "Ben", "comment": "é" * 600}]
    with pytest.raises(Rejected, match=r"^Record 2 \(Ben\) has 12\d\d bytes; 1000 may be sent"):
        split(rows, size=1000, name=lambda row: row["name"])
    with pytest.raises(Rejected, match=r"^Record 2 has "):
        split(rows, size=1000)


@pytest.mark.parametrize(("count", "batches"), [(2, 3), (5, 1), (100, 1)])
def test_rows_are_loaded_in_batches_with_their_lines(odoo: Client, caplog: Any, count: int, batches: int) -> None:
    caplog.set_level(logging.INFO, "odoo_bridge.calls")
    unique = uuid4().hex
    rows = [[f"batches.{unique}_{number}", f"Batch {number}"] for number in range(5)]
    ids = load_all(odoo, "res.partner", ["id", "name"], rows, count=count)
    assert [row["name"] for row in odoo.read("res.partner", ids, ["name"])] == [row[1] for row in rows]
    assert sum("res.partner.load" in record.getMessage() for record in caplog.records) == batches
    assert load_all(odoo, "res.partner", ["id", "name"], rows, count=count) == ids


def test_lines_are_never_cut_off_from_their_invoice(odoo: Client) -> None:
    partner = odoo.create("res.partner", {"name": "Payer"})
    unique = uuid4().hex
    fields = ["id", "move_type", "partner_id/.id", "invoice_line_ids/id", "invoice_line_ids/name"]
    rows = []
    for number in range(3):
        key = f"batches.{unique}_{number}"
        rows.append([key, "out_invoice", str(partner), f"{key}_1", "Visit"])
        rows.append(["", "", "", f"{key}_2", "X-ray"])
    ids = load_all(odoo, "account.move", fields, rows, count=1)
    assert len(ids) == 3
    assert [len(row["invoice_line_ids"]) for row in odoo.read("account.move", ids, ["invoice_line_ids"])] == [2, 2, 2]


def test_a_refused_batch_stops_the_loading(odoo: Client) -> None:
    unique = uuid4().hex
    rows = [[f"batches.{unique}_1", "Ann"], [f"batches.{unique}_2", ""], [f"batches.{unique}_3", "Ben"]]
    with pytest.raises(Rejected):
        load_all(odoo, "res.partner", ["id", "name"], rows, count=1)
    assert odoo.resolve(rows[0][0])
    assert odoo.resolve(rows[2][0]) is None


def test_what_was_created_before_an_error_is_known(odoo: Client) -> None:
    ref = uuid4().hex
    made: list[int] = []
    with pytest.raises(Rejected):
        for ids in create_all(odoo, "res.partner", [{"name": name, "ref": ref} for name in ("a", "b", "")], count=2):
            made += ids
    assert odoo.search("res.partner", [["ref", "=", ref]], order="id") == made
    assert len(made) == 2


def test_nothing_is_created_when_a_later_row_is_too_large(odoo: Client) -> None:
    ref = uuid4().hex
    with pytest.raises(Rejected, match=r"Record 2 \(b\)"):
        create_all(odoo, "res.partner", [{"name": "a", "ref": ref}, {"name": "b", "comment": "x" * 999}], size=900)
    assert odoo.search("res.partner", [["ref", "=", ref]]) == []


# ---- writing many


def test_records_with_equal_values_are_written_together() -> None:
    updates: dict[int, Any] = {
        5: {"color": 1, "active": True},
        3: {"color": 2},
        9: {"active": True, "color": 1},
        2: {"color": True},
        1: {"color": "1"},
    }
    assert grouped(updates) == [
        ([5, 9], {"color": 1, "active": True}),
        ([3], {"color": 2}),
        ([2], {"color": True}),
        ([1], {"color": "1"}),
    ]


@given(st.dictionaries(st.integers(1, 50), st.dictionaries(st.sampled_from("ab"), st.integers(0, 1) | st.none())))
def test_grouping_loses_and_changes_nothing(updates: dict[int, dict[str, Any]]) -> None:
    groups = grouped(updates)
    assert {one: values for ids, values in groups for one in ids} == updates
    assert sum(len(ids) for ids, _ in groups) == len(updates)
    assert len({json.dumps(values, sort_keys=True) for _, values in groups}) == len(groups)


def test_batches_on_two_connections_give_the_same_ids_in_the_same_order(odoo: Client) -> None:
    unique = uuid4().hex
    rows = [[f"batches.{unique}_{number}", f"Batch {number}"] for number in range(25)]
    ids = load_all(odoo, "res.partner", ["id", "name"], rows, count=3, connections=2)
    assert [row["name"] for row in odoo.read("res.partner", ids, ["name"])] == [row[1] for row in rows]


def test_after_an_error_no_further_batch_is_begun() -> None:
    begun = []

    def work(job: int) -> int:
        begun.append(job)
        if job == 2:
            raise Rejected("No.")
        time.sleep(0.05)
        return job

    with pytest.raises(Rejected):
        at_once(work, range(50), 2)
    assert len(begun) < 10


def test_a_row_without_an_external_id_is_a_record_of_its_own_and_not_a_line(odoo: Client) -> None:
    rows = [["", f"Own {number} {uuid4().hex}"] for number in range(5)]
    ids = load_all(odoo, "res.partner", ["id", "name"], rows, count=2)
    assert [row["name"] for row in odoo.read("res.partner", ids, ["name"])] == [row[1] for row in rows]


def test_a_batch_of_nothing_is_refused(odoo: Client) -> None:
    with pytest.raises(Rejected, match="one record at least"):
        split(["a"], count=0)
    with pytest.raises(Rejected, match="one record at least"):
        update_all(odoo, "res.partner", {1: {"name": "Ann"}}, count=-1)
