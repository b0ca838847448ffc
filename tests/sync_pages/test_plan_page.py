"""The page that shows what would happen, and has exactly that done by the worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.demo.factories import PatientFactory
from odoo_bridge.models import Connection, Link
from odoo_bridge.proposed import AdoptionSearch, PlanItem, SyncPlan

FINE = [{"ok": True, "says": "Odoo answers.", "fix": ""}]


@pytest.fixture
def made(connection: Connection) -> SyncPlan:
    """A plan that is ready: a patient to be created, another whose city waits for a decision."""
    Connection.objects.update(findings=FINE)
    ready = SyncPlan.objects.create(
        connection=connection,
        state="ready",
        counts={"partner": {"create": 1, "conflict": 1}, "move": {"post": 3}},
        money={"move": {"post": {"EUR": "340.50"}}},
    )
    city = '{"city": {"ours": "Ennis", "theirs": "Sligo", "agreed": "Cork", "goes": "stays"}}'
    for kinds, values in ((",create,", '{"name": {"ours": "Ana Silva", "goes": "there"}}'), (",conflict,", city)):
        PlanItem.objects.create(
            plan=ready,
            mapping="partner",
            uid=PatientFactory(given_name="Ana", family_name="Silva").uid,
            kinds=kinds,
            values=f'{{"fields": {values}, "reason": ""}}',
            ours="x",
        )
    return ready


def at() -> str:
    return f"/sync/connection/{Connection.objects.get().pk}"


def page(manager: Client, query: str = "") -> str:
    return manager.get(f"{at()}/plan/{query}").content.decode()


def test_before_anybody_looked_the_page_says_so(manager: Client, connection: Connection) -> None:
    assert "Nobody has looked yet" in page(manager)


def test_a_look_is_left_to_the_worker_and_asked_for_once(manager: Client, connection: Connection) -> None:
    manager.post(f"{at()}/plan/make/")
    manager.post(f"{at()}/plan/make/")

    assert SyncPlan.objects.get().state == "making"
    assert "Looking at every record" in page(manager)
    SyncPlan.objects.update(created_at=timezone.now() - timedelta(seconds=20))
    assert "the background worker or Redis may not be running" in page(manager)


def test_counts_money_and_consequences_are_told_before_anything_is_done(manager: Client, made: SyncPlan) -> None:
    shown = page(manager)

    assert "340.50 EUR" in shown
    assert "cannot be taken back, only credited" in shown
    assert "Nobody is invited by mail" not in shown
    assert "Apply this plan" in shown


def test_each_field_is_shown_with_both_values_and_where_it_goes(manager: Client, made: SyncPlan) -> None:
    shown = page(manager, "?kind=conflict")

    for value in ("Ennis", "Sligo", "Cork", "waits for a decision"):
        assert value in shown
    assert "not there yet" not in shown


def test_applying_is_left_to_the_worker(manager: Client, made: SyncPlan) -> None:
    manager.post(f"{at()}/plan/{made.pk}/apply/")

    made.refresh_from_db()
    assert (made.state, made.total, str(made.applied_by)) == ("applying", 2, str(made.applied_by))
    assert made.applied_by is not None
    assert "Applying the plan" in page(manager)


@pytest.mark.parametrize(
    ("plan", "connected", "says"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, {}, "too old"),
        ({"state": "applied"}, {}, "applied already"),
        ({}, {"findings": []}, "Check the connection first"),
    ],
)
def test_what_may_not_be_applied_is_not(
    plan: dict[str, object], connected: dict[str, object], says: str, manager: Client, made: SyncPlan
) -> None:
    SyncPlan.objects.update(**plan)
    Connection.objects.update(**(connected or {"findings": FINE}))

    shown = manager.post(f"{at()}/plan/{made.pk}/apply/", follow=True).content.decode()

    made.refresh_from_db()
    assert made.state != "applying"
    assert says in shown


def test_what_became_of_it_is_shown_by_outcome(manager: Client, made: SyncPlan) -> None:
    SyncPlan.objects.update(state="applied", applied_at=timezone.now())
    PlanItem.objects.filter(kinds=",create,").update(state="done")
    PlanItem.objects.filter(kinds=",conflict,").update(state="changed")

    assert "Left: it has changed since" in page(manager)
    assert page(manager, "?state=changed").count('class="starting-name"') == 1


@pytest.mark.parametrize("query", ["?kind=\x00", "?kind=no", "?state=<script>", "?page=99999999999999999999"])
def test_no_rubbish_breaks_the_page(query: str, manager: Client, made: SyncPlan) -> None:
    assert manager.get(f"{at()}/plan/{query}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_plan(
    manager: Client, made: SyncPlan, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(30):
        uid = PatientFactory().uid
        PlanItem.objects.create(plan=made, mapping="partner", uid=uid, kinds=",create,", ours="x")
    with django_assert_max_num_queries(14):
        page(manager)


def test_a_real_odoo_does_not_go_unlooked_at_unless_somebody_says_so(
    manager: Client, connection: Connection, settings
) -> None:
    Connection.objects.update(is_sandbox=False, state="paused", findings=FINE)
    settings.ODOO_URL = "https://odoo.example.com"

    shown = manager.post(f"{at()}/go/", follow=True).content.decode()
    connection.refresh_from_db()
    assert (connection.state, "Look at what would happen first" in shown) == ("paused", True)
    assert "patients who are may get there a second time" in shown

    manager.post(f"{at()}/go/", {"sure": "yes"})
    connection.refresh_from_db()
    assert connection.state == "active"


def test_a_real_odoo_goes_after_a_look(manager: Client, connection: Connection, settings) -> None:
    Connection.objects.update(is_sandbox=False, state="paused", findings=FINE)
    settings.ODOO_URL = "https://odoo.example.com"
    SyncPlan.objects.create(connection=connection, state="ready")
    AdoptionSearch.objects.create(connection=connection, made_at=timezone.now())

    manager.post(f"{at()}/go/")

    connection.refresh_from_db()
    assert connection.state == "active"
    assert Link.objects.exists()


def test_a_page_that_waited_is_opened_anew_once_it_is_done(manager: Client, made: SyncPlan) -> None:
    def asked_again() -> str:
        return manager.get(f"{at()}/plan/", headers={"hx-request": "true"}).headers.get("HX-Refresh", "")

    assert asked_again() == "true"
    SyncPlan.objects.update(state="applying")
    assert asked_again() == ""
