"""What the page about the sync tells, and the light in the top bar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.staff.models import User
from odoo_bridge.models import Connection, Link
from tests.desk.practice import Practice

CONFLICT = {"email": {"ours": "ana@example.org", "theirs": "silva@example.org"}}


def test_the_three_numbers_count_what_is_in_odoo_waits_and_needs_somebody(
    manager: Client, link: Callable[..., Link]
) -> None:
    link()
    link(wanted=2)
    link(needs_person=True, reason="Odoo says no.")
    link(odoo_id=None)  # Belongs nowhere: it stays here.

    page = manager.get("/sync/").content.decode()

    assert 'data-testid="count-in-odoo">1<' in page
    assert 'data-testid="count-waiting">1<' in page
    assert 'data-testid="count-needs-you">1<' in page
    assert "Odoo says no." in page


def test_a_conflict_shows_both_values(manager: Client, link: Callable[..., Link]) -> None:
    link(needs_person=True, reason="The e-mail was changed in Odoo.", conflicts=CONFLICT)

    page = manager.get("/sync/").content.decode()

    assert "ana@example.org" in page
    assert "silva@example.org" in page
    assert "Keep what is here" in page
    assert "Take Odoo" in page


def test_a_conflict_that_the_clinic_cannot_take_over_offers_only_our_side(
    manager: Client, link: Callable[..., Link]
) -> None:
    link(needs_person=True, conflicts={"name": {"ours": "Ana Silva", "theirs": "Anna Silva"}})

    page = manager.get("/sync/").content.decode()

    assert "Keep what is here" in page
    assert "Take Odoo" not in page


def test_people_without_the_ability_see_what_is_the_matter_but_decide_nothing(
    practice: Practice, link: Callable[..., Link]
) -> None:
    one = link(needs_person=True, reason="Odoo says no.")
    desk = practice.somebody(User.Role.RECEPTIONIST)

    page = desk.get("/sync/").content.decode()

    assert "Odoo says no." in page
    assert "Try again" not in page
    assert desk.post(f"/sync/records/{one.pk}/again/").status_code == 403
    assert desk.get(f"/sync/connection/{one.connection_id}/").status_code == 403


def test_what_stops_the_connection_is_said_in_words(manager: Client, connection: Connection) -> None:
    Connection.objects.update(trouble="Nothing answers at books.example.", trouble_since=timezone.now(), failures=1)

    assert "Nothing answers at books.example." in manager.get("/sync/").content.decode()


def test_the_number_of_queries_does_not_grow_with_what_needs_somebody(
    manager: Client, link: Callable[..., Link], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(30):
        link(needs_person=True, reason="Odoo says no.")

    with django_assert_max_num_queries(12):
        manager.get("/sync/")


@pytest.mark.parametrize(
    ("state", "light"),
    [
        ({}, "fine"),
        ({"wanted": 2}, "fine"),
        ({"wanted": 2, "wanted_since": timezone.now() - timedelta(minutes=2)}, "behind"),
        ({"needs_person": True}, "needs-you"),
    ],
)
def test_the_light_tells_the_worst_there_is(
    state: dict[str, object], light: str, practice: Practice, link: Callable[..., Link]
) -> None:
    link(**state)

    assert f"light-{light}" in practice.somebody().get("/sync/light/").content.decode()


def test_the_light_tells_that_odoo_is_not_reached(practice: Practice, connection: Connection) -> None:
    Connection.objects.update(trouble="Nothing answers.", failures=1)

    assert "light-stopped" in practice.somebody().get("/sync/light/").content.decode()
