"""What a person decides about a record that waits for one, up to the next push."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from odoo_bridge.deciding import fingerprint
from odoo_bridge.models import Link

CONFLICT = {"email": {"ours": "ana@example.org", "theirs": "silva@example.org"}}


def decided(manager: Client, link: Link, decision: str) -> Link:
    assert manager.post(f"/sync/records/{link.pk}/{decision}/", {"seen": fingerprint(link)}).status_code == 302
    link.refresh_from_db()
    assert (link.needs_person, link.reason, link.conflicts) == (False, "", {})
    assert link.wanted > link.pushed
    assert link.seen == ""
    return link


def test_trying_again_sends_the_record_once_more(manager: Client, link: Callable[..., Link]) -> None:
    one = decided(manager, link(needs_person=True, reason="Odoo says no.", attempts=3), "again")

    assert one.attempts == 0


def test_keeping_ours_makes_it_news_to_odoo(manager: Client, link: Callable[..., Link]) -> None:
    one = decided(manager, link(needs_person=True, conflicts=CONFLICT), "ours")

    assert "email" not in one.agreed["ours"]
    assert one.agreed["theirs"]["email"] == "silva@example.org"


def test_taking_odoos_makes_it_news_to_us(manager: Client, link: Callable[..., Link]) -> None:
    one = decided(manager, link(needs_person=True, conflicts=CONFLICT), "theirs")

    assert one.agreed["ours"]["email"] == "ana@example.org"
    assert "email" not in one.agreed["theirs"]


def test_what_the_clinic_cannot_take_over_cannot_be_decided_for_odoo(
    manager: Client, link: Callable[..., Link]
) -> None:
    one = link(needs_person=True, conflicts={"name": {"ours": "Ana Silva", "theirs": "Anna Silva"}})

    assert manager.post(f"/sync/records/{one.pk}/theirs/", {"seen": fingerprint(one)}).status_code == 404
    one.refresh_from_db()
    assert one.needs_person


def test_a_record_deleted_in_odoo_is_sent_as_a_new_one(manager: Client, link: Callable[..., Link]) -> None:
    one = decided(manager, link(needs_person=True, gone=True), "anew")

    assert (one.odoo_id, one.agreed, one.gone) == (None, None, False)


def test_a_record_that_is_still_there_is_not_sent_as_a_new_one(manager: Client, link: Callable[..., Link]) -> None:
    one = link(needs_person=True)

    assert manager.post(f"/sync/records/{one.pk}/anew/").status_code == 404


def test_a_record_that_needs_nobody_is_not_decided_about(manager: Client, link: Callable[..., Link]) -> None:
    assert manager.post(f"/sync/records/{link().pk}/again/").status_code == 404


def test_a_decision_says_which_values_it_is_about(manager: Client, link: Callable[..., Link]) -> None:
    """A page that was open for a while shows what Odoo had then: what somebody wrote there since is not overruled."""
    one = link(needs_person=True, reason="Both changed it.", conflicts=CONFLICT)
    shown = manager.get("/sync/").content.decode()
    assert shown.count(f'<input type="hidden" name="seen" value="{fingerprint(one)}">') == 3
    Link.objects.filter(pk=one.pk).update(conflicts={"email": {"ours": "ana@example.org", "theirs": "new@example.org"}})

    answer = manager.post(f"/sync/records/{one.pk}/ours/", {"seen": fingerprint(one)}, follow=True)

    assert "changed since you looked" in answer.content.decode()
    one.refresh_from_db()
    assert one.needs_person
    assert "email" in one.agreed["ours"]


def test_who_decides_while_the_sync_is_at_work_is_told_to_wait(manager: Client, link: Callable[..., Link]) -> None:
    soon = timezone.now() + timedelta(seconds=20)
    one = link(needs_person=True, reason="Both changed it.", conflicts=CONFLICT, lease=uuid4(), leased_until=soon)

    answer = manager.post(f"/sync/records/{one.pk}/ours/", {"seen": fingerprint(one)}, follow=True)

    assert "at work on this record" in answer.content.decode()
    one.refresh_from_db()
    assert one.needs_person
