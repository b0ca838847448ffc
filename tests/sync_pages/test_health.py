"""Whether the clinic lives and works, and how the sync stands: for machines that watch it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from odoo_bridge.models import Connection, Link

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
    assert answer.json() == {"status": "degraded", "database": "ok", "broker": "away"}


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


def test_a_worker_that_died_is_noticed_though_nothing_waits(settings, manager: Client, connection: Connection) -> None:
    Connection.objects.update(state="active", trouble="", last_pull_at=timezone.now())
    labels = f'{{connection="{connection.pk}"}}'
    assert figures(settings)[f"odoo_connection_stalled{labels}"] == 0
    Connection.objects.update(last_pull_at=timezone.now() - timedelta(seconds=75))
    assert figures(settings)[f"odoo_connection_stalled{labels}"] == 1
    assert "Nobody has looked at Odoo since" in manager.get("/sync/").content.decode()
    assert "stopped" in manager.get("/sync/light/").content.decode().lower()
    Connection.objects.update(state="paused")
    assert figures(settings)[f"odoo_connection_stalled{labels}"] == 0
