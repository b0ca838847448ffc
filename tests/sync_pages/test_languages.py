"""What a worker wrote down is read in the language of whoever looks."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from odoo_bridge import doctor, quarantine, timeline
from odoo_bridge.deciding import try_again
from odoo_bridge.errors import Rejected
from odoo_bridge.models import Connection, Link
from odoo_bridge.said import _
from tests.words.catalogue import compiled

FRENCH = {
    "Odoo does not accept it: %(message)s": "Odoo le refuse : %(message)s",
    "Nothing answers at %(address)s.": "Rien ne répond à %(address)s.",
    "Check the address, and that Odoo is running and can be reached from here.": "Vérifiez l'adresse.",
    "Tried again": "Nouvel essai",
    "patient": "patient ou patiente",
    "Needs you: %(reason)s": "À vous : %(reason)s",
}


@pytest.fixture(autouse=True)
def french(tmp_path: Path, settings: LazySettings) -> None:
    settings.LOCALE_PATHS = [compiled(tmp_path, "fr", FRENCH)]


def page(manager: Client, address: str, language: str = "fr") -> str:
    return manager.get(address, headers={"accept-language": language}).content.decode()


def test_why_a_record_waits(manager: Client, link: Callable[..., Link]) -> None:
    waiting = link()
    quarantine.ask(waiting, Rejected("El correo <no> vale 100 %"))
    waiting.save()

    shown = page(manager, "/sync/")

    assert "Odoo le refuse : El correo &lt;no&gt; vale 100 %" in shown and "patient ou patiente" in shown
    assert "Odoo does not accept it: El correo &lt;no&gt; vale 100 %" in page(manager, "/sync/", "en")
    record = page(manager, reverse("sync:record", args=["partner", waiting.uid]))
    assert "À vous : Odoo le refuse : El correo &lt;no&gt; vale 100 %" in record


def test_what_a_check_found(manager: Client, connection: Connection) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        Connection.objects.filter(pk=connection.pk).update(url=f"http://{address}")
        connection.refresh_from_db()
        doctor.examine(connection)

    shown = page(manager, f"/sync/connection/{connection.pk}/")

    assert f"Rien ne répond à {address}" in shown or f"Rien ne répond à http://{address}" in shown
    assert "Vérifiez l&#x27;adresse." in shown


def test_what_happened_to_a_record(manager: Client, link: Callable[..., Link]) -> None:
    tried = link(needs_person=True)
    try_again(tried, by="Priya")

    assert "Nouvel essai" in page(manager, reverse("sync:record", args=["partner", tried.uid]))
    assert timeline.of_record("partner", tried.uid)[0].note == "Tried again"


def test_a_record_of_before_shows_as_it_was_written(manager: Client, link: Callable[..., Link]) -> None:
    link(needs_person=True, reason="Odoo does not like it.")

    assert "Odoo does not like it." in page(manager, "/sync/")


def test_scripts_read_english_whoever_runs_them(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    Connection.objects.filter(pk=connection.pk).update(url="http://127.0.0.1:9")
    with translation.override("fr"), pytest.raises(SystemExit):
        call_command("odoo", "doctor", "--json")

    said = json.dumps(json.loads(capsys.readouterr().out))
    assert "Nothing answers at" in said and "Rien" not in said


def test_the_state_of_a_connection_in_trouble(manager: Client, connection: Connection) -> None:
    connection.trouble = _("Nothing answers at %(address)s.", address="odoo.example")
    connection.save()

    assert "Rien ne répond à odoo.example." in page(manager, "/sync/connections/")
