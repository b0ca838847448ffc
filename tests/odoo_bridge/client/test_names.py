"""What a call names has to be there: unknown fields are refused before the call, with the field's name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from odoo_bridge.client import Client, Command, F
from odoo_bridge.client.customs import CustomField, Customs
from odoo_bridge.errors import Rejected, Unreachable

from .conftest import KEY, Connect
from .served import sandbox_client
from .wire import Request, Wire

CALLS: dict[str, tuple[str, Callable[[Client], Any]]] = {
    "search": ("shoe_size", lambda odoo: odoo.search("res.partner", [["shoe_size", "=", 42]])),
    "search_count": ("shoe_size", lambda odoo: odoo.search_count("res.partner", F("shoe_size") == 42)),
    "search by a path": (
        "country_id.shoe_size",
        lambda odoo: odoo.search("res.partner", [["country_id.shoe_size", "=", 42]]),
    ),
    "a search that fits everything": (
        "company_type",
        lambda odoo: odoo.search("res.partner", [["company_type", "=", "person"]]),
    ),
    "search_read": ("shoe_size", lambda odoo: odoo.search_read("res.partner", [], ["name", "shoe_size"])),
    "read": ("shoe_size", lambda odoo: odoo.read("res.partner", [1], ["shoe_size"])),
    "create": ("shoe_size", lambda odoo: odoo.create("res.partner", {"name": "Ann", "shoe_size": 42})),
    "create several": (
        "shoe_size",
        lambda odoo: odoo.create("res.partner", [{"name": "Ann"}, {"name": "Ben", "shoe_size": 42}]),
    ),
    "create with lines": (
        "shoe_size",
        lambda odoo: odoo.create("res.partner", {"name": "A", "child_ids": [Command.create({"shoe_size": 4})]}),
    ),
    "write": ("shoe_size", lambda odoo: odoo.write("res.partner", [1], {"shoe_size": 42})),
    "load": ("shoe_size", lambda odoo: odoo.load("res.partner", ["id", "shoe_size"], [["a.b", "42"]])),
    "load lines": (
        "shoe_size",
        lambda odoo: odoo.load("account.move", ["id", "invoice_line_ids/shoe_size"], [["a.b", "42"]]),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_field_is_refused_by_name_before_the_call(
    call: str, odoo: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "odoo_bridge.calls")
    field, made = CALLS[call]
    with pytest.raises(Rejected) as caught:
        made(odoo)
    assert caught.value.field == field
    assert {record.getMessage().split()[0].rpartition(".")[2] for record in caplog.records} <= {"fields_get"}


def test_a_field_that_was_added_since_is_found() -> None:
    with sandbox_client(17) as odoo:
        boss = Client(str(odoo.address), "sandbox", "admin", "admin")
        with boss, pytest.raises(Rejected):
            boss.write("res.partner", [1], {"x_allergies": "none"})
        with Client(str(odoo.address), "sandbox", "admin", "admin") as other:
            Customs(other).ensure_field("res.partner", CustomField("x_allergies", "char", "Allergies"))
        boss.write("res.partner", [1], {"x_allergies": "none"})
        assert boss.read("res.partner", [1], ["x_allergies"])[0]["x_allergies"] == "none"
        boss.close()


def test_where_odoo_does_not_tell_its_fields_it_judges_by_itself(connect: Connect, wire: Wire) -> None:
    def answer(request: Request) -> None:
        if request.call()[2][4] == "fields_get":
            request.result({"error": {"data": {"name": "odoo.exceptions.AccessError", "message": "Not for you."}}})
        else:
            request.result([3])

    client = connect(answer, checks_fields=True)
    assert client.search("res.partner", [["shoe_size", "=", 42]]) == [3]
    with pytest.raises(Rejected, match="operator"):
        client.search("res.partner", [["shoe_size", "==", 42]])


def test_where_odoo_told_its_fields_and_does_not_any_more_it_judges_by_itself(connect: Connect, wire: Wire) -> None:
    """A field that is not known is looked for once more, and by then the user may have lost the right to ask."""
    asked: list[str] = []

    def answer(request: Request) -> None:
        if request.call()[2][4] != "fields_get":
            request.result([3])
        elif asked:
            request.result({"error": {"data": {"name": "odoo.exceptions.AccessError", "message": "Not for you."}}})
        else:
            asked.append("fields_get")
            request.result({"name": {"type": "char"}})

    client = connect(answer, checks_fields=True)
    assert client.search("res.partner", [["shoe_size", "=", 42]]) == [3]
    assert asked


def test_a_question_that_is_not_answered_leaves_nothing_to_look_for(connect: Connect, wire: Wire) -> None:
    client = connect(lambda request: request.reset(), checks_fields=True)
    with pytest.raises(Unreachable):
        client.create("res.partner", {"name": "Ann"})
    assert [call[1] for call in wire.calls] == ["fields_get"]


def test_without_the_check_names_are_left_to_odoo(connect: Connect, wire: Wire) -> None:
    client = connect(lambda request: request.result([3]))
    assert client.search("res.partner", [["shoe_size", "=", 42]]) == [3]
    assert [call[1] for call in wire.calls] == ["search"]
    assert KEY not in repr(client)
