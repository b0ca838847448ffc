"""An Odoo that lacks what a mapping needs: the sync goes on without it, and says so once."""

from __future__ import annotations

import pytest

from odoo_bridge import channel, doctor, sync
from odoo_bridge.audit import audit
from odoo_bridge.fields import Refused
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

NO_SUCH_MODEL = ("odoo.exceptions.UserError", "Object sale.order doesn't exist")
"""As recorded of Odoo 17."""


@pytest.fixture
def without_sales(connection, line):
    """The same Odoo before anybody installed the app."""
    for method in ("check_access_rights", "fields_get"):
        line.refuse("sale.order", method, *NO_SUCH_MODEL)
    return line


def test_what_odoo_has_no_place_for_stays_here_and_holds_up_nothing(practice, connection, books, without_sales):
    plan = practice.plan()

    settle(connection)

    assert books.link(plan).state == "stays_here"
    assert books.link(plan.patient).state == "in_odoo"
    connection.refresh_from_db()
    assert (connection.state, connection.trouble) == ("active", "")


def test_the_check_says_in_one_line_what_is_missing_and_finds_no_fault(practice, connection, without_sales):
    findings = doctor.examine(connection)

    [one] = [finding for finding in findings if "sale.order" in finding.says]
    assert one.ok
    assert one.says == "This Odoo has no sale.order that the user may use: treatment plans stay in the clinic."
    assert one.fix
    assert all(finding.ok for finding in findings)


def test_whether_odoo_has_it_is_asked_once(practice, connection, without_sales):
    settle(connection)
    with recorded_calls() as calls:
        sync.pull(connection)
        sync.pull(connection)
    assert [call for call in calls.made if call.model == "sale.order"] == []


def test_once_the_app_is_installed_the_next_check_lets_plans_go(practice, connection, books, without_sales):
    plan = practice.plan()
    draft = practice.plan()
    type(draft).objects.filter(pk=draft.pk).update(status="draft", proposed_at=None)
    settle(connection)

    without_sales.allow_all()
    channel.hang_up()
    doctor.examine(connection)
    settle(connection)

    assert books.link(plan).state == "in_odoo"
    assert books.link(draft).state == "stays_here"


def test_a_user_who_may_not_sell_is_the_same_as_no_app(practice, connection, books, line):
    line.deny("sale.order", "check_access_rights")
    plan = practice.plan()
    settle(connection)
    assert books.link(plan).state == "stays_here"


def test_only_what_the_clinic_can_do_without_is_optional():
    needed = {key for key, mapping in registry().items() if not mapping.optional}
    assert needed == {"partner", "event", "move", "payment", "attachment"}


def test_the_audit_finds_nothing_amiss_in_what_stays_here_or_only_comes_from_odoo(
    practice, connection, books, without_sales
):
    practice.plan()
    visit = practice.appointment()
    settle(connection)
    [attendee] = books.odoo.search("calendar.attendee", [["event_id", "=", books.odoo_id(visit)]])
    books.odoo.call("calendar.attendee", "do_decline", [attendee])

    assert audit(connection) == []


def test_a_tax_is_looked_up_in_the_company_that_is_named(connection):
    scope = Scope(connection, channel.kept_client(connection))
    [own] = scope.client.read("res.users", [scope.client.uid], ["company_id"])
    company = own["company_id"][0]
    with recorded_calls() as calls:
        found = [scope.lookup("account.tax", (company, "23", False)) for _ in range(3)]
    assert found == [scope.lookup("account.tax", (None, "23", False))] * 3
    assert len(calls.of("account.tax", "search_read")) == 1
    with pytest.raises(Refused, match="no sales tax of 23 %"):
        scope.lookup("account.tax", (company + 1000, "23", False))
