"""The page of all connections, and those on which one is added, changed and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from clinic.demo.factories import AppointmentFactory, PatientFactory
from clinic.supplies import actions as supplies
from clinic.supplies.actions import Goods
from clinic.supplies.models import Supply
from odoo_bridge import connecting
from odoo_bridge.models import BranchBooks, Connection, Link
from tests.desk.practice import Practice

KEY = "f" * 40
WHERE = {"url": "https://books.example", "database": "south", "username": "bridge", "transport": "auto"}


@pytest.fixture
def real(settings, practice: Practice) -> Connection:
    """The default connection to a real Odoo, which the environment describes."""
    settings.ODOO_URL, settings.ODOO_DB = "https://odoo.example", "north"
    settings.ODOO_USERNAME, settings.ODOO_API_KEY = "bridge", "e" * 40
    return connecting.connect()


@pytest.fixture
def south(real: Connection, practice: Practice) -> Connection:
    return connecting.add("South books", [practice.elsewhere], api_key=KEY, **WHERE)


def test_a_connection_is_added_with_its_branches_paused_and_checked_soon(
    manager: Client, real: Connection, practice: Practice
) -> None:
    fields = {"name": "South books", "api_key": KEY, "branches": [practice.elsewhere.pk], **WHERE}
    page = manager.post("/sync/connections/new/", fields, follow=True).content.decode()

    made = Connection.objects.get(name="South books")
    assert (made.state, made.is_being_checked, made.api_key) == ("paused", True, KEY)
    assert BranchBooks.objects.get(branch=practice.elsewhere).connection == made
    assert KEY not in page and "kept encrypted" in page
    with database.cursor() as cursor:
        cursor.execute("SELECT api_key FROM odoo_bridge_connection WHERE id = %s", [made.pk])
        assert KEY not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Odoo"}, "already exists"),
        ({"url": "https://odoo.example/", "database": "north"}, "is connected to this database"),
        ({"url": "ftp://books.example"}, "valid URL"),
        ({"api_key": ""}, "required"),
        ({"transport": "rest"}, "valid choice"),
        ({"branches": ["9" * 30]}, "not a valid value"),
    ],
)
def test_what_cannot_be_a_connection_is_said(
    change: dict[str, str], says: str, manager: Client, real: Connection
) -> None:
    answer = manager.post("/sync/connections/new/", {"name": "South books", "api_key": KEY, **WHERE, **change})

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Connection.objects.count() == 1


def test_the_list_shows_every_connection_with_its_branches_and_how_it_stands(
    manager: Client, real: Connection, south: Connection
) -> None:
    Connection.objects.filter(pk=real.pk).update(state="active")
    page = manager.get("/sync/connections/").content.decode()

    assert "South books" in page and "https://books.example" in page
    assert page.index("North") < page.index("South books") < page.index("In Odoo: 0", page.index("South books"))
    assert "Running" in page and "Paused" in page
    assert KEY not in page


def test_a_new_key_is_taken_and_an_empty_one_keeps_the_present_one(manager: Client, south: Connection) -> None:
    fine = [{"ok": True, "says": "Odoo answers.", "fix": ""}]
    Connection.objects.filter(pk=south.pk).update(state="active", findings=fine)
    address = f"/sync/connection/{south.pk}/edit/"

    manager.post(address, {"name": "The south", "api_key": "", **WHERE})
    south.refresh_from_db()
    assert (south.name, south.api_key, south.state) == ("The south", KEY, "active")

    manager.post(address, {"name": "The south", "api_key": "a" * 40, **WHERE})
    south.refresh_from_db()
    assert (south.api_key, south.state, south.findings) == ("a" * 40, "paused", [])
    assert south.is_being_checked


def test_the_address_of_the_default_one_is_the_environments(manager: Client, real: Connection) -> None:
    address = f"/sync/connection/{real.pk}/edit/"
    assert 'name="api_key"' not in manager.get(address).content.decode()

    manager.post(address, {"name": "Head office", "url": "https://elsewhere.example"})

    real.refresh_from_db()
    assert (real.name, real.url) == ("Head office", "https://odoo.example")


def test_a_branch_moves_by_being_ticked_where_it_goes(
    manager: Client, real: Connection, south: Connection, practice: Practice
) -> None:
    page = manager.get(f"/sync/connection/{south.pk}/").content.decode()
    assert "North (now in Odoo)" in page
    both = {"disclosure": "minimal", "product": "TREAT", "branches": [practice.branch.pk, practice.elsewhere.pk]}

    manager.post(f"/sync/connection/{south.pk}/settings/", both)
    assert set(south.books.values_list("branch__code", flat=True)) == {"NORTH", "SOUTH"}

    manager.post(
        f"/sync/connection/{real.pk}/settings/",
        {"disclosure": "minimal", "product": "TREAT", "branches": [practice.branch.pk]},
    )
    assert set(south.books.values_list("branch__code", flat=True)) == {"SOUTH"}


def test_the_default_one_gives_no_branch_up_to_nobody(
    manager: Client, real: Connection, south: Connection, practice: Practice
) -> None:
    answer = manager.post(
        f"/sync/connection/{real.pk}/settings/", {"disclosure": "full", "product": "TREAT", "branches": []}
    )

    assert answer.status_code == 422
    assert "has to be given to another connection" in answer.content.decode()
    real.refresh_from_db()
    assert real.disclosure == "minimal"


def test_a_journal_is_chosen_with_its_company(manager: Client, south: Connection, practice: Practice) -> None:
    journals = [
        {"id": 7, "name": "South", "company": [1, "Clinic"]},
        {"id": 8, "name": "South", "company": [2, "Clinic West"]},
    ]
    companies = [{"id": 1, "name": "Clinic"}, {"id": 2, "name": "Clinic West"}]
    Connection.objects.filter(pk=south.pk).update(sales_journals=journals, companies=companies)
    assert "South (Clinic West)" in manager.get(f"/sync/connection/{south.pk}/").content.decode()
    branch = practice.elsewhere.pk

    manager.post(
        f"/sync/connection/{south.pk}/settings/",
        {"disclosure": "minimal", "product": "TREAT", "branches": [branch], f"journal_{branch}": 8},
    )

    place = BranchBooks.objects.get(branch=branch)
    assert (place.connection, place.journal_id, place.company_id, place.company_name) == (south, 8, 2, "Clinic West")


def test_only_what_was_never_used_is_removed_and_the_rest_is_archived(
    manager: Client, south: Connection, practice: Practice
) -> None:
    patient = PatientFactory(branch=practice.elsewhere)
    link = Link.objects.create(connection=south, mapping="partner", uid=patient.uid, odoo_id=7, wanted=1, pushed=1)

    page = manager.post(f"/sync/connection/{south.pk}/remove/", follow=True).content.decode()
    assert "archive it instead" in page and Connection.objects.filter(pk=south.pk).exists()

    manager.post(f"/sync/connection/{south.pk}/archive/")
    south.refresh_from_db()
    assert south.state == "archived" and not south.books.exists()
    assert Link.objects.filter(pk=link.pk).exists()
    assert "Not in use" in manager.get("/sync/connections/").content.decode()

    manager.post(f"/sync/connection/{south.pk}/bring-back/")
    south.refresh_from_db()
    assert south.state == "paused" and south.is_being_checked

    Link.objects.all().delete()
    manager.post(f"/sync/connection/{south.pk}/remove/")
    assert not Connection.objects.filter(pk=south.pk).exists()


def supply_of(connection: Connection, product: int = 1) -> Supply:
    """A supply that came from a connection's Odoo, with its link."""
    [holding] = supplies.hold([Goods(f"{connection.pk}:{product}@8", "Gloves", "GLV", "Units", "WH/Stock", "")])
    Link.objects.create(connection=connection, mapping="quant", uid=holding.uid, odoo_id=product)
    return holding.supply


