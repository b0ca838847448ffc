"""What there is in an Odoo, and what the user may do with it: asked before, and refused where it is done after all."""

from __future__ import annotations

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.access import may, rights
from odoo_bridge.errors import Denied, Incompatible, Rejected, Retry


@pytest.mark.looks_only
def test_the_users_rights_are_those_of_the_groups(odoo: Client) -> None:
    assert rights(odoo, "res.partner").missing == []
    assert rights(odoo, "res.country").missing == ["write", "create", "unlink"]
    assert rights(odoo, "account.move").missing == []
    assert may(odoo, "res.users", "read")
    assert not may(odoo, "res.users", "create")
    assert not may(odoo, "ir.model.data", "read")
    with pytest.raises(Incompatible):
        rights(odoo, "no.model")


@pytest.mark.looks_only
def test_every_mapped_model_may_be_written(odoo: Client) -> None:
    for model in ("res.partner", "calendar.event", "account.move", "account.payment"):
        assert not {"read", "write", "create"} & set(rights(odoo, model).missing), model


@pytest.mark.looks_only
def test_what_may_not_be_read_is_denied(odoo: Client, unchecked: Client) -> None:
    for client in (odoo, unchecked):
        with pytest.raises(Denied) as caught:
            client.search("ir.model.data", [], limit=1)
        assert (caught.value.reason, caught.value.retry) == ("rights", Retry.NEVER)


def test_what_may_not_be_written_is_denied(odoo: Client, unique: str) -> None:
    (country,) = odoo.search("res.country", [["code", "=", "IE"]])
    for change in (
        lambda: odoo.write("res.country", [country], {"name": unique}),
        lambda: odoo.create("res.country", {"name": unique, "code": "XX"}),
        lambda: odoo.unlink("res.country", [country]),
        lambda: odoo.call("res.partner", "_write", [1], vals={"name": unique}),
    ):
        with pytest.raises(Denied) as caught:
            change()
        assert caught.value.reason == "rights"
    assert odoo.search("res.country", [["name", "=", unique]]) == []


@pytest.mark.looks_only
def test_fields_are_described(odoo: Client) -> None:
    fields = odoo.fields_get("account.move")
    assert {name: fields[name]["type"] for name in ("name", "partner_id", "invoice_date", "amount_total")} == {
        "name": "char",
        "partner_id": "many2one",
        "invoice_date": "date",
        "amount_total": "monetary",
    }
    assert fields["partner_id"]["relation"] == "res.partner"
    assert {"draft", "posted", "cancel"} <= {key for key, _ in fields["state"]["selection"]}
    assert fields["amount_total"]["readonly"] is True
    assert set(odoo.fields_get("res.partner", ["type"])["email"]) >= {"type"}


@pytest.mark.looks_only
def test_what_this_odoo_does_not_have_is_incompatible(odoo: Client, unchecked: Client) -> None:
    for ask in (
        lambda: odoo.search("no.model", []),
        lambda: unchecked.search("no.model", []),
        lambda: odoo.call("res.partner", "no_method", [1]),
        lambda: unchecked.search_read("res.partner", [], ["no_field"], limit=1),
        lambda: unchecked.search("res.partner", [["no_field", "=", 1]], limit=1),
        lambda: odoo.call("res.partner", "search", no_argument=1),
    ):
        with pytest.raises(Incompatible) as caught:
            ask()
        assert caught.value.retry is Retry.NEVER


def test_an_unknown_field_is_refused_by_odoo_too(odoo: Client, unchecked: Client, unique: str) -> None:
    values = {"name": unique, "no_field": 1}
    with pytest.raises(Rejected) as caught:
        odoo.create("res.partner", values)
    assert caught.value.field == "no_field"
    with pytest.raises(Incompatible):
        unchecked.create("res.partner", values)
    assert odoo.search_count("res.partner", [["name", "=", unique]]) == 0


@pytest.mark.looks_only
def test_an_unknown_field_is_refused_before_it_is_asked_for(odoo: Client) -> None:
    for ask in (
        lambda: odoo.search_read("res.partner", [], ["no_field"]),
        lambda: odoo.read("res.partner", [1], ["no_field"]),
        lambda: odoo.search("res.partner", [["no_field", "=", 1]]),
    ):
        with pytest.raises(Rejected) as caught:
            ask()
        assert caught.value.field == "no_field"
