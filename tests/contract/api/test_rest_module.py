"""Over the REST module there are records, and no more; what it cannot do is refused by name, before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from odoo_bridge.client import Client, Command
from odoo_bridge.client.customers import Customers
from odoo_bridge.errors import Denied, Incompatible, Missing, Rejected
from tests.contract.peers import Peer

from .conftest import Made

pytestmark = pytest.mark.over("rest")
Call = Callable[[Client], Any]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda odoo: odoo.call("account.move", "action_post", [1]), "cannot action_post"),
        (lambda odoo: odoo.load("res.partner", ["id", "name"], [["c.1", "Ann"]]), "cannot load"),
        (lambda odoo: odoo.fields_get("res.partner"), "cannot fields_get"),
        (lambda odoo: odoo.resolve("base.main_company"), "cannot check_object_reference"),
        (lambda odoo: odoo.create("res.partner", [{"name": "a"}, {"name": "b"}]), "creates one record at a time"),
        (lambda odoo: odoo.write("res.partner", [1, 2], {"ref": "x"}), "changes one record at a time"),
        (lambda odoo: odoo.unlink("res.partner", [1, 2]), "changes one record at a time"),
        (
            lambda odoo: odoo.search("res.partner", [], context={"active_test": False}),
            "cannot be told the context active_test",
        ),
        (lambda odoo: Customers(odoo).find(phone="1"), "cannot fields_get"),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(odoo: Client, call: Call, reason: str) -> None:
    with pytest.raises(Incompatible, match=reason):
        call(odoo)


def test_lists_are_written_by_commands(odoo: Client, made: Made, unique: str) -> None:
    child = Command.create({"name": f"{unique} child"})
    parent = made("res.partner", odoo.create("res.partner", {"name": unique, "child_ids": [child]}))
    (found,) = odoo.search("res.partner", [["parent_id", "=", parent]])
    made("res.partner", found)
    odoo.write("res.partner", [parent], {"child_ids": [Command.unlink(found)], "ref": "x"})
    assert odoo.read("res.partner", [found], ["parent_id"])[0]["parent_id"] is False


def test_its_refusals_are_told_apart(odoo: Client, partner: int, unique: str) -> None:
    with pytest.raises(Rejected, match="require a name"):
        odoo.create("res.partner", {"email": "a@example.com"})
    with pytest.raises(Incompatible):
        odoo.search("no.model", [])
    with pytest.raises(Rejected, match="not allowed"):  # the module calls it wrong parameters
        odoo.create("res.country", {"name": unique, "code": "XX"})
    odoo.unlink("res.partner", [partner])
    with pytest.raises(Missing):
        odoo.unlink("res.partner", [partner])


def test_after_its_token_was_deleted_the_client_signs_in_anew(odoo: Client, peer: Peer) -> None:
    assert odoo.search("res.country", [], limit=1)
    with urllib3.PoolManager(retries=False) as pool:
        who = {"db": peer.database, "login": peer.username, "password": peer.key}
        # The same token is given until it is deleted.
        token = pool.request("GET", f"{peer.url}/api/auth/token", headers=who).json()["access_token"]
        answer = pool.request("DELETE", f"{peer.url}/api/auth/token", headers={"access-token": token})
        assert answer.status == 200
    with pytest.raises(Denied) as caught:
        odoo.search("res.country", [], limit=1)
    assert caught.value.reason == "credentials"
    assert odoo.search("res.country", [], limit=1)


def test_signing_out_deletes_the_token_and_a_later_call_signs_in_anew(peer: Peer, odoo: Client) -> None:
    account = {"db": peer.database, "login": peer.username, "password": peer.key}
    with urllib3.PoolManager(retries=False) as pool:

        def token() -> str:
            return str(pool.request("GET", f"{peer.url}/api/auth/token", headers=account).json()["access_token"])

        def status_with(given: str) -> int:
            return pool.request("GET", f"{peer.url}/api/res.partner/1", headers={"access-token": given}).status

        assert odoo.uid
        before = token()  # the module gives the same one until it is deleted
        assert status_with(before) == 200
        odoo.sign_out()
        assert status_with(before) == 401
        odoo.sign_out()  # nothing is left to give up
        assert odoo.search("res.partner", [], limit=1)
        assert token() != before
