"""The client over the REST module, as the sandbox has it installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Denied, Incompatible, Rejected
from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from tests.odoo_bridge.sandbox.serving import serving


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
