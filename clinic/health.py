"""Whether this process lives, and whether it can work: for whatever restarts it, and whatever sends it visitors."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

PATIENCE = 0.5
"""Seconds that the broker has to answer in: a page that asks for long would be part of the trouble."""


@require_safe
@never_cache
@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all; nothing else is asked, so that nothing else restarts it."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 if visitors can be sent here, 503 if not: the database answers, and has the tables of this version.

    Without its broker, or with a sync that stands still, the clinic works on, and Odoo waits: that is "degraded", and
    ready.
    """
    database = _database()
    if database != "ok":
        return JsonResponse({"status": "not ready", "database": database}, status=503)
    parts = {"broker": "away" if broker_is_away() else "ok", "sync": import_string(settings.HEALTH_OF_THE_SYNC)()}
    status = "ready" if set(parts.values()) == {"ok"} else "degraded"
    return JsonResponse({"status": status, "database": database, **parts})


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "away"
    return "behind" if behind else "ok"


def broker_is_away() -> bool:
    """Tell whether the broker gives no answer; asked for at most twice `PATIENCE`."""
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as redis:
            redis.ping()
    except RedisError:
        return True
    return False
