"""What only an Odoo 19 has to be asked: keys that expire, journals that name no account; and fields of one's own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from odoo_bridge import doctor
from odoo_bridge.client import Client
from odoo_bridge.client.customs import CustomField, Customs
from tests.contract.peers import disarm

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer(every_peer):
    peer = every_peer.named("19-json2")
    yield peer
    disarm(peer)


def change(peer, sql, *values):
    """As an administrator does; our own user may not."""
    with closing(sqlite3.connect(peer.file, timeout=30)) as odoo, odoo:
        odoo.execute(sql, values)


def found(connection, check):
    return [finding for finding in doctor.examine(connection) if finding.check == check]


def test_it_is_spoken_to_in_json2(connection):
    assert "JSON-2" in found(connection, "transport")[0].says


@pytest.mark.parametrize(("days", "warns"), [(None, False), (90, False), (15, False), (13, True), (1, True)])
def test_a_key_that_expires_within_two_weeks_is_warned_of(connection, peer, days, warns):
    ends = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%d 23:59:59") if days else None
    change(peer, "UPDATE res_users_apikeys SET expiration_date = ?", ends)
    try:
        [finding] = found(connection, "key expiry")
    finally:
        change(peer, "UPDATE res_users_apikeys SET expiration_date = NULL")
    assert finding.ok  # it works today
    assert bool(finding.fix) is warns
    assert finding.says == ("The user's API key does not expire." if ends is None else f"{KEY} {ends[:10]}.")


KEY = "An API key of the user expires on"


def test_a_journal_whose_payments_would_not_reach_the_books_is_found(connection, peer):
    with closing(sqlite3.connect(peer.file)) as odoo:
        before = odoo.execute("SELECT id, payment_account_id FROM account_payment_method_line").fetchall()
    change(peer, "UPDATE account_payment_method_line SET payment_account_id = NULL")
    try:
        problems = found(connection, "payment account")
    finally:
        for line, account in before:
            change(peer, "UPDATE account_payment_method_line SET payment_account_id = ? WHERE id = ?", account, line)
    assert {finding.ok for finding in problems} == {False}
    assert "Outstanding Receipts" in problems[0].fix


def test_a_field_that_somebody_made_and_demands_is_found(connection, peer):
    with Client(peer.url, peer.database, "admin", "admin") as admin:
        field = CustomField("x_allergies", "char", "Allergies", required=True)
        made = Customs(admin).ensure_field("res.partner", field)
        try:
            [finding] = found(connection, "fields")
        finally:
            admin.unlink("ir.model.fields", [made])
    assert "res.partner demands x_allergies (Allergies)" in finding.says
    assert "optional" in finding.fix
