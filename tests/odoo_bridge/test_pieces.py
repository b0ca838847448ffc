"""Work in pieces: one worker at a time, and one that stood still for too long lets go of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from odoo_bridge import audit as audits
from odoo_bridge import plan as plans
from odoo_bridge.pieces import Piecework, Taken
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)
WISHES = {"audit": (audits.wish_for, audits.work_on), "plan": (plans.wish_for_plan, plans.work_on)}


@pytest.fixture(params=sorted(WISHES))
def asked_for(request, practice, connection):
    """A piece of work that somebody asked for, and what does it."""
    for _ in range(3):
        practice.patient()
    settle(connection)
    wish, work_on = WISHES[request.param]
    return wish(connection), work_on


def lease(work: Piecework, *, seconds: float) -> None:
    type(work).objects.filter(pk=work.pk).update(leased_until=timezone.now() + timedelta(seconds=seconds))


def test_what_somebody_is_at_is_not_begun_twice(asked_for):
    work, work_on = asked_for
    lease(work, seconds=30)
    with pytest.raises(Taken):
        work_on(work)
    lease(work, seconds=-1)
    assert work_on(work)
    work.refresh_from_db()
    assert (work.state, work.leased_until) == ("ready", None)


def test_who_stood_still_for_longer_than_its_lease_writes_nothing_over_what_another_has_done(asked_for):
    work, work_on = asked_for
    stood_still = []

    def between_two_pieces(done: int, total: int | None) -> None:
        if not stood_still:
            lease(work, seconds=-1)
            stood_still.append(type(work).objects.get(pk=work.pk))
            assert work_on(stood_still[0])

    with pytest.raises(Taken):
        work_on(work, progress=between_two_pieces)
    now = type(work).objects.get(pk=work.pk)
    assert (now.state, now.leased_until, now.position) == ("ready", None, stood_still[0].position)
    assert now.done == now.total


def test_who_stood_still_takes_nobodys_lease_away(asked_for):
    work, work_on = asked_for
    until = timezone.now() + timedelta(minutes=1)

    def between_two_pieces(done: int, total: int | None) -> None:
        type(work).objects.filter(pk=work.pk).update(leased_until=until)

    with pytest.raises(Taken):
        work_on(work, progress=between_two_pieces)
    now = type(work).objects.get(pk=work.pk)
    assert (now.state, now.leased_until) == ("making", until)


def test_what_nobody_has_begun_after_a_while_is_left_lying(asked_for):
    work, work_on = asked_for
    now = timezone.now()
    assert not work.is_left_lying(now)
    assert work.is_left_lying(now - timedelta(seconds=20))
    assert not work_on(work, seconds=0)
    assert not work.is_left_lying(now - timedelta(seconds=20))
