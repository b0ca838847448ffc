"""Leases on links: who may work on a record until when.

A lease is taken by a conditional UPDATE, so of several workers on several hosts one gets it, on PostgreSQL and on
SQLite alike. It is short and renewed while a call is under way, so that what a killed worker held is free again soon.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import close_old_connections, connections
from django.utils import timezone

from odoo_bridge.models import Link, LinkQuerySet

LEASE = timedelta(seconds=30)
RENEW_AFTER = 10.0
"""Seconds between renewals."""


def claim(links: LinkQuerySet, limit: int) -> tuple[UUID, list[Link]]:
    """Lease up to `limit` of the links that are free, and return the lease with the links it got.

    `links` says which and in which order; what somebody else leases between the look and the update is left out.
    """
    now, lease = timezone.now(), uuid4()
    candidates = list(links.free(now).values_list("pk", flat=True)[:limit])
    if not candidates:
        return lease, []
    Link.objects.filter(pk__in=candidates).free(now).update(lease=lease, leased_until=now + LEASE)
    return lease, list(links.filter(pk__in=candidates, lease=lease))


def release(lease: UUID) -> None:
    """Free what is still held under a lease."""
    Link.objects.filter(lease=lease).update(lease=None, leased_until=None)


@contextmanager
def held(lease: UUID) -> Iterator[None]:
    """Renew a lease as long as the block runs, and free what is left of it afterwards."""
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(lease, done), name=f"lease {lease}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        release(lease)


def _renew(lease: UUID, done: threading.Event) -> None:
    try:
        while not done.wait(RENEW_AFTER):
            close_old_connections()
            Link.objects.filter(lease=lease).update(leased_until=timezone.now() + LEASE)
    finally:
        connections.close_all()
