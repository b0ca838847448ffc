"""Connections set up by command, and which kind of them is in force."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from clinic.demo.factories import BranchFactory, PatientFactory
from odoo_bridge import channel, connecting
from odoo_bridge.intake import take_in
from odoo_bridge.models import BranchBooks, Connection, Link

pytestmark = pytest.mark.django_db

KEY = "c" * 40
WORDS = ["--url", "https://books.example", "--database", "south", "--username", "bridge"]


@pytest.fixture
def real(settings):
    settings.ODOO_URL, settings.ODOO_DB = "https://odoo.example", "north"
    settings.ODOO_USERNAME, settings.ODOO_API_KEY = "bridge", "e" * 40
    return connecting.connect()


def odoo(*words):
    out = io.StringIO()
    call_command("odoo", *words, stdout=out)
    return out.getvalue()


def test_a_further_connection_is_made_by_command_with_the_key_from_stdin(real, monkeypatch):
    BranchFactory(code="SOUTH")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))

    said = odoo("connect", "--name", "South books", *WORDS, "--branch", "SOUTH")

    made = Connection.objects.get(name="South books")
    assert (made.api_key, made.state) == (KEY, "paused")
    assert BranchBooks.objects.get().connection == made
    assert KEY not in said


def test_the_key_may_come_from_a_variable_and_changes_that_of_a_connection_that_is_there(real, monkeypatch):
    monkeypatch.setenv("SOUTH_KEY", KEY)
    odoo("connect", "--name", "South books", *WORDS, "--key-variable", "SOUTH_KEY")
    monkeypatch.setenv("SOUTH_KEY", "d" * 40)
    odoo("connect", "--name", "South books", "--key-variable", "SOUTH_KEY")

    made = Connection.objects.get(name="South books")
    assert (made.api_key, made.url) == ("d" * 40, "https://books.example")
    assert Connection.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--name", "South books", *WORDS], "No API key"),
        (["--name", "South books", "--key-variable", "SOUTH_KEY"], "needs --database, --url, --username"),
        (["--name", "South books", *WORDS, "--key-variable", "SOUTH_KEY", "--branch", "EAST"], "no branch EAST"),
    ],
)
def test_what_is_missing_is_said(words, says, real, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setenv("SOUTH_KEY", KEY)
    with pytest.raises(CommandError, match=says):
        odoo("connect", *words)
    assert Connection.objects.count() == 1


def test_a_key_is_no_argument(real):
    with pytest.raises(CommandError):
        odoo("connect", "--name", "South books", *WORDS, "--key", KEY)


def test_a_word_is_about_the_default_connection_or_the_one_it_names(real):
    made = connecting.add("South books", [], url="https://b.example", database="b", username="u", api_key=KEY)
    Connection.objects.update(state="active")

    odoo("pause")
    odoo("pause", "--connection", "South books")
    assert set(Connection.objects.values_list("state", flat=True)) == {"paused"}
    with pytest.raises(CommandError, match="Odoo, South books"):
        odoo("pause", "--connection", "Elsewhere")
    Connection.objects.update(is_default=False)
    with pytest.raises(CommandError, match="Say --connection, one of: Odoo, South books"):
        odoo("pause")
    assert [row["name"] for row in json.loads(odoo("connections", "--json"))] == ["Odoo", made.name]


def test_status_tells_all_of_them_together_and_each(real):
    south = connecting.add("South books", [], url="https://b.example", database="b", username="u", api_key=KEY)
    patient = PatientFactory()
    for connection, odoo_id in ((real, 7), (south, 8)):
        values = {"wanted": 1, "pushed": 1, "odoo_id": odoo_id}
        Link.objects.create(connection=connection, mapping="partner", uid=patient.uid, **values)

    told = json.loads(odoo("status", "--json"))

    assert told["in_odoo"] == 2
    assert told["connections"]["South books"] == {"in_odoo": 1, "waiting": 0, "needs_you": 0}


def test_the_sandbox_puts_every_real_odoo_to_rest_and_none_of_them_goes(real, settings):
    south = connecting.add("South books", [], url="https://b.example", database="b", username="u", api_key=KEY)
    Connection.objects.update(state="active")
    settings.ODOO_URL = ""

    sandbox = connecting.connect()

    assert list(Connection.objects.filter(state="active")) == [sandbox]
    patient = PatientFactory()
    take_in()
    assert set(Link.objects.filter(uid=patient.uid).values_list("connection", flat=True)) == {sandbox.pk}
    for one in (real, south):
        with pytest.raises(connecting.NotSo, match="works with the sandbox"):
            connecting.go(Connection.objects.get(pk=one.pk))
        assert not channel.may_speak(Connection.objects.get(pk=one.pk))


def test_a_branchs_journal_is_kept_for_each_kind(real, settings):
    branch = BranchFactory(code="NORTH")
    BranchBooks.objects.create(connection=real, branch=branch, journal_id=7, journal_name="Chosen by a person")
    settings.ODOO_URL = ""
    sandbox = connecting.connect()
    BranchBooks.objects.create(connection=sandbox, branch=branch, journal_id=2, journal_name="North")

    settings.ODOO_URL = "https://odoo.example"
    assert connecting.connect().books.get().journal_name == "Chosen by a person"
