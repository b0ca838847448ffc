"""The page on which the connection is checked, described, started and paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from odoo_bridge.models import BranchBooks, Connection
from tests.desk.practice import Practice

JOURNALS = [{"id": 7, "name": "North", "company": [1, "Clinic"]}, {"id": 8, "name": "South", "company": [1, "Clinic"]}]


def test_the_key_is_never_shown(manager: Client, connection: Connection) -> None:
    page = manager.get(f"/sync/connection/{connection.pk}/").content.decode()

    assert connection.api_key
    assert connection.api_key not in page
    assert "kept encrypted" in page


def test_asking_for_a_check_leaves_it_to_the_worker(manager: Client, connection: Connection) -> None:
    Connection.objects.update(check_wanted_at=None)

    manager.post(f"/sync/connection/{connection.pk}/check/")

    connection.refresh_from_db()
    assert connection.is_being_checked
    assert "Looking" in manager.get(f"/sync/connection/{connection.pk}/").content.decode()


def test_a_check_that_nobody_makes_says_so(manager: Client, connection: Connection) -> None:
    Connection.objects.update(check_wanted_at=timezone.now() - timedelta(seconds=20), checked_at=None)

    assert (
        "the background worker or Redis may not be running"
        in manager.get(f"/sync/connection/{connection.pk}/").content.decode()
    )


@pytest.mark.parametrize("findings", [[], [{"ok": False, "says": "No journal.", "fix": "Add one."}]])
def test_nothing_goes_before_the_check_has_passed(
    findings: list[dict[str, object]], manager: Client, connection: Connection
) -> None:
    Connection.objects.update(state="paused", findings=findings)

    page = manager.post(f"/sync/connection/{connection.pk}/go/", follow=True).content.decode()

    connection.refresh_from_db()
    assert connection.state == "paused"
    assert "Check the connection first" in page


def test_go_starts_a_checked_connection_and_clears_its_trouble(manager: Client, connection: Connection) -> None:
    fine = [{"ok": True, "says": "Odoo answers.", "fix": ""}]
    Connection.objects.update(state="paused", findings=fine, trouble="Wrong key.", failures=3)

    manager.post(f"/sync/connection/{connection.pk}/go/")

    connection.refresh_from_db()
    assert (connection.state, connection.trouble, connection.failures) == ("active", "", 0)


def test_pausing_stops_sending(manager: Client, connection: Connection) -> None:
    manager.post(f"/sync/connection/{connection.pk}/pause/")

    connection.refresh_from_db()
    assert connection.state == "paused"


def test_each_branch_gets_a_journal_of_its_own(manager: Client, connection: Connection, practice: Practice) -> None:
    Connection.objects.update(sales_journals=JOURNALS)
    chosen = {f"journal_{practice.branch.pk}": 7, f"journal_{practice.elsewhere.pk}": 8}
    fields = {"disclosure": "minimal", "product": "SERVICE", **chosen}

    manager.post(f"/sync/connection/{connection.pk}/settings/", fields)

    assert set(BranchBooks.objects.values_list("branch__code", "journal_name")) == {
        ("NORTH", "North"),
        ("SOUTH", "South"),
    }
    assert Connection.objects.get().product == "SERVICE"


def test_two_branches_cannot_share_a_journal(manager: Client, connection: Connection, practice: Practice) -> None:
    Connection.objects.update(sales_journals=JOURNALS)
    chosen = {f"journal_{practice.branch.pk}": 7, f"journal_{practice.elsewhere.pk}": 7}
    fields = {"disclosure": "minimal", "product": "SERVICE", **chosen}

    answer = manager.post(f"/sync/connection/{connection.pk}/settings/", fields)

    assert answer.status_code == 422
    assert "choose different ones" in answer.content.decode()
    assert not BranchBooks.objects.exists()