def shown() -> set[int]:
    return set(Supply.objects.at([]).values_list("pk", flat=True))


def test_the_supplies_of_an_archived_connection_are_not_shown_until_it_is_brought_back(
    real: Connection, south: Connection
) -> None:
    mine, other = supply_of(real), supply_of(south)
    Supply.objects.filter(pk=other.pk).update(low_below=20)

    connecting.archive(south)
    assert shown() == {mine.pk}

    connecting.bring_back(south)
    assert shown() == {mine.pk, other.pk}
    assert Supply.objects.get(pk=other.pk).low_below == 20


def test_the_sandboxs_supplies_are_not_shown_beside_a_real_odoos(
    connection: Connection, settings, practice: Practice
) -> None:
    in_sandbox = supply_of(connection)
    settings.ODOO_URL = "https://odoo.example"
    real = supply_of(connecting.connect())
    assert shown() == {real.pk}

    settings.ODOO_URL = ""
    connecting.connect()
    assert shown() == {in_sandbox.pk}


def test_a_connection_that_only_fetched_has_sent_nothing_and_goes_with_what_it_brought(
    manager: Client, real: Connection, south: Connection
) -> None:
    mine, other = supply_of(real), supply_of(south)
    assert "Nothing was sent over it yet" in manager.get(f"/sync/connection/{south.pk}/").content.decode()

    manager.post(f"/sync/connection/{south.pk}/remove/")

    assert not Connection.objects.filter(pk=south.pk).exists()
    assert set(Supply.objects.values_list("pk", flat=True)) == {mine.pk}
    assert other.pk != mine.pk


