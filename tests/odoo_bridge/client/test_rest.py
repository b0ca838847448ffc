"""The client over the REST module, as the sandbox has it installed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Denied, Garbled, Incompatible, Rejected
from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from tests.odoo_bridge.sandbox.serving import serving

from .wire import Request, Wire
from .wire import serving as wired


@pytest.fixture
def url() -> Iterator[str]:
    sandbox = Sandbox(17)
    with serving(sandbox, with_rest=True) as caller:
        yield caller.url
    sandbox.close()


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url, "sandbox", "bridge", BRIDGE_KEY, transport="rest") as client:
        yield client


def test_only_what_was_asked_for_is_found(client: Client) -> None:
    made = [client.create("res.partner", {"name": name, "ref": "rest"}) for name in ("Ann", "Bob")]
    domain = [["ref", "=", "rest"]]
    assert client.search("res.partner", domain, order="name desc") == [made[1], made[0]]
    assert client.search_count("res.partner", domain) == 2
    assert client.read("res.partner", [made[1]], ["name"]) == [{"id": made[1], "name": "Bob"}]
    assert client.search_read("res.partner", domain, ["name"], limit=1, offset=1) == [{"id": made[1], "name": "Bob"}]


def test_lists_are_written_and_records_deleted(client: Client) -> None:
    made = client.create("res.partner", {"name": "Ann", "child_ids": [[0, 0, {"name": "Bob"}]]})
    assert client.search_count("res.partner", [["parent_id", "=", made]]) == 1
    client.write("res.partner", [made], {"ref": "x", "child_ids": [[0, 0, {"name": "Cid"}]]})
    assert client.search_count("res.partner", [["parent_id", "=", made]]) == 2
    (row,) = client.read("res.partner", [made], ["ref"])
    assert row["ref"] == "x"
    alone = client.create("res.partner", {"name": "Alone"})
    client.unlink("res.partner", [alone])
    assert client.search("res.partner", [["id", "=", alone]]) == []


def test_refusals_are_told_apart(client: Client, url: str) -> None:
    with pytest.raises(Rejected, match="Contacts require a name"):
        client.create("res.partner", {"email": "a@example.com"})
    with pytest.raises(Incompatible, match="cannot load"):
        client.load("res.partner", ["id", "name"], [["c.1", "Ann"]])
    with (
        pytest.raises(Denied),
        Client(url, "sandbox", "bridge", "wrong", transport="rest") as wrong,
    ):
        wrong.search("res.partner", [])


def test_a_file_is_refused_and_nothing_is_made_in_its_place(client: Client) -> None:
    with pytest.raises(Incompatible, match="no files"):
        client.attachments.upload("res.partner", 1, "x-ray.png", io.BytesIO(b"picture"))
    assert client.search_count("ir.attachment", [["name", "=", "x-ray.png"]]) == 0


@pytest.mark.parametrize(
    ("method", "args", "field"),
    [
        ("read", (), "ids"),
        ("read", (7,), "ids"),
        ("write", ([7],), "vals"),
        ("write", ([7], "x"), "vals"),
        ("write", (["x"], {}), "ids"),
        ("unlink", (), "ids"),
        ("create", (), "vals_list"),
        ("create", (None,), "vals_list"),
    ],
)
def test_calls_that_lack_something_are_refused(method: str, args: tuple[Any, ...], field: str, client: Client) -> None:
    with pytest.raises(Rejected) as refused:
        client.call("res.partner", method, *args)
    assert refused.value.field == field


@pytest.mark.parametrize("rows", [[], [{"id": 1}, {"id": 2}], [{"id": "x"}], [{"id": None}], ["x"], "x", None])
def test_an_answer_about_a_new_record_that_cannot_be_read_is_garbled(rows: Any) -> None:
    def answer(request: Request) -> None:
        granted = {"access_token": "t", "uid": 7}
        request.page(json.dumps(granted if "auth" in request.path else {"data": rows}), media="application/json")

    with wired(Wire(answer, everything=True)) as wire:
        with Client(wire.url, "db", "bridge", "password", transport="rest") as odoo, pytest.raises(Garbled):
            odoo.create("res.partner", {"name": "Ann"})
        assert sum(request.path == "/api/res.partner" for request in wire.requests) == 1
