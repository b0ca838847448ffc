"""Who answers, and who we are there: the version, the sign-in and each of its refusals, the choice of a transport."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clinic.demo.running.ports import LOOPBACK, free_port
from odoo_bridge.client import Client
from odoo_bridge.errors import Denied, Incompatible, Retry, Unreachable
from tests.contract.peers import Peer, administrators_password

EVERY = ("jsonrpc", "xmlrpc", "json2", "rest")
pytestmark = pytest.mark.looks_only


@pytest.mark.over(*EVERY)
def test_the_version_is_told_to_everybody(peer: Peer) -> None:
    with Client(peer.url, "nobody knows it", "nobody", "nothing", transport=peer.transport) as client:
        version = client.version()
        assert version.text.startswith(str(version.major))
        assert client.major == version.major
    if peer.is_sandbox:
        assert version.major == int(peer.name.partition("-")[0])


@pytest.mark.over(*EVERY)
def test_the_user_is_known_by_the_id(odoo: Client, peer: Peer) -> None:
    (user,) = odoo.read("res.users", [odoo.uid], ["login"])
    assert user == {"id": odoo.uid, "login": peer.username}


@pytest.mark.over(*EVERY)
def test_the_clock_of_the_server_is_read(odoo: Client) -> None:
    assert odoo.server_time is None
    odoo.search("res.country", [], limit=1)
    moment = odoo.server_time
    assert moment
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.over(*EVERY)
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"api_key": "0" * 40}, "credentials"),
        ({"username": "nobody"}, "credentials"),
        ({"database": "none"}, "database"),
    ],
    ids=["the key", "the user", "the database"],
)
def test_what_is_wrong_with_a_sign_in_is_told(peer: Peer, wrong: dict[str, str], reason: str) -> None:
    right = {"url": peer.url, "database": peer.database, "username": peer.username, "api_key": peer.key}
    with Client(**(right | wrong), transport=peer.transport) as client:  # type: ignore[arg-type]
        for ask in (lambda: client.uid, lambda: client.search("res.partner", [])):
            with pytest.raises(Denied) as caught:
                ask()
            assert (caught.value.reason, caught.value.retry) == (reason, Retry.NEVER)


def test_the_transport_is_chosen_by_the_version(peer: Peer) -> None:
    with Client(peer.url, peer.database, peer.username, peer.key) as client:
        assert client.uid
        assert client.transport.name == ("json2" if client.major >= 19 else "jsonrpc")


def test_a_password_signs_in_as_a_key_does(peer: Peer) -> None:
    name, password = administrators_password(peer)
    with Client(peer.url, peer.database, name, password) as client:
        assert client.read("res.users", [client.uid], ["login"])[0]["login"] == name
        assert client.transport.name == "jsonrpc"


def test_a_transport_that_the_server_does_not_have_is_told_by_name(peer: Peer, odoo: Client) -> None:
    transport = "rest" if odoo.major >= 19 else "json2"
    with (
        Client(peer.url, peer.database, peer.username, peer.key, transport=transport) as client,  # type: ignore[arg-type]
        pytest.raises(Incompatible, match="no Odoo interface at"),
    ):
        client.search("res.partner", [])


def test_nobody_there_is_unreachable(peer: Peer) -> None:
    url = f"http://{LOOPBACK}:{free_port()}"
    with Client(url, peer.database, peer.username, peer.key, transport=peer.transport) as client:  # type: ignore[arg-type]
        with pytest.raises(Unreachable) as caught:
            client.search("res.partner", [])
        assert caught.value.retry is Retry.LATER
