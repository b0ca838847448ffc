"""Ids, names, values and rows of the wrong shape are refused before anything is sent, with the argument named."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import Rejected
from odoo_bridge.transports.http import Timeout

from .conftest import Connect
from .served import sandbox_client
from .wire import Wire

Call = Callable[[Client], Any]
PARTNER = "res.partner"


@pytest.mark.parametrize("ids", ["12", 7, None, {7: "Ann"}, [True], ["7"], [7.0], [0], [-1], [None]])
@pytest.mark.parametrize("method", ["read", "write", "unlink"])
def test_what_are_no_ids_are_refused(method: str, ids: Any, wire: Wire, connect: Connect) -> None:
    client = connect()
    calls: dict[str, Call] = {
        "read": lambda odoo: odoo.read(PARTNER, ids, ["name"]),
        "write": lambda odoo: odoo.write(PARTNER, ids, {"name": "Ann"}),
        "unlink": lambda odoo: odoo.unlink(PARTNER, ids),
    }
    with pytest.raises(Rejected) as refused:
        calls[method](client)
    assert refused.value.field == "ids"
    assert wire.requests == []


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda odoo: odoo.create(PARTNER, None), "vals_list"),
        (lambda odoo: odoo.create(PARTNER, "abc"), "vals_list"),
        (lambda odoo: odoo.create(PARTNER, [{"name": "Ann"}, None]), "vals_list[1]"),
        (lambda odoo: odoo.create(PARTNER, {1: "Ann"}), "vals"),
        (lambda odoo: odoo.write(PARTNER, [7], None), "vals"),
        (lambda odoo: odoo.read(PARTNER, [7], None), "fields"),
        (lambda odoo: odoo.read(PARTNER, [7], "name"), "fields"),
        (lambda odoo: odoo.read(PARTNER, [7], [["name"]]), "fields"),
        (lambda odoo: odoo.load(PARTNER, "id", [["x.1"]]), "fields"),
        (lambda odoo: odoo.load(PARTNER, ["id"], None), "data"),
        (lambda odoo: odoo.load(PARTNER, ["id", "name"], [{"id": "x.1", "name": "Ann"}]), "data"),
        (lambda odoo: odoo.load(PARTNER, ["id", "name"], ["ab"]), "data"),
        (lambda odoo: odoo.call(PARTNER, "load", ["id"], None), "data"),
        (lambda odoo: odoo.call(PARTNER, "load", ["id"], [None]), "data"),
        (lambda odoo: odoo.call(PARTNER, "load", None, [["x.1"]]), "fields"),
    ],
)
def test_what_is_no_list_and_no_values_is_refused(call: Call, field: str, wire: Wire, connect: Connect) -> None:
    with pytest.raises(Rejected) as refused:
        call(connect())
    assert refused.value.field == field
    assert wire.requests == []


def test_values_that_hold_themselves_are_refused() -> None:
    values: dict[str, Any] = {"name": "Ann"}
    values["child_ids"] = [[0, 0, values]]
    with sandbox_client(17) as odoo, pytest.raises(Rejected, match="nested too deeply"):
        odoo.create(PARTNER, values)


def test_a_part_of_a_date_is_refused_where_odoo_knows_none() -> None:
    with sandbox_client(17) as odoo, pytest.raises(Rejected, match="from version 19 on") as refused:
        odoo.search(PARTNER, [["create_date.year_number", "=", 2024]])
    assert refused.value.field == "create_date.year_number"


@pytest.mark.parametrize("kind", ["jsonrpc", "xmlrpc", "json2", "auto"])
@pytest.mark.parametrize("broken", ["line\nbreak", "end\n", "\x00", "\ud800", None])
@pytest.mark.parametrize("place", ["database", "username", "api_key"])
def test_a_credential_that_no_wire_carries_is_refused_and_not_repeated(kind: Any, broken: Any, place: str) -> None:
    credentials = {"database": "clinic", "username": "bridge", "api_key": "secret"} | {place: broken}
    with pytest.raises(Rejected, match="invisible character") as refused:
        Client("http://127.0.0.1:1", **credentials, transport=kind)
    assert refused.value.field == place
    assert "line" not in refused.value.message.replace("line break", "")


@pytest.mark.parametrize("model", ["", "res/../res", "res partner", "res.partner\n", "res.\ud800", "rés", ".", None])
def test_what_is_no_name_of_a_model_is_refused(model: Any, wire: Wire, connect: Connect) -> None:
    with pytest.raises(Rejected) as refused:
        connect().call(model, "read", [7])
    assert refused.value.field == "model"
    assert wire.requests == []


@pytest.mark.parametrize("method", ["", "read/x", "re ad", "read\n", "\ud800", "7", None])
def test_what_is_no_name_of_a_method_is_refused(method: Any, wire: Wire, connect: Connect) -> None:
    with pytest.raises(Rejected) as refused:
        connect().call(PARTNER, method, [7])
    assert refused.value.field == "method"
    assert wire.requests == []


@pytest.mark.parametrize("kind", ["jsonrpc", "xmlrpc"])
def test_other_names_of_arguments_and_contexts_are_refused(kind: str, wire: Wire, connect: Connect) -> None:
    client = connect(transport=kind)
    with pytest.raises(Rejected, match="name of an argument"):
        client.call(PARTNER, "read", [7], **{"\ud800": 1})
    with pytest.raises(Rejected) as refused:
        client.call(PARTNER, "read", [7], context=5)
    assert refused.value.field == "context"
    assert wire.requests == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"timeout": Timeout(connect=0)}, "timeout"),
        ({"timeout": Timeout(read=-1)}, "timeout"),
        ({"timeout": Timeout(read=math.nan)}, "timeout"),
        ({"ca_file": "/nowhere/house.pem"}, "ca_file"),
        ({"context": 5}, "context"),
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        Client("https://odoo.example.com", "clinic", "bridge", "key", **wrong)
    assert refused.value.field == field


def test_a_moment_before_the_calendar_is_refused(wire: Wire, connect: Connect) -> None:
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    with pytest.raises(Rejected, match="since: a time") as refused:
        connect().changed_since(PARTNER, early, ["name"])
    assert refused.value.field == "write_date"
    with pytest.raises(Rejected, match="one record at least"):
        connect().changed_since(PARTNER, datetime(2024, 1, 1, tzinfo=UTC), ["name"], page=0)
    assert wire.requests == []
