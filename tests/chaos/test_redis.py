"""Redis is emptied, killed or hangs: the desk books on, and the sync goes on by itself afterwards."""

from __future__ import annotations

import signal
import time

import pytest
import redis

from clinic.demo.running.follow import wait_until
from tests.chaos.desk import Desk

ALL = ("redis", "web", "worker", "beat")


@pytest.mark.chaos
@pytest.mark.timeout(120)
def test_a_redis_that_is_emptied_with_a_backlog_loses_nothing(open_clinic, figure) -> None:
    clinic = open_clinic(start=("redis",))
    visits = [clinic.practice.appointment() for _ in range(20)]
    for _ in visits:
        clinic.ring()
    with redis.Redis.from_url(clinic.stack.redis_url) as broker:
        assert broker.dbsize()
        broker.flushall()
    clinic.stack.start("worker", "beat")
    seconds = clinic.settles_by_itself(30)
    figure(f"Redis emptied: synced after {seconds:.1f} s")
    clinic.both_sides_are_alike()
    assert {clinic.books.link(visit).state for visit in visits} == {"in_odoo"}


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("away", [5, 600])
def test_while_redis_is_away_the_desk_books_and_afterwards_the_sync_goes_on(open_clinic, figure, away: float) -> None:
    clinic = open_clinic(start=ALL)
    desk = Desk(clinic)
    assert clinic.done_by("pull", 60), clinic.standing()

    clinic.stack.kill("redis")
    # In the long run there are pauses: what counts is how worker and beat wait meanwhile.
    desk.book_for(away, every=0.1 if away < 60 else 5)

    said = desk.ready()
    assert (said["code"], said["status"], said["broker"]) == (200, "degraded", "away")
    assert desk.get("/healthz/live").status == 200
    clinic.stack.start("redis")
    seconds = clinic.settles_by_itself(60)
    figure(f"Redis away {away} s: {desk.told()}, synced after {seconds:.1f} s")
    assert seconds <= 30
    desk.all_were_booked()
    assert desk.p99() <= 0.5
    clinic.both_sides_are_alike()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("hangs", "limit"),
    # In every run the machine may be slow, and has other things to do.
    [(4, 2.0), pytest.param(60, 0.5, marks=pytest.mark.chaos)],
    ids=["for-a-moment", "for-a-minute"],
)
def test_a_redis_that_hangs_delays_no_booking(open_clinic, figure, hangs: float, limit: float) -> None:
    clinic = open_clinic(start=ALL)
    desk = Desk(clinic)
    assert clinic.done_by("pull", 60), clinic.standing()
    desk.book_for(1)
    # Else a push that has begun would go on, as it needs no Redis.
    clinic.settles_by_itself(60)
    assert wait_until(lambda: not clinic.tasks_under_way(), 60)

    clinic.stack.running["redis"].signal(signal.SIGSTOP)
    start = time.monotonic()
    desk.book_for(hangs, every=0.03)
    assert desk.ready()["status"] == "degraded"
    clinic.stack.running["redis"].signal(signal.SIGCONT)

    seconds = clinic.settles_by_itself(60)
    hung = time.monotonic() - start - seconds
    figure(f"Redis hung {hung:.0f} s: {desk.told()}, synced after {seconds:.1f} s")
    assert seconds <= 30
    desk.all_were_booked()
    assert desk.p99() <= limit
    clinic.both_sides_are_alike()
