"""What the user may do, by the method that each version has."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.access import Rights, may, rights
from odoo_bridge.errors import Garbled, Incompatible

from .conftest import Connect
from .wire import Request, Wire

GONE = {"error": {"data": {"name": "builtins.AttributeError", "message": "The method 'x' does not exist on y"}}}


def test_rights_are_those_that_odoo_grants(odoo: Client) -> None:
    assert rights(odoo, "res.partner") == Rights("res.partner", read=True, write=True, create=True, unlink=True)
    countries = rights(odoo, "res.country")
    assert countries.read
    assert countries.missing == ["write", "create", "unlink"]
    assert rights(odoo, "res.partner").missing == []


def test_a_model_that_is_not_there_has_no_rights(odoo: Client) -> None:
    with pytest.raises(Incompatible):
        rights(odoo, "no.model")


@pytest.mark.parametrize(
    ("major", "has", "asked"),
    [
        (16, "check_access_rights", [["check_access_rights", ["write"], {"raise_exception": False}]]),
        (17, "check_access_rights", [["check_access_rights", ["write"], {"raise_exception": False}]]),
        (18, "has_access", [["has_access", [[], "write"], {}]]),
        (19, "has_access", [["has_access", [[], "write"], {}]]),
        (
            18,
            "check_access_rights",
            [["has_access", [[], "write"], {}], ["check_access_rights", ["write"], {"raise_exception": False}]],
        ),
    ],
)
def test_each_version_is_asked_by_its_own_method(
    major: int, has: str, asked: list[Any], wire: Wire, connect: Connect
) -> None:
    wire.version = {"server_version": f"{major}.0", "server_version_info": [major, 0, 0, "final", 0, ""]}
    client = connect(lambda request: request.result(True if method_of(request) == has else GONE))
    assert may(client, "res.partner", "write") is True
    assert [call[1:] for call in wire.calls] == asked


def method_of(request: Request) -> str:
    return str(request.call()[2][4])


def test_an_answer_that_is_neither_yes_nor_no_is_garbled(connect: Connect) -> None:
    with pytest.raises(Garbled):
        may(connect(lambda request: request.result("yes")), "res.partner", "read")
