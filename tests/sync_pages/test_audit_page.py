"""The page that shows where both sides are apart, and has that put right by the worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.demo.factories import PatientFactory
from odoo_bridge.found import AuditFinding, AuditRun
from odoo_bridge.models import Connection, Link
from tests.desk.practice import Practice

CITY = {"city": {"ours": "Ennis", "theirs": "Sligo"}}


def finding(run: AuditRun, kind: str, fields: dict[str, dict[str, str]] | None = None, **facts: object) -> AuditFinding:
    values = {"fields": fields or {}, "words": fields or {}, "twins": facts.pop("twins", [])}
    facts = {"uid": PatientFactory(given_name="Ana", family_name="Silva").uid, "odoo_id": 7} | facts
    return AuditFinding.objects.create(run=run, kind=kind, mapping="partner", values=json.dumps(values), **facts)


@pytest.fixture
def run(connection: Connection) -> AuditRun:
    """An audit that found a patient whose city differs, another who is gone, and one who is there twice."""
    facts = {"made_at": timezone.now(), "found": 3, "total": 40, "done": 40}
    made = AuditRun.objects.create(connection=connection, state="ready", **facts)
    finding(made, "differs", CITY)
    finding(made, "gone")
    finding(made, "doubled", {"email": {"ours": "ana@example.org", "theirs": "ana@example.org"}}, twins=[81])
    return made


def at() -> str:
    return f"/sync/connection/{Connection.objects.get().pk}"


def page(client: Client, query: str = "") -> str:
    return client.get(f"{at()}/audit/{query}").content.decode()


def test_before_anybody_compared_the_page_says_so(manager: Client, connection: Connection) -> None:
    assert "Nobody has compared yet" in page(manager)


def test_a_comparison_is_left_to_the_worker_and_asked_for_once(manager: Client, connection: Connection) -> None:
    manager.post(f"{at()}/audit/make/")
    manager.post(f"{at()}/audit/make/")

    made = AuditRun.objects.get()
    assert (made.state, made.by is not None) == ("making", True)
    assert "Comparing every record" in page(manager)
    AuditRun.objects.update(asked_at=timezone.now() - timedelta(seconds=20))
    assert "the background worker or Redis may not be running" in page(manager)


def test_findings_are_shown_by_kind_with_both_sides_and_who_asked(manager: Client, run: AuditRun) -> None:
    AuditRun.objects.update(by=manager.get("/sync/").wsgi_request.user)

    shown = page(manager)
    for words in ("Ennis", "Sligo", "Deleted in Odoo", "Twice in Odoo", "#81", "40 records", "asked for by"):
        assert words in shown, words
    only = page(manager, "?kind=differs")
    assert "Sligo" in only and "#81" not in only
    assert only.count('class="starting-name"') == 1


def test_one_finding_is_repaired_by_the_worker_and_not_by_the_page(manager: Client, run: AuditRun) -> None:
    one = run.findings.get(kind="differs")
    before = list(Link.objects.values_list("pk", "wanted"))

    answer = manager.post(f"{at()}/audit/{run.pk}/repair/", {"finding": one.pk}, follow=True).content.decode()

    assert dict(run.findings.values_list("kind", "state")) == {"differs": "asked", "gone": "open", "doubled": "open"}
    assert "1 record is about to be repaired" in answer
    assert "About to be repaired" in answer
    one.refresh_from_db()
    assert one.by is not None and one.at is not None
    assert list(Link.objects.values_list("pk", "wanted")) == before


@pytest.mark.parametrize(("sent", "asked"), [({"kind": "gone"}, {"gone"}), ({}, {"gone", "differs"})])
def test_a_kind_or_all_are_repaired_but_what_only_people_can_mend(
    sent: dict[str, str], asked: set[str], manager: Client, run: AuditRun
) -> None:
    manager.post(f"{at()}/audit/{run.pk}/repair/", sent)

    assert set(run.findings.filter(state="asked").values_list("kind", flat=True)) == asked


def test_what_is_twice_in_odoo_has_no_button(manager: Client, run: AuditRun) -> None:
    shown = page(manager, "?kind=doubled")

    assert "Merge the two there" in shown
    assert "Repair" not in shown


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"needs_person": True, "reason": "The city was changed in Odoo."}, "Decide under Sync"),
        ({"wanted": 2}, "On its way"),
        ({}, "Repaired"),
    ],
)
def test_what_came_of_a_repair_is_shown(
    facts: dict[str, object], says: str, manager: Client, run: AuditRun, link: Callable[..., Link]
) -> None:
    one = link(**facts)
    AuditFinding.objects.filter(kind="differs").update(uid=one.uid, state="repaired", at=timezone.now())

    assert says in page(manager, "?kind=differs")


def test_an_odoo_that_was_away_is_told_and_what_was_found_before_stays(manager: Client, run: AuditRun) -> None:
    AuditRun.objects.create(connection=run.connection, state="failed", trouble="Odoo does not answer.")

    shown = page(manager)
    assert "Odoo does not answer." in shown and "Sligo" in shown


def test_the_desk_may_neither_look_nor_repair(practice: Practice, run: AuditRun) -> None:
    desk = practice.somebody("receptionist")

    assert desk.get(f"{at()}/audit/").status_code == 403
    assert desk.post(f"{at()}/audit/{run.pk}/repair/").status_code == 403
    assert not run.findings.exclude(state="open").exists()


@pytest.mark.parametrize("query", ["?kind=\x00", "?kind=no", "?page=99999999999999999999"])
def test_no_rubbish_breaks_the_page(query: str, manager: Client, run: AuditRun) -> None:
    assert manager.get(f"{at()}/audit/{query}").status_code == 200


@pytest.mark.parametrize("sent", [{"finding": "x"}, {"finding": "9" * 40}, {"kind": "no"}])
def test_no_rubbish_repairs_anything(sent: dict[str, str], manager: Client, run: AuditRun) -> None:
    shown = manager.post(f"{at()}/audit/{run.pk}/repair/", sent, follow=True).content.decode()

    assert "nothing left to repair" in shown
    assert not run.findings.exclude(state="open").exists()


def test_the_number_of_queries_does_not_grow_with_what_was_found(
    manager: Client, run: AuditRun, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(30):
        finding(run, "absent")
    with django_assert_max_num_queries(17):
        page(manager)


def test_a_page_that_waited_is_opened_anew_once_it_is_done(manager: Client, run: AuditRun) -> None:
    def asked_again() -> str:
        return manager.get(f"{at()}/audit/", headers={"hx-request": "true"}).headers.get("HX-Refresh", "")

    assert asked_again() == "true"
    run.findings.filter(kind="gone").update(state="asked")
    assert asked_again() == ""
    run.findings.update(state="repaired")
    AuditRun.objects.create(connection=run.connection)
    assert asked_again() == ""
