"""Whether the clinic lives and works, and how the sync stands: for machines that watch it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from odoo_bridge import connecting
from odoo_bridge.models import Connection, Link, Watch

TOKEN = "a token of some length"


def test_alive_needs_nothing_else(db: None) -> None:
    assert Client().get("/healthz/live").json() == {"status": "live"}


@pytest.mark.django_db
def test_ready_with_database_and_broker(settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.django_db
def test_without_its_broker_the_clinic_is_degraded_and_ready(settings, free_port: int) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    answer = Client().get("/healthz/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "database": "ok", "broker": "away", "sync": "ok"}


@pytest.mark.django_db
def test_a_database_of_another_version_is_not_ready() -> None:
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'odoo_bridge'")
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "behind")


def test_the_figures_are_for_whoever_has_the_token(settings, connection: Connection) -> None:
    assert Client().get("/sync/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for given in ("", "Bearer wrong", TOKEN, "Bearer é"):
        assert Client().get("/sync/metrics", headers={"Authorization": given}).status_code == 404
    assert Client().get("/sync/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def figures(settings) -> dict[str, float]:
    settings.METRICS_TOKEN = TOKEN
    page = Client().get("/sync/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    lines = [line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_backlog_lag_and_what_needs_somebody_are_told(settings, link: Callable[..., Link]) -> None:
    one = link()
    link(wanted=2, wanted_since=timezone.now() - timedelta(seconds=90))
    link(needs_person=True, reason="The e-mail of Ana was changed.")
    told = figures(settings)
    labels = f'{{connection="{one.connection_id}",mapping="{one.mapping}"}}'
    assert told[f"odoo_records{labels}"] == 3
    assert told[f"odoo_records_waiting{labels}"] == 1
    assert told[f"odoo_records_needing_somebody{labels}"] == 1
    assert 90 <= told[f"odoo_lag_seconds{labels}"] < 120


def silent(**seconds: float) -> None:
    """Let everything have been heard of just now, but for what was heard of that many seconds ago."""
    now = timezone.now()
    moments = {name: now - timedelta(seconds=seconds.get(name, 0)) for name in ("wished_at", "taken_at", "answered_at")}
    Watch.objects.update(begun_at=now - timedelta(hours=1), **moments)
    fetched = now - timedelta(seconds=seconds.get("last_pull_at", 0))
    Connection.objects.update(state="active", trouble="", last_pull_at=fetched)


@pytest.mark.parametrize(
    ("part", "stall", "words"),
    [
        ("wished_at", "clock", "Celery beat, is not running"),
        ("taken_at", "worker", "Celery, takes no work"),
        ("answered_at", "sending", "nothing that it sends is kept in Odoo"),
        ("last_pull_at", "fetching", "does not fetch from there"),
    ],
)
def test_a_sync_that_stopped_without_a_word_is_told_to_everybody_within_90_seconds(
    settings, manager: Client, connection: Connection, redis_url: str, part: str, stall: str, words: str
) -> None:
    settings.REDIS_URL = redis_url
    labels = f'{{connection="{connection.pk}"}}'
    silent()
    assert figures(settings)[f"odoo_connection_stalled{labels}"] == 0
    assert "data-stalled" not in manager.get("/sync/").content.decode()
    assert Client().get("/healthz/ready").json()["status"] == "ready"

    # The light asks every twenty seconds, and Prometheus every fifteen.
    silent(**{part: 70})

    assert figures(settings)[f"odoo_connection_stalled{labels}"] == 1
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["sync"] == f"stalled: {stall}"
    page = manager.get("/sync/").content.decode()
    assert f'data-stalled="{stall}"' in page
    assert words in page
    assert "light-stopped" in manager.get("/sync/light/").content.decode()


@pytest.mark.parametrize(
    ("seconds", "stall"),
    [
        ({"wished_at": 50, "taken_at": 49, "answered_at": 49, "last_pull_at": 66}, "clock"),
        ({"wished_at": 20, "taken_at": 50, "answered_at": 50, "last_pull_at": 66}, "worker"),
        ({"wished_at": 20, "taken_at": 20, "answered_at": 50, "last_pull_at": 66}, "sending"),
        ({"wished_at": 20, "taken_at": 20, "answered_at": 20, "last_pull_at": 66}, "fetching"),
    ],
)
def test_of_the_parts_that_are_silent_the_first_is_named(connection: Connection, seconds, stall: str) -> None:
    """A worker that is killed neither takes wishes in nor fetches, and the last fetch was before the last wish."""
    silent(**seconds)
    assert Client().get("/healthz/ready").json()["sync"] == f"stalled: {stall}"


def test_a_clock_that_waits_for_redis_is_told_as_what_it_is(settings, manager: Client, connection, free_port) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    silent(wished_at=70)
    page = manager.get("/sync/").content.decode()
    assert "Redis does not answer" in page
    assert "Celery beat" not in page


def test_silence_is_no_stall_while_it_is_known_why(settings, connection: Connection) -> None:
    labels = f'odoo_connection_stalled{{connection="{connection.pk}"}}'
    silent(answered_at=600, last_pull_at=600)
    assert figures(settings)[labels] == 1
    Connection.objects.update(trouble="Nothing answers.", failures=3)
    assert figures(settings)[labels] == 0
    assert Client().get("/healthz/ready").json()["sync"] == "in trouble"
    silent(wished_at=600)
    Connection.objects.update(state="paused")
    assert figures(settings)[labels] == 0
    # Whoever says go does not get an alarm for the time before.
    connecting.go(Connection.objects.get(pk=connection.pk))
    assert figures(settings)[labels] == 0


def test_how_long_each_part_of_the_way_was_silent_is_told(settings, connection: Connection) -> None:
    silent(wished_at=10, taken_at=20, answered_at=30)
    told = figures(settings)
    for part, seconds in {"clock": 10, "worker": 20, "sending": 30}.items():
        assert seconds <= told[f'odoo_canary_seconds{{connection="{connection.pk}",part="{part}"}}'] < seconds + 5
