"""Records are made, found, read, changed and deleted; and those of a model are walked through, however many."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from odoo_bridge.client import Client, Condition, F, Model
from odoo_bridge.client.batches import create_all
from odoo_bridge.errors import Missing, Rejected
from tests.contract.peers import Peer

from .conftest import Made

EVERY = ("jsonrpc", "xmlrpc", "json2", "rest")
TAG = "res.partner.category"


@pytest.mark.over(*EVERY)
def test_a_record_is_made_read_changed_and_deleted(odoo: Client, made: Made, unique: str) -> None:
    record = made("res.partner", odoo.create("res.partner", {"name": unique, "email": "ann@example.com"}))
    assert odoo.search("res.partner", [["name", "=", unique]]) == [record]
    assert odoo.read("res.partner", [record], ["name", "email"]) == [
        {"id": record, "name": unique, "email": "ann@example.com"}
    ]
    odoo.write("res.partner", [record], {"email": False, "city": "Cork"})
    assert odoo.search_read("res.partner", [["id", "=", record]], ["email", "city"]) == [
        {"id": record, "email": False, "city": "Cork"}
    ]
    odoo.unlink("res.partner", [record])
    assert odoo.search_count("res.partner", [["name", "=", unique]]) == 0
    assert odoo.read("res.partner", [record], ["name"]) == []


@pytest.mark.over(*EVERY)
def test_what_is_gone_is_missing(odoo: Client, made: Made, unique: str) -> None:
    gone, there = (made("res.partner", odoo.create("res.partner", {"name": f"{unique} {n}"})) for n in (1, 2))
    odoo.unlink("res.partner", [gone])
    assert [row["id"] for row in odoo.read("res.partner", [gone, there], ["name"])] == [there]
    named = () if odoo.transport.name == "rest" else (gone,)
    for change in (
        lambda: odoo.write("res.partner", [gone], {"name": "Late"}),
        lambda: odoo.unlink("res.partner", [gone]),
    ):
        with pytest.raises(Missing) as caught:
            change()
        assert (caught.value.ids, caught.value.model) == (named, "res.partner")


def test_several_are_made_in_their_order_or_none(odoo: Client, made: Made, unique: str) -> None:
    names = [f"{unique} {number}" for number in (3, 1, 2)]
    ids = odoo.create("res.partner", [{"name": name} for name in names])
    for record in ids:
        made("res.partner", record)
    assert [row["name"] for row in odoo.read("res.partner", ids, ["name"])] == names
    with pytest.raises(Rejected):
        odoo.create("res.partner", [{"name": f"{unique} 4"}, {"name": False}])
    assert odoo.search_count("res.partner", [["name", "=like", f"{unique}%"]]) == 3
    assert odoo.create("res.partner", []) == []


def test_several_are_changed_and_deleted_at_once_or_none(odoo: Client, made: Made, unique: str) -> None:
    ids = odoo.create("res.partner", [{"name": f"{unique} {number}"} for number in range(3)])
    for record in ids:
        made("res.partner", record)
    odoo.write("res.partner", ids, {"color": 4})
    assert [row["color"] for row in odoo.read("res.partner", ids, ["color"])] == [4, 4, 4]
    odoo.unlink("res.partner", ids[:1])
    with pytest.raises(Missing):
        odoo.write("res.partner", ids, {"color": 7})
    with pytest.raises(Missing):
        odoo.unlink("res.partner", ids)
    assert [row["color"] for row in odoo.read("res.partner", ids, ["color"])] == [4, 4]


@pytest.mark.looks_only
@pytest.mark.over(*EVERY)
def test_an_answer_is_ordered_and_cut(odoo: Client) -> None:
    every = odoo.search("res.country", [], order="code desc")
    assert len(every) == odoo.search_count("res.country", []) > 100
    codes = [row["code"] for row in odoo.read("res.country", every, ["code"])]
    assert codes == sorted(codes, reverse=True)
    assert odoo.search("res.country", [], order="code desc", limit=7, offset=3) == every[3:10]
    rows = odoo.search_read("res.country", [], ["code"], order="code desc", limit=7, offset=len(every) - 2)
    assert [row["id"] for row in rows] == every[-2:]
    assert odoo.search("res.country", [], offset=len(every)) == []
    in_two = odoo.search_read("res.country", [], ["currency_id", "code"], order="currency_id desc, code", limit=50)
    assert len(in_two) == 50


def test_archived_records_are_found_when_asked_for(odoo: Client, made: Made, unique: str) -> None:
    record = made(TAG, odoo.create(TAG, {"name": unique, "active": False}))
    assert odoo.search(TAG, [["name", "=", unique]]) == []
    assert odoo.search(TAG, [["name", "=", unique]], context={"active_test": False}) == [record]
    assert odoo.search(TAG, [["name", "=", unique], ["active", "in", [True, False]]]) == [record]
    assert Model(odoo, TAG, context={"active_test": False}).count(F("name") == unique) == 1


# ---- many


MANY = 3000


@pytest.fixture(scope="session")
def crowd(peer: Peer) -> Iterator[str]:
    """The beginning of the names of three thousand tags, which are numbered."""
    name = uuid4().hex[:12]
    with peer.client() as client:
        rows = [{"name": f"{name} {number:04}", "color": number % 11} for number in range(MANY)]
        ids = [record for batch in create_all(client, TAG, rows, count=1000) for record in batch]
        yield name
        client.unlink(TAG, client.search(TAG, [["id", "in", ids]]))


def test_thousands_are_walked_through_in_the_order_of_their_ids(odoo: Client, crowd: str) -> None:
    seen = list(Model(odoo, TAG).each(F("name").matches(f"{crowd}%"), ["name", "color"], page=700))
    assert [row["name"] for row in seen] == [f"{crowd} {number:04}" for number in range(MANY)]
    assert [row["id"] for row in seen] == sorted(row["id"] for row in seen)
    assert {row["color"] for row in seen} == set(range(11))


def test_three_times_as_many_take_no_more_memory(odoo: Client, crowd: str) -> None:
    tags = Model(odoo, TAG)
    thousand = _peak(tags, F("name").matches(f"{crowd} 0%"))
    # Whatever kept all of them would take three times as much; a page more or less in the air is chance.
    assert _peak(tags, F("name").matches(f"{crowd}%")) < 2 * thousand


def _peak(tags: Model, condition: Condition) -> int:
    """Bytes at most while the records are walked through, a hundred at a time."""
    for _ in tags.each(condition, ["name"], page=100):  # what is made once is made now
        break
    tracemalloc.start()
    try:
        assert sum(1 for _ in tags.each(condition, ["name"], page=100)) >= 1000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_none_is_skipped_when_others_are_deleted_meanwhile(odoo: Client, made: Made, unique: str) -> None:
    ids = odoo.create(TAG, [{"name": f"{unique} {number}"} for number in range(9)])
    for record in ids:
        made(TAG, record)
    seen = []
    for row in Model(odoo, TAG).each(F("id").in_(ids), ["name"], page=3):
        seen.append(row["id"])
        if row["id"] == ids[2]:
            odoo.unlink(TAG, ids[:3])
    assert seen == ids


def test_what_changed_comes_in_pages(odoo: Client, made: Made, unique: str) -> None:
    ids = odoo.create("res.partner", [{"name": f"{unique} {number}"} for number in range(5)])
    for record in ids:
        made("res.partner", record)
    odoo.write("res.partner", ids[3:4], {"active": False})
    since = (odoo.server_time or datetime.now(UTC)) - timedelta(minutes=1)
    ours = [["name", "=like", f"{unique}%"]]
    pages = list(odoo.changed_since("res.partner", since, ["name"], domain=ours, page=2))
    assert [[row["id"] for row in page] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    later = since + timedelta(hours=1)
    assert list(odoo.changed_since("res.partner", later, ["name"], domain=ours)) == []


# ---- by external id


def test_rows_are_loaded_once_by_their_external_ids(odoo: Client, made: Made, unique: str) -> None:
    fields, rows = ["id", "name", "color"], [[f"contract.{unique}_{n}", f"{unique} {n}", str(n)] for n in range(3)]
    ids = odoo.load(TAG, fields, rows).raise_if_refused()
    for record in ids:
        made(TAG, record)
    rows[1][2] = "9"
    assert odoo.load(TAG, fields, rows).raise_if_refused() == ids
    assert [row["color"] for row in odoo.read(TAG, ids, ["color"])] == [0, 9, 2]
    assert odoo.resolve(f"contract.{unique}_1") == (TAG, ids[1])
    assert odoo.resolve(f"contract.{unique}_7") is None


def test_a_refused_row_keeps_all_rows_out(odoo: Client, unique: str) -> None:
    rows = [[f"contract.{unique}_{n}", name] for n, name in enumerate((unique, "", unique))]
    loaded = odoo.load("res.partner", ["id", "name"], rows)
    assert (loaded.refused, loaded.retryable, bool(loaded)) == (True, False, False)
    assert 1 in loaded.suspects
    with pytest.raises(Rejected, match="require a name"):
        loaded.raise_if_refused()
    assert odoo.search_count("res.partner", [["name", "=", unique]]) == 0
    assert odoo.resolve(f"contract.{unique}_0") is None
