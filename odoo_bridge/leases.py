"""Leases on links: who may work on a record until when.

A lease is taken by a conditional UPDATE, so of several workers on several hosts one gets it, on PostgreSQL and on
SQLite alike. It is short and renewed while a call is under way, so that what a killed worker held is free again soon.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import DatabaseError, close_old_connections, connection, connections
from django.utils import timezone

from clinic.rows import write_rows
from odoo_bridge.models import Connection, Link, LinkQuerySet, Window

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
Leased = type[Link] | type[Window] | type[Connection]

RENEW_AFTER = 10.0
"""Seconds between renewals."""


def claim(links: LinkQuerySet, limit: int, *, halving: bool = False) -> tuple[UUID, list[Link]]:
    """Lease up to `limit` of the links that are free, and return the lease with the links it got.

    `links` says which and in which order; what somebody else leases between the look and the update is left out.
    `halving`: only half as many for each attempt that the first has behind it. What Odoo broke off over is tried in
    smaller and smaller company, until the one that it stumbles over is alone.
    """
    now, lease = timezone.now(), uuid4()
    found = list(links.free(now).values_list("pk", "attempts")[:limit])
    if not found:
        return lease, []
    most = max(1, limit >> found[0][1]) if halving else limit
    candidates = [pk for pk, _ in found[:most]]
    # Asked in full once more: what somebody else has leased, worked off and freed since the look is not leased.
    links.filter(pk__in=candidates).free(now).update(lease=lease, leased_until=now + LEASE)
    return lease, list(links.filter(lease=lease))


def claim_all(keys: Iterable[int]) -> tuple[UUID, list[Link]]:
    """Lease those of the links that are free, and return the lease with the links it got, by their keys."""
    now, lease = timezone.now(), uuid4()
    Link.objects.filter(pk__in=keys).free(now).update(lease=lease, leased_until=now + LEASE)
    return lease, list(Link.objects.filter(lease=lease).order_by("pk"))


def release(lease: UUID, model: Leased = Link) -> None:
    """Free what is still held under a lease."""
    _write(model, lease, {"lease": None, "leased_until": None})


def _write(model: Leased, lease: UUID, values: dict[str, Any]) -> None:
    """Write values to all that is held under a lease: by far the most frequent statement, so not by query sets."""
    columns: dict[Any, Any] = {model._meta.get_field(name): value for name, value in values.items()}
    held_by: Any = model._meta.get_field("lease")
    assignments = ", ".join(f'"{column.column}" = %s' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET {assignments} WHERE "{held_by.column}" = %s',  # noqa: S608
            [
                *(column.get_db_prep_save(value, connection) for column, value in columns.items()),
                held_by.get_db_prep_value(lease, connection),
            ],
        )


def still_held(lease: UUID) -> set[int]:
    """Return the keys of the links that are still held under a lease: somebody who was stopped for long lost it."""
    return set(Link.objects.filter(lease=lease).values_list("pk", flat=True))


def save(lease: UUID, links: list[Link], fields: Iterable[str], *, last: bool = False) -> None:
    """Save fields of the links that are still held under a lease: where it was lost, somebody else knows better.

    `last`: nothing is left to be done, so they are freed as well. A row that is written once more costs as much again.
    """
    fields = list(fields)
    write_rows(links, fields, also={"lease": None, "leased_until": None} if last else None, lease=lease)
    if "needs_person" in fields:
        _free_what_was_wished_for_since(links)


def _free_what_was_wished_for_since(links: list[Link]) -> None:
    """A wish frees a record from waiting; one that came in while the record was worked on must not be undone."""
    known = {link.pk: link.wanted for link in links if link.needs_person or link.next_attempt_at}
    if not known:
        return
    wanted = Link.objects.filter(pk__in=known).values_list("pk", "wanted")
    # One that comes in from now on frees the record by itself.
    if newer := [pk for pk, count in wanted if count > known[pk]]:
        Link.objects.filter(pk__in=newer).update(needs_person=False, reason="", next_attempt_at=None, seen="")


@contextmanager
def held(lease: UUID, model: Leased = Link) -> Iterator[None]:
    """Renew a lease as long as the block runs, and free what is left of it afterwards."""
    try:
        with keeping(lease, model):
            yield
    finally:
        release(lease, model)


def renew(lease: UUID, model: Leased) -> None:
    """Put off the end of a lease."""
    _write(model, lease, {"leased_until": timezone.now() + LEASE})


@contextmanager
def _in_a_thread(lease: UUID, model: Leased) -> Iterator[None]:
    """Renew a lease in a thread of its own, by this machine's clock."""
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(lease, model, done), name=f"lease {lease}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


keeping: Callable[[UUID, Leased], AbstractContextManager[None]] = _in_a_thread
"""What renews leases. A simulation has a clock of its own, and renews them by that."""


def _renew(lease: UUID, model: Leased, done: threading.Event) -> None:
    try:
        while not done.wait(RENEW_AFTER):
            close_old_connections()
            try:
                renew(lease, model)
            except DatabaseError as error:
                # The next round may work; if none does, the lease runs out, and its holder writes nothing.
                log.warning("lease %s was not renewed: %s", lease, type(error).__name__)
    finally:
        connections.close_all()
