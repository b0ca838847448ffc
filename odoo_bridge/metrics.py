"""How the sync stands, for Prometheus: read from the database when somebody asks, so every process tells the same."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, F, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from odoo_bridge.models import Connection, Link, Watch
from odoo_bridge.status import stall_of


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, to whoever sends `Authorization: Bearer <METRICS_TOKEN>`; without a token set, to nobody."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404("There is nothing here.")
    registry = CollectorRegistry()
    registry.register(Sync())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Sync:
    """The figures of every connection. Labels are a connection's number and a mapping's key: no names."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _of_connections()
        yield from _of_watches()
        yield from _of_links()


def _of_connections() -> Iterator[Metric]:
    now = timezone.now()
    active = _gauge("odoo_connection_active", "1 if records are sent and fetched, 0 if the connection is paused")
    failing = _gauge("odoo_connection_failures", "Attempts in a row that found Odoo away or refusing everything")
    stalled = _gauge("odoo_connection_stalled", "1 if the sync has stopped without a word")
    pushed = _gauge("odoo_last_push_seconds", "Seconds since something was last sent")
    pulled = _gauge("odoo_last_pull_seconds", "Seconds since the last complete look at Odoo")
    for connection in Connection.objects.order_by("pk"):
        label = [str(connection.pk)]
        active.add_metric(label, float(connection.state == Connection.State.ACTIVE))
        failing.add_metric(label, float(connection.failures))
        stalled.add_metric(label, float(stall_of(connection) is not None))
        for family, moment in ((pushed, connection.last_push_at), (pulled, connection.last_pull_at)):
            if moment:
                family.add_metric(label, (now - moment).total_seconds())
    yield from (active, failing, stalled, pushed, pulled)


def _of_watches() -> Iterator[Metric]:
    now = timezone.now()
    silent = _gauge("odoo_canary_seconds", "Seconds since the canary last passed a part of its way", "part")
    drift = _gauge("odoo_drift", "Records on which the newest audit found the two sides apart")
    audited = _gauge("odoo_last_audit_seconds", "Seconds since the newest audit")
    for watch in Watch.objects.order_by("pk"):
        label = [str(watch.pk)]
        parts = {"clock": watch.wished_at, "worker": watch.taken_at, "sending": watch.answered_at}
        for part, moment in parts.items():
            silent.add_metric([*label, part], (now - moment).total_seconds())
        if watch.audited_at:
            drift.add_metric(label, watch.drift or 0)
            audited.add_metric(label, (now - watch.audited_at).total_seconds())
    yield from (silent, drift, audited)


def _of_links() -> Iterator[Metric]:
    now = timezone.now()
    linked = _gauge("odoo_records", "Records that Odoo has", "mapping")
    waiting = _gauge("odoo_records_waiting", "Records with changes that Odoo has not got", "mapping")
    needing = _gauge("odoo_records_needing_somebody", "Records that wait for a person", "mapping")
    lag = _gauge("odoo_lag_seconds", "Seconds that the longest waiting record has waited", "mapping")
    due = Q(needs_person=False, wanted__gt=F("pushed"))
    rows = Link.objects.values("connection_id", "mapping").order_by("connection_id", "mapping")
    for row in rows.annotate(
        linked=Count("pk", filter=Q(odoo_id__isnull=False)),
        waiting=Count("pk", filter=due),
        needing=Count("pk", filter=Q(needs_person=True)),
        oldest=Min("wanted_since", filter=due),
    ):
        label = [str(row["connection_id"]), row["mapping"]]
        linked.add_metric(label, row["linked"])
        waiting.add_metric(label, row["waiting"])
        needing.add_metric(label, row["needing"])
        lag.add_metric(label, (now - row["oldest"]).total_seconds() if row["oldest"] else 0)
    yield from (linked, waiting, needing, lag)


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=["connection", *labels])