def test_whether_events_name_the_patient_counts_for_visits_to_come_at_once(
    manager: Client, connection: Connection, practice: Practice
) -> None:
    now = timezone.now()
    coming, past = (AppointmentFactory(starts_at=now + timedelta(days=days)) for days in (2, -2))
    links = [
        Link.objects.create(connection=connection, mapping="event", uid=one.uid, odoo_id=number, wanted=1, pushed=1)
        for number, one in enumerate((coming, past), 1)
    ]
    sent = {"disclosure": "minimal", "product": "TREAT"}

    manager.post(f"/sync/connection/{connection.pk}/settings/", sent)

    assert [Link.objects.get(pk=link.pk).state for link in links] == ["waiting", "in_odoo"]


@pytest.mark.parametrize("step", ["archive", "remove"])
def test_the_default_one_is_not_ended(step: str, manager: Client, real: Connection) -> None:
    page = manager.post(f"/sync/connection/{real.pk}/{step}/", follow=True).content.decode()

    real.refresh_from_db()
    assert real.state == "paused" and "is the default connection" in page


def test_a_real_odoo_does_not_go_where_the_sandbox_is_in_force(manager: Client, connection: Connection) -> None:
    fine = [{"ok": True, "says": "Odoo answers.", "fix": ""}]
    made = connecting.add("Books", [], api_key=KEY, **WHERE)
    Connection.objects.filter(pk=made.pk).update(findings=fine)

    page = manager.post(f"/sync/connection/{made.pk}/go/", {"sure": "yes"}, follow=True).content.decode()

    made.refresh_from_db()
    assert made.state == "paused" and "works with the sandbox" in page


def test_with_several_the_sync_page_says_which_is_in_trouble_and_whose_a_record_is(
    manager: Client, real: Connection, south: Connection, practice: Practice
) -> None:
    Connection.objects.filter(pk=real.pk).update(state="active")
    Connection.objects.filter(pk=south.pk).update(
        state="active", trouble="Nothing answers at books.example.", failures=1
    )
    patient = PatientFactory(branch=practice.elsewhere)
    Link.objects.create(
        connection=south, mapping="partner", uid=patient.uid, wanted=1, needs_person=True, reason="Odoo says no."
    )

    page = manager.get("/sync/").content.decode()

    assert "South books cannot be reached" in page
    assert 'data-testid="count-needs-you">1<' in page
    assert '<span class="sync-tag">South books</span>' in page
    assert "light-stopped" in manager.get("/sync/light/").content.decode()


def test_the_number_of_queries_grows_little_with_the_connections(
    manager: Client, real: Connection, practice: Practice, django_assert_max_num_queries
) -> None:
    for number in range(6):
        connecting.add(f"Books {number}", [], api_key=KEY, **{**WHERE, "database": f"books{number}"})
    with django_assert_max_num_queries(12):
        manager.get("/sync/")
