"""OdooRPC, odooly and odoo-client-lib work with the sandbox as they do with a real Odoo.

With ODOO_URL and its companions, ODOO_ADMIN_PASSWORD and ODOO_TEST_DATABASE=1 the same runs against a real server.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4
from xmlrpc.client import Fault

import httpx
import odoolib.tools
import odooly
import odoorpc
import pytest

from tests.contract import peers
from tests.odoo_bridge.peers.clients import REFUSALS, ByClientLibJson2, ByOdooly, ByOdooRPC, Program, sign_in
from tests.odoo_bridge.peers.servers import FIRST_WITH_JSON2, Server, named, names

# The clients leave their connections to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FAULTS = (odoorpc.error.RPCError, odooly.ServerError, odoolib.tools.JsonRPCException, Fault, ValueError)


def invoice(program: Program) -> int:
    partner = program.create("res.partner", {"name": f"Payer {uuid4()}"})
    line = {"name": "Visit", "quantity": 1, "price_unit": 40.0, "tax_ids": [[6, 0, []]]}
    vals = {"move_type": "out_invoice", "partner_id": partner, "invoice_line_ids": [[0, 0, line]]}
    return program.create("account.move", {**vals, "invoice_date": "2026-11-20"})


@pytest.mark.looks_only
def test_it_signs_in_as_somebody(program: Program) -> None:
    (user,) = program.read("res.users", [program.whoami()], ["id", "login"])
    assert user["id"] == program.whoami() > 0


@pytest.mark.looks_only
def test_a_wrong_secret_is_refused(client: str, server: Server) -> None:
    with pytest.raises(REFUSALS):
        sign_in(client, server, "wrong")


def test_a_record_is_made_found_read_changed_and_deleted(program: Program) -> None:
    name = f"Ann {uuid4()}"
    made = program.create("res.partner", {"name": name, "email": "ann@example.com"})
    assert program.search("res.partner", [["name", "=", name]]) == [made]
    row = program.one("res.partner", made, "name", "email", "parent_id", "category_id")
    assert row == {"id": made, "name": name, "email": "ann@example.com", "parent_id": False, "category_id": []}
    assert program.write("res.partner", [made], {"email": False, "phone": "+1 415 555 2671"})
    assert program.one("res.partner", made, "email")["email"] is False
    assert program.unlink("res.partner", [made])
    assert program.search("res.partner", [["name", "=", name]]) == []


def test_a_search_is_limited_and_ordered(program: Program) -> None:
    ref = str(uuid4())
    made = [program.create("res.partner", {"name": name, "ref": ref}) for name in ("Bob", "Ann", "Cid")]
    found = program.search("res.partner", [["ref", "=", ref]], order="name desc", limit=2)
    assert found == [made[2], made[0]]


def test_a_contact_is_archived(program: Program) -> None:
    made = program.create("res.partner", {"name": f"Ann {uuid4()}"})
    program.call("res.partner", "action_archive", [made])
    assert program.one("res.partner", made, "active")["active"] is False
    assert program.search("res.partner", [["id", "=", made]]) == []
    program.call("res.partner", "action_unarchive", [made])
    assert program.search("res.partner", [["id", "=", made]]) == [made]


def test_an_invoice_is_posted_drafted_and_cancelled(program: Program) -> None:
    made = invoice(program)
    states = []
    for method in ("action_post", "button_draft", "button_cancel"):
        program.call("account.move", method, [made])
        states.append(program.one("account.move", made, "state")["state"])
    assert states == ["posted", "draft", "cancel"]
    assert program.one("account.move", made, "amount_total")["amount_total"] == 40.0


def test_what_odoo_refuses_is_an_error(program: Program) -> None:
    made = invoice(program)
    program.call("account.move", "action_post", [made])
    with pytest.raises(FAULTS, match=r"(?i)draft|posted"):
        program.unlink("account.move", [made])
    assert program.one("account.move", made, "state")["state"] == "posted"


def test_odoorpc_walks_from_record_to_record(server: Server) -> None:
    program = sign_in("OdooRPC over JSON-RPC", server)
    assert isinstance(program, ByOdooRPC)
    env = program.odoo.env
    assert env.user.id == env.uid
    parent = env["res.partner"].create({"name": f"Family {uuid4()}", "is_company": True})
    child = env["res.partner"].browse(env["res.partner"].create({"name": "Bob", "parent_id": parent}))
    assert child.parent_id.id == parent
    child.name = "Rob"
    assert [each.name for each in env["res.partner"].browse(parent).child_ids] == ["Rob"]
    assert program.odoo.db.list() == [server.database]
    assert program.odoo.logout()


@pytest.mark.skipif("19" not in names(), reason="a real server was named, and no administrator's key")
def test_client_lib_finds_the_names_of_positions(started: peers.Peers) -> None:
    server = named("19", started)
    office = sign_in("odooly in a web session", server.office)
    assert isinstance(office, ByOdooly)
    description = office.create("res.users.apikeys.description", {"name": "client lib", "duration": "1"})
    shown: dict[str, Any] = office.client.env.execute("res.users.apikeys.description", "make_key", [description])
    program = sign_in("odoo-client-lib over JSON-2", server, shown["context"]["default_key"])
    assert isinstance(program, ByClientLibJson2)
    (made,) = program.model("res.partner").create([{"name": "Ann"}])
    assert program.model("res.partner").read([made], ["name"]) == {"id": made, "name": "Ann"}
    assert program.model("res.partner").write([made], {"name": "Bea"}) is True
    assert program.model("res.partner").search([["id", "=", made]], 0, 1) == [made]
    bridge = sign_in("odoo-client-lib over JSON-2", server)
    assert isinstance(bridge, ByClientLibJson2)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        bridge.model("res.partner").search([["id", "=", made]])


def test_odooly_makes_an_api_key_in_a_web_session(server: Server) -> None:
    program = sign_in("odooly in a web session", server)
    assert isinstance(program, ByOdooly)
    known = keys(program)
    description = program.create("res.users.apikeys.description", {"name": "odooly"})
    # It answers the check of the password by itself, as it does wherever Odoo asks for one.
    shown: dict[str, Any] = program.client.env.execute("res.users.apikeys.description", "make_key", [description])
    (made,) = keys(program) - known
    protocol = "odooly over JSON-2" if server.version >= FIRST_WITH_JSON2 else "odooly over JSON-RPC"
    owner = replace(server, username=server.person, key=shown["context"]["default_key"])
    assert sign_in(protocol, owner).whoami() == program.whoami()
    program.call("res.users.apikeys", "remove", [made])
    assert keys(program) == known
    with pytest.raises(REFUSALS):
        sign_in(protocol, owner)


def keys(program: Program) -> set[int]:
    return set(program.search("res.users.apikeys", [["user_id", "=", program.whoami()]]))


@pytest.mark.looks_only
def test_a_session_that_was_closed_is_over(server: Server) -> None:
    program = sign_in("odooly in a web session", server)
    assert isinstance(program, ByOdooly)
    assert program.client.web_session.get_session_info()["uid"] == program.whoami()
    program.client.web_session.destroy()
    with pytest.raises(odooly.ServerError, match="Session Expired"):
        program.client.web_session.get_session_info()


def test_odooly_lists_the_installed_modules(server: Server) -> None:
    program = sign_in("odooly over JSON-RPC", server)
    assert isinstance(program, ByOdooly)
    installed = program.client.env.modules(installed=True)["installed"]
    assert {"base", "account", "calendar", "contacts"} <= set(installed)
    (base,) = program.search("ir.module.module", [["name", "=", "base"]])
    with pytest.raises(odooly.ServerError, match="You are not allowed to modify 'Module'"):
        program.write("ir.module.module", [base], {"sequence": 1})
