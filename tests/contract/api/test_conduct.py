"""How calls are made: in batches, remembered, at a pace, again after an error, and with a line in the log for each."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo_bridge.client import Client, F
from odoo_bridge.client.batches import create_all, load_all
from odoo_bridge.client.conduct import Conduct
from odoo_bridge.client.pacing import Pace
from odoo_bridge.client.retries import Retries
from odoo_bridge.client.updating import update_all
from odoo_bridge.errors import Busy, Garbled, Rejected, Retry, Uncertain
from tests.contract.line import line_to
from tests.contract.peers import Peer, arm

from .conftest import Made

TAG = "res.partner.category"


# ---- batches


def test_many_are_made_and_changed_in_few_calls(
    odoo: Client, made: Made, unique: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"name": f"{unique} {number:02}"} for number in range(25)]
    with caplog.at_level(logging.INFO, logger="odoo_bridge.calls"):
        batches = list(create_all(odoo, TAG, rows, count=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert sum(f"{TAG}.create" in line for line in caplog.messages) == 3
    ids = [made(TAG, record) for batch in batches for record in batch]
    calls = update_all(odoo, TAG, {record: {"color": number % 2} for number, record in enumerate(ids)})
    assert calls == 2
    assert [row["color"] for row in odoo.read(TAG, ids, ["color"])] == [number % 2 for number in range(25)]


def test_loading_stops_at_the_batch_that_is_refused(odoo: Client, made: Made, unique: str) -> None:
    rows = [[f"contract.{unique}_{number}", f"{unique} {number}"] for number in range(6)]
    ids = load_all(odoo, "res.partner", ["id", "name"], rows[:4], count=2)
    for record in ids:
        made("res.partner", record)
    rows[5][1] = ""
    with pytest.raises(Rejected, match="require a name"):
        load_all(odoo, "res.partner", ["id", "name"], rows, count=2)
    assert odoo.search("res.partner", [["name", "=like", f"{unique}%"]], order="id") == ids


# ---- what is remembered


@pytest.mark.looks_only
def test_what_changes_slowly_is_asked_once(odoo: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="odoo_bridge.calls"):
        for _ in range(3):
            assert odoo.remembered.reference("res.country", "code", "BE")
            assert odoo.remembered.reference("res.country", "code", "XX") is None
            journals = odoo.remembered.rows("account.journal", ["type"], F("type") == "sale")
            assert {row["type"] for row in journals} == {"sale"}
    searches = [line for line in caplog.messages if "search" in line]
    # What was not found is asked for again: somebody may just have added it.
    assert sum("res.country.search " in line for line in searches) == 1 + 3
    assert sum("account.journal.search_read " in line for line in searches) == 1
    with pytest.raises(Rejected, match="Several records"):
        odoo.remembered.reference("account.journal", "active", True)


def test_what_is_forgotten_is_asked_anew(odoo: Client, made: Made, unique: str) -> None:
    tag = made(TAG, odoo.create(TAG, {"name": unique}))
    assert odoo.remembered.reference(TAG, "name", unique) == tag
    odoo.unlink(TAG, [tag])
    assert odoo.remembered.reference(TAG, "name", unique) == tag
    odoo.remembered.forget(TAG)
    assert odoo.remembered.reference(TAG, "name", unique) is None


# ---- pace, log


@pytest.mark.looks_only
def test_calls_keep_their_pace(peer: Peer) -> None:
    with peer.client(conduct=Conduct(pace=Pace(20, burst=2))) as client:
        assert client.uid
        assert client.fields_get("res.country")
        started = time.monotonic()
        for _ in range(6):
            client.search("res.country", [], limit=1)
        assert time.monotonic() - started >= 4 / 20


def test_the_log_tells_of_calls_and_not_of_values(
    odoo: Client, peer: Peer, made: Made, unique: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        partner = made("res.partner", odoo.create("res.partner", {"name": unique, "email": f"{unique}@example.com"}))
        odoo.search("res.partner", [["name", "=", unique]])
        with pytest.raises(Rejected):
            odoo.write("res.partner", [partner], {"parent_id": partner})
    assert any(line.startswith("res.partner.create records=1 ") and "outcome=done" in line for line in caplog.messages)
    assert any(line.startswith("res.partner.write ") and "outcome=Rejected" in line for line in caplog.messages)
    assert unique not in caplog.text
    assert peer.key not in caplog.text


# ---- errors on the way, and what is repeated


def repeating(peer: Peer, **options: str) -> Client:
    retries = Retries(attempts=3, base=0.01, cap=0.02)
    return Client(
        options.get("url", peer.url),
        peer.database,
        peer.username,
        peer.key,
        transport=peer.transport,  # type: ignore[arg-type]
        conduct=Conduct(retries=retries),
    )


def test_a_lost_answer_leaves_open_whether_it_was_done(peer: Peer, odoo: Client, made: Made, unique: str) -> None:
    with line_to(peer.url) as line, repeating(peer, url=line.url) as client:
        client.fields_get(TAG)
        line.lose_answer(TAG, "create")
        with pytest.raises(Uncertain) as caught:
            client.create(TAG, {"name": unique, "color": 8})
        assert caught.value.retry is Retry.LOOK
        (tag,) = odoo.search(TAG, [["name", "=", unique]])  # it was done, and only once
        made(TAG, tag)
        line.lose_answer(TAG, "search")
        assert client.search(TAG, [["name", "=", unique]]) == [tag]  # looking is repeated
        line.cut(TAG, "write")
        with pytest.raises(Uncertain):
            client.write(TAG, [tag], {"color": 3})
    assert odoo.read(TAG, [tag], ["color"])[0]["color"] == 8


def test_two_who_load_the_same_rows_at_once_make_one_set(peer: Peer, odoo: Client, made: Made, unique: str) -> None:
    """The one who comes too late is told to come again: Odoo does not repeat `load()` by itself."""
    rows = [[f"contract.{unique}_{number}", f"{unique} {number}"] for number in range(40)]

    def load() -> list[int] | Busy:
        with peer.client() as client:
            try:
                return client.load(TAG, ["id", "name"], rows).raise_if_refused()
            except Busy as error:
                return error

    with ThreadPoolExecutor(3) as pool:
        answers = [future.result() for future in [pool.submit(load) for _ in range(3)]]
    ids = odoo.search(TAG, [["name", "=like", f"{unique}%"]], order="id")
    for record in ids:
        made(TAG, record)
    assert len(ids) == 40
    given = [answer for answer in answers if not isinstance(answer, Busy)]
    assert given
    assert all(sorted(answer) == ids for answer in given)
    assert load() == given[0]


def test_a_conflict_is_busy_and_goes_on_when_repeated(disturbed: Peer, odoo: Client, made: Made, unique: str) -> None:
    tag = made(TAG, odoo.create(TAG, {"name": unique}))
    arm(disturbed, "serialization", TAG, "write", times=1)
    with pytest.raises(Busy) as caught:
        odoo.write(TAG, [tag], {"color": 1})
    assert caught.value.retry is Retry.LATER
    arm(disturbed, "serialization", TAG, "write", times=2)
    with repeating(disturbed) as client:
        client.write(TAG, [tag], {"color": 2})
    assert odoo.read(TAG, [tag], ["color"])[0]["color"] == 2


@pytest.mark.parametrize(
    ("kind", "error"), [("html", Garbled), ("truncate", Uncertain), ("refuse", Uncertain), ("reset_after", Uncertain)]
)
def test_what_is_no_answer_is_uncertain(disturbed: Peer, odoo: Client, kind: str, error: type[Uncertain]) -> None:
    odoo.fields_get(TAG)
    arm(disturbed, kind, TAG, "search_count")
    with pytest.raises(error) as caught:
        odoo.search_count(TAG, [])
    assert (caught.value.retry, caught.value.model, caught.value.method) == (Retry.LOOK, TAG, "search_count")
    arm(disturbed, kind, TAG, "search_count", times=2)
    with repeating(disturbed) as client:
        assert client.search_count(TAG, []) == odoo.search_count(TAG, [])


# ---- what Odoo refuses


def test_what_is_refused_names_its_field(unchecked: Client, partner: int) -> None:
    for values, field in (({"country_id": 99_999_999}, "country_id"), ({"type": "no such type"}, "type")):
        with pytest.raises(Rejected) as caught:
            unchecked.create("res.partner", {"name": "Nobody", **values})
        assert caught.value.field == field
    with pytest.raises(Rejected) as caught:
        unchecked.create("calendar.event", {"start": "2031-01-01 09:00:00", "stop": "2031-01-01 10:00:00"})
    assert caught.value.field == "name"
    with pytest.raises(Rejected, match=r"(?i)recursive"):
        unchecked.write("res.partner", [partner], {"parent_id": partner})
