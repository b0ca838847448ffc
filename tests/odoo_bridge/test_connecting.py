"""Where a connection starts from, and what its key looks like in the database."""

from __future__ import annotations

import pytest
from django.db import connection as database

from clinic.demo.factories import PatientFactory
from odoo_bridge import connecting, tasks
from odoo_bridge.models import Connection, Link
from odoo_bridge.sandbox.seed import BRIDGE_KEY
from tests.contract.calls import recorded_calls

pytestmark = pytest.mark.django_db

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def real_odoo(settings):
    settings.ODOO_URL, settings.ODOO_DB = "http://127.0.0.1:1", "books"
    settings.ODOO_USERNAME, settings.ODOO_API_KEY = "bridge", KEY
    return settings


def test_a_real_odoo_starts_paused_and_nothing_is_sent(real_odoo):
    PatientFactory()
    connection = connecting.connect()

    with recorded_calls() as calls:
        tasks.push()
        tasks.pull()

    assert connection.state == Connection.State.PAUSED and not connection.is_sandbox
    assert calls.made == []
    assert connection.is_default


def test_the_sandbox_is_ready_to_go(settings):
    settings.ODOO_URL = ""
    patient = PatientFactory()
    connection = connecting.connect()

    assert connection.is_sandbox and connection.state == Connection.State.ACTIVE
    assert connection.url == settings.ODOO_SANDBOX_URL
    assert Link.objects.get(connection=connection, uid=patient.uid).state == "waiting"


def test_connecting_again_changes_nothing(real_odoo):
    connecting.go(connecting.connect())
    again = connecting.connect()
    assert again.state == Connection.State.ACTIVE
    assert Connection.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ODOO_URL", "http://127.0.0.1:2"),
        ("ODOO_DB", "other"),
        ("ODOO_USERNAME", "other"),
        ("ODOO_API_KEY", "f" * 40),
    ],
)
def test_a_changed_address_database_user_or_key_pauses_a_real_connection(real_odoo, name, value):
    connecting.go(connecting.connect())
    setattr(real_odoo, name, value)
    assert connecting.connect().state == Connection.State.PAUSED


def test_a_real_odoo_puts_the_sandbox_to_rest(settings, real_odoo):
    settings.ODOO_URL = ""
    sandbox = connecting.connect()
    settings.ODOO_URL = "http://127.0.0.1:1"
    connecting.connect()
    sandbox.refresh_from_db()
    assert sandbox.state == Connection.State.PAUSED


def test_going_on_makes_a_backlog_of_all_that_belongs_in_odoo_once(real_odoo):
    PatientFactory.create_batch(3)
    connection = connecting.connect()
    connecting.go(connection)
    assert Link.objects.filter(connection=connection, mapping="partner").waiting().count() == 3
    assert connecting.go(connection) == 0


def test_going_on_forgets_old_trouble(real_odoo):
    connection = connecting.connect()
    Connection.objects.update(trouble="Nothing answers.", failures=7)
    connection.refresh_from_db()
    connecting.go(connection)
    connection.refresh_from_db()
    assert (connection.trouble, connection.failures) == ("", 0)


def test_a_key_is_encrypted_in_the_database(real_odoo):
    connection = connecting.connect()
    with database.cursor() as cursor:
        cursor.execute("SELECT api_key FROM odoo_bridge_connection")
        [(stored,)] = cursor.fetchall()
    assert KEY not in stored and stored
    assert Connection.objects.get(pk=connection.pk).api_key == KEY
    assert KEY not in repr(connection) and BRIDGE_KEY not in stored


def test_without_the_secret_key_a_stored_key_cannot_be_read(real_odoo, settings):
    connection = connecting.connect()
    settings.SECRET_KEY = "another"
    assert Connection.objects.get(pk=connection.pk).api_key == ""
