"""The check of a connection: what is wrong, in words, and what to do about it."""

from __future__ import annotations

import sqlite3

import pytest

from clinic.demo.factories import BranchFactory, TaxFactory
from clinic.demo.running.ports import free_port
from odoo_bridge import doctor, sync
from odoo_bridge.doctor.server import trouble
from odoo_bridge.errors import Denied
from odoo_bridge.models import BranchBooks

from .client.wire import USER, Wire, serving

pytestmark = pytest.mark.django_db


def problems(connection):
    return [finding for finding in doctor.examine(connection) if not finding.ok]


def test_a_sound_connection_has_no_findings_but_good_ones(connection):
    findings = doctor.examine(connection)
    assert findings and all(finding.ok for finding in findings)
    assert "Odoo 17" in findings[0].says
    connection.refresh_from_db()
    assert connection.checked_at
    assert [found["says"] for found in connection.findings] == [finding.says for finding in findings]


@pytest.mark.parametrize(
    ("wrong", "says", "fix"),
    [
        ({"api_key": "0" * 40}, "refused the user name or API key", "API key"),
        ({"username": "nobody"}, "refused the user name or API key", "Check the user name"),
        ({"database": "nodb"}, "no database of that name", "name of the database"),
        ({"url": f"http://127.0.0.1:{free_port()}"}, "Nothing answers", "Odoo is running"),
        ({"url": "odoo.example.com"}, "must begin with https://", "Check the address"),
    ],
)
def test_what_is_wrong_with_the_connection_is_said_with_its_fix(connection, wrong, says, fix):
    for name, value in wrong.items():
        setattr(connection, name, value)

    [finding] = problems(connection)

    assert says in finding.says
    assert fix in finding.fix


def test_a_user_whose_time_zone_is_not_utc_is_found(connection, peer):
    _set_time_zone(peer, "Europe/Paris")
    try:
        [finding] = problems(connection)
    finally:
        _set_time_zone(peer, "UTC")
    assert "Europe/Paris" in finding.says
    assert "UTC" in finding.fix


def _set_time_zone(peer, name):
    """As its administrator does; our own user may not."""
    odoo = sqlite3.connect(peer.file, timeout=30)
    with odoo:
        odoo.execute(
            "UPDATE res_partner SET tz = ? WHERE id = (SELECT partner_id FROM res_users WHERE login = 'bridge')",
            (name,),
        )
    odoo.close()


def test_a_branch_without_a_journal_is_found(connection):
    BranchFactory(code="EAST", name="Clinic East", currency="EUR")
    [finding] = problems(connection)
    assert "No sales journal is chosen for Clinic East." in finding.says
    assert "EAST" in finding.fix


def test_a_journal_with_the_branchs_code_is_chosen_by_itself(connection, practice):
    BranchBooks.objects.all().delete()
    south = BranchFactory(code="SOUTH", name="Clinic South", currency="EUR")
    assert problems(connection) == []
    assert set(BranchBooks.objects.values_list("branch", flat=True)) == {practice.branch.pk, south.pk}


@pytest.mark.parametrize("what", ["tax", "currency"])
def test_what_odoo_lacks_is_found_with_what_to_do(connection, what):
    if what == "tax":
        TaxFactory(rate="17.5")
    else:
        BranchFactory(code="SOUTH", name="Clinic South", currency="ISK")

    [finding] = problems(connection)

    assert ("17.5" if what == "tax" else "ISK") in finding.says
    assert finding.fix and finding.fix not in finding.says


def test_missing_rights_are_named_with_their_models(connection, line):
    line.deny("calendar.event", "check_access_rights")
    found = problems(connection)
    assert found and all(finding.fix for finding in found)


def test_the_rest_module_is_refused_with_the_reason(connection, peer):
    connection.transport = "rest"
    connection.save()
    assert sync.push(connection) == 0
    connection.refresh_from_db()
    assert "no load()" in connection.trouble
    assert connection.state == connection.State.PAUSED


def test_odoos_own_hosting_is_told_about_plans(connection):
    connection.url = "https://clinic.odoo.com"
    finding = trouble(connection, Denied("Refused.", reason="credentials"))
    assert "no external API" in finding.fix
    connection.url = "https://books.example"
    assert "plan" not in trouble(connection, Denied("Refused.", reason="credentials")).fix


@pytest.mark.parametrize(
    ("shown", "says"), [([], "gone from Odoo"), ([{"id": USER, "tz": 5}], "cannot be read"), ("x", "cannot be read")]
)
def test_strange_answers_about_the_user_are_a_finding(shown, says, connection):
    fields = {"tz": {"type": "char"}, "company_id": {"type": "many2one"}}
    answers = {"fields_get": fields, "read": shown}
    with serving(Wire(lambda request: request.result(answers[request.call()[2][4]]))) as wire:
        connection.url = wire.url
        [finding] = problems(connection)
    assert says in finding.says
    assert finding.fix
