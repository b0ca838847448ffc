"""Hints of Odoo's: whoever knows the address can make the clinic look, and nothing more."""

from __future__ import annotations

import pytest
from django.test import Client

from odoo_bridge import doorbell
from odoo_bridge.models import Connection
from odoo_bridge.views.hook import secret_of


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bell is only counted: there is no broker in this process."""
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "hint", lambda: rung.append("pull"))
    return rung


def test_a_hint_makes_the_worker_look_and_its_content_is_not_read(connection: Connection, rung: list[str]) -> None:
    address = f"/sync/hooks/{connection.pk}/{secret_of(connection)}/"
    odoo = Client(enforce_csrf_checks=True)
    assert odoo.post(address, b"<not read>", content_type="application/json").status_code == 204
    assert rung == ["pull"]
    assert odoo.get(address).status_code == 405


def test_without_the_secret_there_is_nothing(connection: Connection, rung: list[str]) -> None:
    other = "0" * 40
    for address in (f"{connection.pk}/{other}", f"{connection.pk + 1}/{secret_of(connection)}", f"{connection.pk}/é"):
        assert Client().post(f"/sync/hooks/{address}/").status_code == 404
    Connection.objects.update(state="paused")
    assert Client().post(f"/sync/hooks/{connection.pk}/{secret_of(connection)}/").status_code == 404
    assert rung == []


def test_a_manager_finds_the_address_on_the_connections_page(manager: Client, connection: Connection) -> None:
    page = manager.get(f"/sync/connection/{connection.pk}/").content.decode()
    assert f"http://testserver/sync/hooks/{connection.pk}/{secret_of(connection)}/" in page
