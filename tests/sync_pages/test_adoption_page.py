"""The page on which a person says who is in Odoo already."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.demo.factories import PatientFactory
from clinic.staff.models import User
from odoo_bridge.models import Connection, Link
from odoo_bridge.proposed import AdoptionProposal, AdoptionSearch
from tests.desk.practice import Practice


@pytest.fixture
def searched(connection: Connection) -> AdoptionSearch:
    return AdoptionSearch.objects.create(connection=connection, wanted_at=timezone.now(), made_at=timezone.now())


@pytest.fixture
def propose(connection: Connection, searched: AdoptionSearch) -> Callable[..., AdoptionProposal]:
    ids = iter(range(100, 1000))

    def make(**facts: Any) -> AdoptionProposal:
        uid = facts.pop("uid", None) or PatientFactory(given_name="Ana", family_name="Silva").uid
        both = {"name": ["Ana Silva", "Anna Silva", "Ana Silva", "Anna Silva"], "city": ["", "Cork", "", "Cork"]}
        values = {"state": "unsure", "score": 60, "reasons": ["The e-mail is the same."], "values": json.dumps(both)}
        return AdoptionProposal.objects.create(connection=connection, uid=uid, odoo_id=next(ids), **(values | facts))

    return make


def at() -> str:
    return f"/sync/connection/{Connection.objects.get().pk}"


def page(manager: Client, query: str = "") -> str:
    return manager.get(f"{at()}/adoption/{query}").content.decode()


def test_a_search_is_left_to_the_worker(manager: Client, connection: Connection) -> None:
    assert "Nobody has looked yet" in page(manager)

    manager.post(f"{at()}/adoption/search/")

    assert AdoptionSearch.objects.get().is_wanted
    assert "Comparing patients" in page(manager)
    AdoptionSearch.objects.update(wanted_at=timezone.now() - timedelta(seconds=20))
    assert "the background worker or Redis may not be running" in page(manager)


def test_both_sides_are_shown_with_what_differs_marked(manager: Client, propose: Callable[..., Any]) -> None:
    propose(archived=True)

    shown = page(manager)

    assert "<mark>Anna Silva</mark>" in shown
    assert "Archived" in shown
    assert "The e-mail is the same." in shown
    for key in "ykox":
        assert f'data-key="{key}"' in shown


def test_all_contacts_that_one_patient_may_be_are_shown_together(manager: Client, propose: Callable[..., Any]) -> None:
    first = propose()
    propose(uid=first.uid)

    assert "2 contacts in Odoo may be <bdi>Ana Silva</bdi>" in page(manager)


def test_the_same_person_is_linked(manager: Client, propose: Callable[..., Any]) -> None:
    one = propose()

    manager.post(f"{at()}/adoption/{one.pk}/same/")

    assert Link.objects.get(uid=one.uid).odoo_id == one.odoo_id
    one.refresh_from_db()
    assert (one.state, one.values, one.decided_by is not None) == ("confirmed", "", True)


def test_somebody_else_is_remembered(manager: Client, propose: Callable[..., Any]) -> None:
    one = propose()

    manager.post(f"{at()}/adoption/{one.pk}/other/")

    one.refresh_from_db()
    assert one.state == "rejected"
    assert not Link.objects.exists()


def test_what_was_decided_already_says_so(manager: Client, propose: Callable[..., Any]) -> None:
    one = propose(state="rejected")

    shown = manager.post(f"{at()}/adoption/{one.pk}/same/", follow=True).content.decode()

    assert "decided this already" in shown
    assert manager.post(f"{at()}/adoption/{one.pk}/again/").status_code == 404


def test_next_leads_to_the_next_patient_and_round(manager: Client, propose: Callable[..., Any]) -> None:
    first, second = propose(score=70), propose(score=50)

    assert "1 of 2" in page(manager)
    assert f"adoption/{second.pk}/same" in page(manager, f"?after={first.uid}")
    assert f"adoption/{first.pk}/same" in page(manager, f"?after={second.uid}")
    assert f"adoption/{first.pk}/same" in page(manager, "?after=rubbish\x00")


def test_all_that_is_certain_is_linked_by_whoever_has_seen_it(
    manager: Client, propose: Callable[..., Any], searched: AdoptionSearch
) -> None:
    certain, unsure = propose(state="certain"), propose()
    assert searched.made_at
    seen = searched.made_at.isoformat()

    shown = manager.post(f"{at()}/adoption/certain/", {"seen": "2026-01-01"}, follow=True).content.decode()
    assert "There are new proposals" in shown
    assert not Link.objects.exists()

    assert f'value="{seen}"' in page(manager)
    manager.post(f"{at()}/adoption/certain/", {"seen": seen})
    assert Link.objects.get().uid == certain.uid
    unsure.refresh_from_db()
    assert unsure.state == "unsure"


def test_one_press_links_no_more_than_a_page_has_time_for(
    manager: Client, propose: Callable[..., Any], searched: AdoptionSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("odoo_bridge.views.adoption.AT_ONCE", 2)
    for _ in range(3):
        propose(state="certain")
    assert searched.made_at
    seen = {"seen": searched.made_at.isoformat()}

    assert "Link the first 2 of 3" in page(manager)
    assert "1 is left" in manager.post(f"{at()}/adoption/certain/", seen, follow=True).content.decode()
    assert Link.objects.count() == 2
    manager.post(f"{at()}/adoption/certain/", seen)
    assert Link.objects.count() == 3


def test_people_without_the_ability_do_not_see_it(practice: Practice, propose: Callable[..., Any]) -> None:
    desk = practice.somebody(User.Role.RECEPTIONIST)
    assert desk.get(f"{at()}/adoption/").status_code == 403
    assert desk.post(f"{at()}/adoption/{propose().pk}/same/").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_proposals(
    manager: Client, propose: Callable[..., Any], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(20):
        propose(state="certain")
        propose()
    with django_assert_max_num_queries(16):
        page(manager)
