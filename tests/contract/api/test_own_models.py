"""Models and fields of one's own, made by an administrator and used by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from odoo_bridge.client import Client, Model
from odoo_bridge.client.access import rights
from odoo_bridge.client.customs import CustomField, Customs
from odoo_bridge.errors import Denied, OdooError, Rejected
from tests.contract.peers import Peer

from .conftest import needs

FIELDS = [
    CustomField("x_code", "char", "Code"),
    CustomField("x_kind", "selection", "Kind", selection=(("a", "Any"), ("b", "Big"))),
    CustomField("x_partner_id", "many2one", "Partner", relation="res.partner"),
    CustomField("x_when", "datetime", "When", required=True),
    CustomField("x_tag_ids", "many2many", "Tags", relation="res.partner.category"),
]


@pytest.fixture
def name(office: Client) -> Iterator[str]:
    """The name of a model that is not there yet, and is gone after the test."""
    needs(office, "ir.model")
    name = f"x_contract_{uuid4().hex[:8]}"
    yield name
    found = Customs(office).model(name)
    if found:
        with suppress(OdooError):
            office.unlink("ir.model", [found])


def test_a_model_of_ones_own_is_made_once_and_used(office: Client, name: str, peer: Peer, partner: int) -> None:
    customs = Customs(office)
    made = customs.ensure_model(name, "Thing")
    assert customs.ensure_model(name, "Thing") == made
    for field in FIELDS:
        assert customs.ensure_field(name, field) == customs.ensure_field(name, field)
    assert set(FIELDS) <= set(customs.fields(name))
    with peer.client() as client:
        assert rights(client, name).missing == ["read", "write", "create", "unlink"]
    assert customs.allow(name) == customs.allow(name, unlink=False)
    with peer.client() as client:
        assert rights(client, name).missing == ["unlink"]
        things = Model(client, name)
        moment = datetime(2026, 2, 3, 9, tzinfo=UTC)
        thing = things.create({"x_code": "1", "x_kind": "b", "x_partner_id": partner, "x_when": moment})
        row = things.one(thing, ["x_code", "x_kind", "x_partner_id", "x_when", "x_tag_ids"])
        assert row["x_partner_id"].id == partner
        assert (row["x_code"], row["x_kind"], row["x_when"], row["x_tag_ids"]) == ("1", "b", moment, ())
        with pytest.raises(Rejected) as caught:
            things.create({"x_kind": "c", "x_when": moment})
        assert caught.value.field == "x_kind"


def test_another_field_of_that_name_is_left_alone(office: Client, name: str) -> None:
    customs = Customs(office)
    customs.ensure_model(name, "Thing")
    for field in FIELDS[:2]:
        customs.ensure_field(name, field)
    for other, difference in (
        (CustomField("x_code", "integer", "Code"), "of type char, not integer"),
        (CustomField("x_kind", "selection", "Kind", selection=(("c", "C"),)), "does not offer c"),
    ):
        with pytest.raises(Rejected, match=difference):
            customs.ensure_field(name, other)
    with pytest.raises(Rejected):
        customs.ensure_field(name, CustomField("x_bad_id", "many2one", "Bad", relation="no.model"))
    assert [field.name for field in customs.fields(name, names=["x_bad_id"])] == []


def test_only_administrators_make_models(odoo: Client, name: str) -> None:
    with pytest.raises(Denied) as caught:
        Customs(odoo).ensure_model(name, "Thing")
    assert caught.value.reason == "rights"
