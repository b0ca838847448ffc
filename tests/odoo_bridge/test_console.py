"""`manage.py odoo doctor, call, fields, shell`: Odoo from a shell."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from odoo_bridge import doctor
from odoo_bridge.models import Connection

from .client.wire import Wire, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_settings_name_the_connection(settings, connection):
    settings.ODOO_URL = connection.url


def odoo(*words: str) -> str:
    out = io.StringIO()
    call_command("odoo", *words, stdout=out)
    return out.getvalue()


def test_a_sound_connection_ends_the_doctor_with_success(connection):
    lines = odoo("doctor").splitlines()
    assert lines[0].startswith("ok  Odoo 17")
    assert all(line.startswith("ok ") for line in lines)


def test_the_doctors_findings_as_json_and_its_exit_code(connection):
    connection.api_key = "0" * 40
    connection.save()
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("odoo", "doctor", "--json", stdout=out)
    assert caught.value.code == 1
    finding = json.loads(out.getvalue())[-1]
    assert (finding["check"], finding["ok"]) == ("credentials", False)
    assert "API key" in finding["fix"]


def test_every_precondition_is_looked_at(connection):
    looked_at = {finding.check for finding in doctor.examine(connection)}
    wanted = ["version", "credentials", "transport", "rights", "fields", "company", "journal", "taxes"]
    assert looked_at >= {*wanted, "time zone"}


def test_a_call_prints_the_answer_as_json(connection):
    assert json.loads(odoo("call", "res.users", "read", "[6]", 'fields=["login"]')) == [{"id": 6, "login": "bridge"}]
    assert json.loads(odoo("call", "res.partner", "name_search", "nobody is called so")) == []


def test_a_call_that_may_change_odoo_wants_a_yes(connection, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    count = odoo("call", "res.partner", "search_count", "[]")
    with pytest.raises(CommandError, match="Say --yes"):
        odoo("call", "res.partner", "create", '{"name": "Ann"}')
    assert odoo("call", "res.partner", "search_count", "[]") == count
    made = json.loads(odoo("call", "--yes", "res.partner", "create", '{"name": "Ann"}'))
    assert json.loads(odoo("call", "res.partner", "read", f"[{made}]", '["name"]')) == [{"id": made, "name": "Ann"}]


def test_odoos_refusal_ends_a_call_with_its_reason(connection):
    with pytest.raises(CommandError, match=r"^Incompatible: Object no\.model doesn't exist$"):
        odoo("call", "no.model", "search", "[]")


def test_the_fields_of_a_model(connection):
    table = odoo("fields", "res.partner", "name", "country_id", "type")
    assert "res.country" in table and "many2one" in table
    assert "contact" in table  # a value of a selection
    assert "email" not in table
    assert set(json.loads(odoo("fields", "res.partner", "name", "--json"))) == {"name"}
    with pytest.raises(CommandError, match="has no shoe_size"):
        odoo("fields", "res.partner", "shoe_size")


def test_a_script_from_a_pipe_has_the_client(connection, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("print(odoo.version().major)"))
    odoo("shell")
    assert capsys.readouterr().out == "17\n"


@pytest.mark.parametrize("word", ["[['name', '=', 'Ann']]", "[1", "{name: 1}", "[" * 100_000])
def test_what_was_meant_as_json_is_not_sent_as_text(word, connection):
    with pytest.raises(CommandError, match="is not JSON"):
        odoo("call", "res.partner", "search_count", word)


@pytest.mark.parametrize("word", ["upload=x", "sink=x", "context=5", "model=x", "method=x", "self=x"])
def test_odd_arguments_by_name_end_a_call_with_a_reason(word, connection):
    with pytest.raises(CommandError):
        odoo("call", "res.partner", "search_count", "[]", word)


def test_a_label_is_shown_as_it_is(connection, settings):
    label = "Price [eur] [/] :tooth:"
    known = {"x_price": {"type": "selection", "string": label, "selection": [[1, "One"]]}}
    with serving(Wire(lambda request: request.result(known))) as wire:
        Connection.objects.filter(pk=connection.pk).update(url=wire.url)
        settings.ODOO_URL = wire.url
        assert label in odoo("fields", "res.partner")
